using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Rewards.Transforms;

/// <summary>Centering by a running mean: subtracts the mean of all scores so far; this batch's scores are taken in first.</summary>
/// <remarks>Where scoring is frozen the mean stays as it is.</remarks>
[NoPaper("running mean")]
public sealed class Center : RewardTransform
{
    private readonly RunningMoments _moments = new(1);
    private float[] _finite = [];

    /// <inheritdoc/>
    public override ScoreScope Scope => ScoreScope.History;

    /// <inheritdoc/>
    public override void Apply(RewardBatch batch, Span<float> scores, ScoreContext context)
    {
        if (!context.Frozen) _moments.Update<float>(FiniteScores.In(scores, ref _finite));
        float mean = (float)_moments.Mean[0];
        foreach (ref float score in scores) score -= mean;
    }

    /// <inheritdoc/>
    public override void Save(Snapshot into) => _moments.Save(into);

    /// <inheritdoc/>
    public override void Load(Snapshot from) => _moments.Load(from);
}
