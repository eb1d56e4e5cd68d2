namespace EmbodiedRL.Training.Evaluation;

/// <summary>Whether an agent should be trained on a reward.</summary>
public enum RewardTrust
{
    /// <summary>It follows what was asked for.</summary>
    Trust,

    /// <summary>It can be trained on, and what it will teach is a guess.</summary>
    Doubt,

    /// <summary>It does not follow what was asked for, or cannot.</summary>
    Refuse,
}

/// <summary>What a whole reward, all prompts, terms, weights and transforms, is worth for a goal, judged on sampled states.</summary>
/// <param name="Trust">The verdict.</param>
/// <param name="Agreement">Rank correlation of the reward with how true the goal is, as a share of a perfect order's, in [-1, 1]; null
/// where nobody knows how true it is.</param>
/// <param name="BestInside">Share of the drawn scenes whose best-rewarded state is inside the goal's success measures, or makes its
/// sentence true by half at least; null without any measure.</param>
/// <param name="Follows">What the reward follows best: a success measure, or a fact that has none; null if nothing.</param>
/// <param name="FollowsBy">The agreement with it.</param>
/// <param name="Reasons">For people, one sentence each; empty for trust in all terms.</param>
public sealed record RewardVerdict(RewardTrust Trust, double? Agreement, double? BestInside, string? Follows, double? FollowsBy,
    IReadOnlyList<string> Reasons)
{
    /// <summary>The least agreement that is trusted.</summary>
    public const double LeastAgreement = 0.85;

    /// <summary>The least share of scenes whose best state must be inside the measures.</summary>
    public const double LeastInside = 0.95;

    /// <summary>From here down the reward falls where the goal comes true.</summary>
    public const double InvertedTo = -0.3;

    /// <summary>Whether the reward falls where the goal comes true.</summary>
    public bool Inverted => Agreement <= InvertedTo;
}
