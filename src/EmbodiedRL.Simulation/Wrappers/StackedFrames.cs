using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Core.Wrapping;

namespace EmbodiedRL.Simulation.Wrappers;

/// <summary>Options of <see cref="StackedFrames"/>.</summary>
public sealed record StackedFramesOptions : Options
{
    /// <summary>How many observations.</summary>
    [Range(1, 1000)]
    public int Count { get; init; } = 4;
}

/// <summary>
/// Frame stacking: shows the last few observations together, the oldest first, numbers side by side and images along their channels.
/// </summary>
/// <remarks>An episode begins with copies of its first observation.</remarks>
[NoPaper("the last observations side by side")]
public sealed class StackedFrames : EnvironmentWrapper
{
    private readonly ObservationStack<float> _numbers;
    private readonly ObservationStack<byte>? _images;

    /// <summary>Wraps an environment.</summary>
    /// <param name="inner">Owned from here on.</param>
    /// <param name="count">How many observations, at least 1.</param>
    /// <exception cref="SettingsException">So many are more than this machine or an array can hold.</exception>
    public StackedFrames(IVectorEnvironment inner, int count)
        : base(inner, inner.Info with { Observations = Stacked(inner.Info.Observations, count) }, isReshaped: true)
    {
        ObservationSpec one = inner.Info.Observations;
        _numbers = new ObservationStack<float>(inner.Count, count, one.Length, groups: 1);
        if (one.Image is { } image) _images = new ObservationStack<byte>(inner.Count, count, image.Channels, image.Height * image.Width);
    }

    /// <inheritdoc/>
    protected override void OnReset(ulong seed, StepBuffer under, StepBuffer into) => FillAll(under, into);

    /// <inheritdoc/>
    protected override void OnPlace(StepBuffer under, StepBuffer into) => FillAll(under, into);

    /// <inheritdoc/>
    protected override void OnStep(StepBuffer under, StepBuffer into, ReadOnlySpan<bool> skipped)
    {
        for (int row = 0; row < Count; row++)
        {
            if (Skips(skipped, row)) continue;
            if (under.Kinds[row].Ends())
            {
                Push(row, under.FinalObservations, under.FinalImages);
                Show(row, into.FinalObservations, into.FinalImages);
                Fill(row, under);
            }
            else
            {
                Push(row, under.Observations, under.Images);
            }

            Show(row, into.Observations, into.Images);
        }
    }

    /// <inheritdoc/>
    protected override void OnRestart(ReadOnlySpan<bool> rows, StepBuffer under, StepBuffer into)
    {
        for (int row = 0; row < Count; row++)
        {
            if (!rows[row]) continue;
            Fill(row, under);
            Show(row, into.Observations, into.Images);
        }
    }

    /// <inheritdoc/>
    protected override void SaveOwn(Snapshot into)
    {
        into.Put<float>("stacks", _numbers.Values);
        if (_images is not null) into.Put<byte>("image-stacks", _images.Values);
    }

    /// <inheritdoc/>
    protected override void LoadOwn(Snapshot from)
    {
        from.Get<float>("stacks", _numbers.Values);
        if (_images is not null) from.Get<byte>("image-stacks", _images.Values);
    }

    private static ObservationSpec Stacked(ObservationSpec one, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        IEnumerable<FieldSpec> fields = Enumerable.Range(0, count).Select(i => count - 1 - i)
            .SelectMany(age => one.Fields.Select(field => age == 0 ? field : field with
            {
                Name = FormattableString.Invariant($"{field.Name}@-{age}"),
                Meaning = FormattableString.Invariant($"{field.Name} {age} steps ago"),
            }));
        return new ObservationSpec(fields)
        {
            Image = one.Image is { } image ? image with { Channels = checked(image.Channels * count) } : null
        };
    }

    private void Push(int row, float[] numbers, byte[] images)
    {
        _numbers.Push(row, numbers);
        _images?.Push(row, images);
    }

    private void Show(int row, float[] numbers, byte[] images)
    {
        _numbers.Show(row, numbers);
        _images?.Show(row, images);
    }

    private void Fill(int row, StepBuffer under)
    {
        _numbers.Fill(row, under.Observations);
        _images?.Fill(row, under.Images);
    }

    private void FillAll(StepBuffer under, StepBuffer into)
    {
        for (int row = 0; row < Count; row++)
        {
            Fill(row, under);
            Show(row, into.Observations, into.Images);
        }
    }
}
