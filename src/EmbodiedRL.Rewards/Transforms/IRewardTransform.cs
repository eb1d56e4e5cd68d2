using EmbodiedRL.Core.Contracts;

namespace EmbodiedRL.Rewards.Transforms;

/// <summary>Changes the scale or shape of a term's scores before they are weighted and joined.</summary>
public interface IRewardTransform : ISnapshot
{
    /// <summary>Transforms the scores of one rollout in place; NaN ("not applicable") stays NaN.</summary>
    /// <param name="scores">[T, N].</param>
    void Apply(Span<float> scores);
}
