using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Core.Wrapping;

namespace EmbodiedRL.Simulation.Wrappers;

/// <summary>Options of <see cref="NormalizeReward"/>.</summary>
public sealed record NormalizeRewardOptions : Options
{
    /// <summary>Discount of the return.</summary>
    [Range(0, 0.9999)]
    public float Discount { get; init; } = 0.99f;

    /// <summary>Greatest absolute reward.</summary>
    [Range(0.1, 1e9)]
    public float Limit { get; init; } = 10;
}

/// <summary>
/// Divides rewards by the running standard deviation of the discounted return, so that values have about the size of one.
/// </summary>
/// <remarks>The deviation is that of all environments together; terms are divided alike, so that they still add up to the reward.</remarks>
[NoPaper("running variance of the return")]
public sealed class NormalizeReward : EnvironmentWrapper
{
    private readonly RunningMoments _moments;
    private readonly bool _learns;
    private readonly double _discount;
    private readonly float _limit;
    private readonly double[] _returns;

    /// <summary>Wraps an environment.</summary>
    /// <param name="inner">Owned from here on.</param>
    /// <param name="moments">Of one column: the return; shared with whoever was given them too.</param>
    /// <param name="learns">Whether what is earned here changes the moments.</param>
    /// <param name="discount">Of the return, in [0, 1).</param>
    /// <param name="limit">Greatest absolute reward.</param>
    public NormalizeReward(IVectorEnvironment inner, RunningMoments moments, bool learns, double discount = 0.99, float limit = 10)
        : base(inner)
    {
        SpecMismatchException.ThrowIfLength("moments of the return", moments.Mean.Length, 1);
        if (!(discount is >= 0 and < 1)) throw new SpecMismatchException("discount", "a number in [0, 1)", $"{discount}");
        (_moments, _learns, _discount, _limit, _returns) = (moments, learns, discount, limit, new double[inner.Count]);
    }

    /// <inheritdoc/>
    protected override void OnReset(ulong seed, StepBuffer under, StepBuffer into) => Array.Clear(_returns);

    /// <inheritdoc/>
    protected override void OnStep(StepBuffer under, StepBuffer into, ReadOnlySpan<bool> skipped)
    {
        for (int row = 0; row < Count; row++)
        {
            if (Skips(skipped, row)) continue;
            _returns[row] = (_returns[row] * _discount) + into.Rewards[row];
            if (_learns) _moments.Update(new ReadOnlySpan<double>(ref _returns[row]));
        }

        double scale = 1 / Math.Sqrt(_moments.Variance[0] + 1e-8);
        for (int row = 0; row < Count; row++)
        {
            if (Skips(skipped, row)) continue;
            Scale(row, into, scale);
            if (into.Kinds[row].Ends()) _returns[row] = 0;
        }
    }

    /// <inheritdoc/>
    protected override void OnRestart(ReadOnlySpan<bool> rows, StepBuffer under, StepBuffer into)
    {
        for (int row = 0; row < Count; row++)
            if (rows[row]) _returns[row] = 0;
    }

    /// <inheritdoc/>
    protected override void SaveOwn(Snapshot into)
    {
        _moments.Save(into.Section("moments"));
        into.Put<double>("returns", _returns);
    }

    /// <inheritdoc/>
    protected override void LoadOwn(Snapshot from)
    {
        _moments.Load(from.Section("moments"));
        from.Get<double>("returns", _returns);
    }

    /// <inheritdoc/>
    protected override void AdoptOwn(Snapshot from) => _moments.Load(from.Section("moments"));

    private void Scale(int row, StepBuffer into, double scale)
    {
        double reward = into.Rewards[row], size = Math.Abs(reward);
        if (size * scale > _limit) scale = _limit / size;
        into.Rewards[row] = (float)(reward * scale);
        into.RewardScales[row] = scale;
        int width = Info.RewardTerms.Length;
        foreach (ref float term in into.RewardTerms.AsSpan(row * width, width)) term = (float)(term * scale);
    }
}
