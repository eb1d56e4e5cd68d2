using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Rewards.Exploration;

/// <summary>What bonuses with networks have in common.</summary>
internal static class LearnedBonus
{
    /// <summary>
    /// What such a score depends on: what was learned before; the next row of its episode, which holds the observation reached; and, while
    /// running moments adapt, the other rows of its batch.
    /// </summary>
    public const ScoreScope Scope = ScoreScope.Episode | ScoreScope.History | ScoreScope.Batch;
}
