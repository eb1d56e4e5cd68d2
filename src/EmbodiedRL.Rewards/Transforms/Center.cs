using EmbodiedRL.Core;

namespace EmbodiedRL.Rewards.Transforms;

/// <summary>Subtracts the mean of all scores so far; this rollout's scores are taken in first.</summary>
public sealed class Center : IRewardTransform
{
    private readonly RunningMoments _moments = new(1);
    private float[] _applicable = [];

    /// <inheritdoc/>
    public void Apply(Span<float> scores)
    {
        _moments.Update<float>(FiniteScores.In(scores, ref _applicable));
        float mean = (float)_moments.Mean[0];
        foreach (ref float score in scores) score -= mean;
    }

    /// <inheritdoc/>
    public void Save(Snapshot into) => _moments.Save(into);

    /// <inheritdoc/>
    public void Load(Snapshot from) => _moments.Load(from);
}
