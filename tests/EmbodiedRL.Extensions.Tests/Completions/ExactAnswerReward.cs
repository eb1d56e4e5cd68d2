using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Extensions.Tests.Completions;

/// <summary>Options of <see cref="ExactAnswerReward"/>.</summary>
public sealed record ExactAnswerOptions : Options
{
    /// <summary>Score of an answer that equals its reference.</summary>
    [Range(-1e6, 1e6)]
    public float Right { get; init; } = 1;

    /// <summary>Score of any other answer, and of a completion without one.</summary>
    [Range(-1e6, 1e6)]
    public float Wrong { get; init; }

    /// <summary>Whether upper and lower case differ.</summary>
    public bool MatchCase { get; init; }

    /// <inheritdoc/>
    public override IEnumerable<string> Violations()
    {
        foreach (string violation in base.Violations()) yield return violation;
        if (!(Wrong < Right)) yield return $"wrong: expected less than right ({Right}), found {Wrong}.";
    }
}

/// <summary>Exact-answer reward: whether a completion's parsed answer equals the reference answer of its prompt, surrounding blanks
/// aside.</summary>
/// <param name="name">The term's name.</param>
/// <param name="options">Checked.</param>
[NoPaper("compares strings")]
public sealed class ExactAnswerReward(string name, ExactAnswerOptions options)
    : Reward(new RewardSpec(name, BatchFields.Answers | BatchFields.References, options.Wrong, options.Right))
{
    /// <inheritdoc/>
    public override ValueTask ScoreAsync(RewardBatch batch, Memory<float> scores, ScoreContext context)
    {
        Check(batch, scores);
        var completions = batch.As<CompletionBatch>();
        StringComparison comparison = options.MatchCase ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;
        for (int row = 0; row < completions.Rows; row++)
        {
            string reference = completions.References![completions.PromptOf(row)].Trim();
            bool isRight = completions.Answers![row] is { } answer && answer.Trim().Equals(reference, comparison);
            scores.Span[row] = isRight ? options.Right : options.Wrong;
        }

        return ValueTask.CompletedTask;
    }
}
