using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Rewards.Transforms;

/// <summary>
/// Standardization by running moments: subtracts the mean of all scores so far and divides by their standard deviation;
/// this batch's scores are taken in first.
/// </summary>
/// <remarks>Where scoring is frozen the moments stay as they are.</remarks>
[NoPaper("running mean and variance")]
public sealed class Standardize : RewardTransform
{
    private readonly RunningMoments _moments = new(1);
    private float[] _finite = [];

    /// <inheritdoc/>
    public override ScoreScope Scope => ScoreScope.History;

    /// <inheritdoc/>
    public override void Apply(RewardBatch batch, Span<float> scores, ScoreContext context)
    {
        if (!context.Frozen) _moments.Update<float>(FiniteScores.In(scores, ref _finite));
        _moments.Standardize(scores, scores);
    }

    /// <inheritdoc/>
    public override void Save(Snapshot into) => _moments.Save(into);

    /// <inheritdoc/>
    public override void Load(Snapshot from) => _moments.Load(from);
}
