namespace EmbodiedRL.Core.Specs;

/// <summary>Batch fields: the blocks of a <see cref="Batches.RewardBatch"/> that a reward reads or a batch supplies.</summary>
[Flags]
public enum BatchFields
{
    /// <summary>Nothing (a constant).</summary>
    None = 0,

    /// <summary>Observations [T, N, O].</summary>
    Observations = 1,

    /// <summary>Actions [T, N, A].</summary>
    Actions = 2,

    /// <summary>States [T, N, S].</summary>
    States = 4,

    /// <summary>Rendered frames, uint8 [T, N, H, W, 3].</summary>
    Frames = 8,

    /// <summary>The environment's hand-built reward [T, N].</summary>
    TaskRewards = 16,

    /// <summary>Log-probabilities of actions [T, N] or of completion tokens.</summary>
    LogProbabilities = 32,

    /// <summary>Prompts, one of each row's sample.</summary>
    Prompts = 64,

    /// <summary>Images that belong to a prompt.</summary>
    Images = 128,

    /// <summary>The text of each completion.</summary>
    Texts = 256,

    /// <summary>The token ids of each completion.</summary>
    Tokens = 512,

    /// <summary>The answer parsed from each completion.</summary>
    Answers = 1024,

    /// <summary>The reference answer of each row's sample.</summary>
    References = 2048,

    /// <summary>The question of each row's sample, with form and kind of its answer.</summary>
    Questions = 4096,
}

/// <summary>Scope of a score: what it may depend on beside its own row; a contract test checks that it depends on nothing else.</summary>
[Flags]
public enum ScoreScope
{
    /// <summary>The row alone.</summary>
    Row = 0,

    /// <summary>Other rows of the same episode or sample, e.g. potential shaping.</summary>
    Episode = 1,

    /// <summary>Other rows of the same group, e.g. a group-relative score.</summary>
    Group = 2,

    /// <summary>What was scored or learned before, e.g. counts of visited states.</summary>
    History = 4,

    /// <summary>All other rows of the same batch, e.g. a rank within a rollout.</summary>
    Batch = 8,
}

/// <summary>Reward spec: name, fields read, and scope of the scores.</summary>
/// <param name="Name">The term's name in settings and logs.</param>
/// <param name="Reads">A run that cannot supply one of these fails when it is composed.</param>
/// <param name="Minimum">Least possible value before transforms.</param>
/// <param name="Maximum">Greatest possible value before transforms.</param>
/// <param name="Frames">Which frames it reads; null if it reads none.</param>
/// <param name="Scope">What a score depends on beside its own row.</param>
public sealed record RewardSpec(
    string Name, BatchFields Reads, float Minimum = float.NegativeInfinity, float Maximum = float.PositiveInfinity,
    FrameSpec? Frames = null, ScoreScope Scope = ScoreScope.Row);
