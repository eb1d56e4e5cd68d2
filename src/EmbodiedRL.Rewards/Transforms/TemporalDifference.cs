using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rewards.Shaping;

namespace EmbodiedRL.Rewards.Transforms;

/// <summary>Options of <see cref="TemporalDifference"/>.</summary>
public sealed record TemporalDifferenceOptions : Options
{
    /// <summary>Multiplies the later score; 1 pays plain growth.</summary>
    [Range(0, 1, IsAboveLeast = true)]
    public float Discount { get; init; } = 1;
}

/// <summary>
/// Temporal difference: pays progress, discount times a row's score less the score before it in its episode, instead of the score.
/// </summary>
/// <remarks>
/// The first scored row of an episode has none before it and gets 0. With a discount of 1 an episode's sum is its last score less its
/// first. Rows without a score are passed over. The last score of an episode that goes on is kept for the next batch; where scoring is
/// frozen every batch stands for itself. For growth as a reward of its own: it changes which policies are best (the first action goes
/// unpaid, and an episode that terminates keeps its last score). Beside a task's reward use <see cref="PotentialShaping"/>, which does not.
/// </remarks>
/// <param name="options">Checked.</param>
[NoPaper("a difference")]
public sealed class TemporalDifference(TemporalDifferenceOptions options) : RewardTransform
{
    private readonly EpisodeScores _last = new();

    /// <inheritdoc/>
    public override ScoreScope Scope => ScoreScope.Episode;

    /// <inheritdoc/>
    public override void Apply(RewardBatch batch, Span<float> scores, ScoreContext context)
    {
        EpisodeScores.RequireSteps(batch, "temporal-difference");
        _last.Fold(batch, scores, context,
            (score, before) => (float.IsNaN(before) ? 0 : (float)PotentialShaping.Of(options.Discount, before, score), score));
    }

    /// <inheritdoc/>
    public override void Save(Snapshot into) => _last.Save(into);

    /// <inheritdoc/>
    public override void Load(Snapshot from) => _last.Load(from);
}
