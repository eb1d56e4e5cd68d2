using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Core.Wrapping;

namespace EmbodiedRL.Simulation.Wrappers;

/// <summary>Options of <see cref="NormalizeObservation"/>.</summary>
public sealed record NormalizeObservationOptions : Options
{
    /// <summary>Greatest absolute value shown.</summary>
    [Range(0.1, 1e9)]
    public float Limit { get; init; } = 10;
}

/// <summary>Standardizes every number of the observation by its running mean and variance; leaves images as they are.</summary>
/// <remarks>
/// The moments may be shared: environments that learn take in what they see, the others only use what was learned, so that an
/// evaluation shows a policy its inputs on the scale that it was trained on.
/// </remarks>
[NoPaper("running mean and variance")]
public sealed class NormalizeObservation : EnvironmentWrapper
{
    private readonly RunningMoments _moments;
    private readonly bool _learns;
    private readonly float _limit;

    /// <summary>Wraps an environment.</summary>
    /// <param name="inner">Owned from here on.</param>
    /// <param name="moments">Of as many columns as an observation has numbers; shared with whoever was given them too.</param>
    /// <param name="learns">Whether what is seen here changes the moments.</param>
    /// <param name="limit">Greatest absolute value shown.</param>
    public NormalizeObservation(IVectorEnvironment inner, RunningMoments moments, bool learns, float limit = 10)
        : base(inner, inner.Info with
        {
            Observations = new ObservationSpec(inner.Info.Observations.Fields.Select(field =>
                field with { Minimum = -limit, Maximum = limit, Unit = "", Meaning = $"standardized; {field.Meaning}".TrimEnd(' ', ';') }))
            {
                Image = inner.Info.Observations.Image,
            },
        })
    {
        SpecMismatchException.ThrowIfLength("moments of observations", moments.Mean.Length, inner.Info.Observations.Length);
        (_moments, _learns, _limit) = (moments, learns, limit);
    }

    private int Width => Info.Observations.Length;

    /// <inheritdoc/>
    protected override void OnReset(ulong seed, StepBuffer under, StepBuffer into)
    {
        if (_learns) _moments.Update<float>(into.Observations);
        _moments.Standardize(into.Observations, into.Observations, _limit);
    }

    /// <inheritdoc/>
    protected override void OnPlace(StepBuffer under, StepBuffer into) =>
        _moments.Standardize(into.Observations, into.Observations, _limit);

    /// <inheritdoc/>
    protected override void OnStep(StepBuffer under, StepBuffer into, ReadOnlySpan<bool> skipped)
    {
        if (_learns && skipped.IsEmpty) _moments.Update<float>(into.Observations);
        for (int row = 0; _learns && !skipped.IsEmpty && row < Count; row++)
            if (!skipped[row]) _moments.Update<float>(Row(into.Observations, row));
        for (int row = 0; row < Count; row++)
        {
            if (Skips(skipped, row)) continue;
            Show(into.Observations, row);
            if (into.Kinds[row].Ends()) Show(into.FinalObservations, row);
        }
    }

    /// <inheritdoc/>
    protected override void OnRestart(ReadOnlySpan<bool> rows, StepBuffer under, StepBuffer into)
    {
        for (int row = 0; row < Count; row++)
        {
            if (!rows[row]) continue;
            if (_learns) _moments.Update<float>(Row(into.Observations, row));
            Show(into.Observations, row);
        }
    }

    /// <inheritdoc/>
    protected override void SaveOwn(Snapshot into) => _moments.Save(into.Section("moments"));

    /// <inheritdoc/>
    protected override void LoadOwn(Snapshot from) => _moments.Load(from.Section("moments"));

    /// <inheritdoc/>
    protected override void AdoptOwn(Snapshot from) => _moments.Load(from.Section("moments"));

    private Span<float> Row(float[] observations, int row) => observations.AsSpan(row * Width, Width);

    private void Show(float[] observations, int row) => _moments.Standardize(Row(observations, row), Row(observations, row), _limit);
}
