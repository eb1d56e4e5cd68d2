using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;

namespace EmbodiedRL.Rewards.Transforms;

/// <summary>Options of <see cref="GroupFlip"/>.</summary>
public sealed record GroupFlipOptions : Options
{
    /// <summary>Probability that the scores of a group are flipped.</summary>
    [Range(0, 1)]
    public double Probability { get; init; } = 0.4;

    /// <summary>Of the draws.</summary>
    [Range(0, int.MaxValue)]
    public int Seed { get; init; }
}

/// <summary>Group flip: reward noise for robustness experiments; with a probability, all scores of a group become 1 - score.</summary>
/// <remarks>
/// One draw decides for a group in a batch, not one for each row: rows flipped one by one would change the deviation within the group too.
/// The mean is p + (1 - 2 p) r, and advantages standardized within the group turn their sign. Nothing is flipped where scoring is frozen,
/// so an evaluation sees the true scores. For scores in [0, 1]. A draw is a function of seed, step and group, so that a resumed run repeats
/// it.
/// </remarks>
/// <param name="options">Checked.</param>
[Paper("2505.22653", "The Climb Carves Wisdom Deeper Than the Summit: On the Noisy Rewards in Learning to Reason",
    Year = 2025, Method = "S68")]
public sealed class GroupFlip(GroupFlipOptions options) : RewardTransform
{
    /// <inheritdoc/>
    public override void Apply(RewardBatch batch, Span<float> scores, ScoreContext context)
    {
        if (context.Frozen) return;
        for (int row = 0; row < scores.Length; row++)
            if (IsFlipped(batch.Group[row], context.Step)) scores[row] = 1 - scores[row];
    }

    private bool IsFlipped(long group, long step) =>
        Rng.For((ulong)options.Seed, "group-flip", group, (ulong)step).NextDouble() < options.Probability;
}
