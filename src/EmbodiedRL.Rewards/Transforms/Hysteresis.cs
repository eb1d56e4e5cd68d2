using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Rewards.Transforms;

/// <summary>Options of <see cref="Hysteresis"/>.</summary>
public sealed record HysteresisOptions : Options
{
    /// <summary>Score at or below which it switches off.</summary>
    [Range(-1e9, 1e9)]
    public float Low { get; init; } = 0.4f;

    /// <summary>Score at or above which it switches on.</summary>
    [Range(-1e9, 1e9)]
    public float High { get; init; } = 0.6f;

    /// <summary>Reward while it is on.</summary>
    [Range(-1e9, 1e9)]
    public float On { get; init; } = 1;

    /// <summary>Reward while it is off, as it is when an episode begins.</summary>
    [Range(-1e9, 1e9)]
    public float Off { get; init; }

    /// <inheritdoc/>
    public override IEnumerable<string> Violations()
    {
        foreach (string violation in base.Violations()) yield return violation;
        if (!(Low < High)) yield return FormattableString.Invariant($"low: expected less than high ({High}), found {Low}.");
        if (On == Off) yield return FormattableString.Invariant($"on: expected another value than off, found {On} for both.");
    }
}

/// <summary>
/// Hysteresis (Schmitt trigger): switches on at a high score and off at a low one, so that a score that trembles about one threshold does
/// not switch a reward at every step.
/// </summary>
/// <remarks>
/// An episode begins switched off, and one that goes on keeps its state into the next batch. Where scoring is frozen every batch begins
/// switched off. Rows without a score change nothing.
/// </remarks>
/// <param name="options">Checked.</param>
[NoPaper("Schmitt trigger")]
public sealed class Hysteresis(HysteresisOptions options) : RewardTransform
{
    private readonly EpisodeScores _states = new();

    /// <inheritdoc/>
    public override ScoreScope Scope => ScoreScope.Episode;

    /// <inheritdoc/>
    public override void Apply(RewardBatch batch, Span<float> scores, ScoreContext context)
    {
        EpisodeScores.RequireSteps(batch, "hysteresis");
        _states.Fold(batch, scores, context, (score, state) =>
        {
            bool isOn = score >= options.High || (score > options.Low && state > 0);
            return isOn ? (options.On, 1) : (options.Off, 0);
        });
    }

    /// <inheritdoc/>
    public override void Save(Snapshot into) => _states.Save(into);

    /// <inheritdoc/>
    public override void Load(Snapshot from) => _states.Load(from);
}
