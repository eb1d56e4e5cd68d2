using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Rewards.Verifiers.Checks;
using EmbodiedRL.Rewards.Verifiers.Parsing;

namespace EmbodiedRL.Rewards.Verifiers;

/// <summary>Options of <see cref="ToolCallReward"/>.</summary>
public sealed record ToolCallOptions : VerifierOptions
{
    /// <summary>Tag of calls, without brackets; its only block holds them as JSON.</summary>
    [Length(1, LengthAttribute.Name)]
    public string CallTag { get; init; } = "tool_call";

    /// <summary>Whether correctness is all or nothing, 3 or -3.</summary>
    public bool IsCoarse { get; init; }

    /// <inheritdoc/>
    public override IEnumerable<string> Violations()
    {
        foreach (string violation in base.Violations()) yield return violation;
        if (CallTag == ThinkTag) yield return $"callTag: expected another tag than thinkTag, found '{CallTag}'.";
    }
}

/// <summary>ToolRL's graded reward for calls of tools: format, names, parameter names and values.</summary>
/// <remarks>
/// <para>R = R_format + R_correct in [-3, 4]. R_correct = 6 S / S_max - 3; S = J(names) + sum over true calls g with a match p of the same
/// name of [J(parameters of g, of p) + number of equal values], S_max = 1 + sum_g (1 + |parameters of g|), J the Jaccard index of
/// multisets. Each true call in turn takes the unused prediction that scores most. Equal lists give 3, a trace that cannot be read -3, a
/// question without true calls 0.</para>
/// <para>Lists are compared whatever their order, as the score is; the release's shortcut is not. R_format is 1 for reasoning and then
/// calls, with nothing around them. Of the paper's options, the coarse reward is here; length reward and schedules are terms and
/// weights.</para>
/// </remarks>
/// <param name="name">The term's name.</param>
/// <param name="options">Checked.</param>
[Paper("2504.13958", "ToolRL: Reward is All Tool Learning Needs", Year = 2025, Method = "S81")]
public sealed class ToolCallReward(string name, ToolCallOptions options) : RowVerifier(name, options, (-3, 4), null, options.CallTag)
{
    /// <summary>R_correct of two lists of calls.</summary>
    /// <param name="predicted">At most <see cref="TraceText.MostCalls"/>.</param>
    /// <param name="truth">Of the reference.</param>
    public static double Correctness(IReadOnlyList<ToolCall> predicted, IReadOnlyList<ToolCall> truth)
    {
        if (truth.Count == 0) return 0;
        double score = Multisets.Jaccard([.. truth.Select(call => call.Name)], [.. predicted.Select(call => call.Name)]), most = 1;
        bool[] isUsed = new bool[predicted.Count];
        foreach (ToolCall call in truth)
        {
            most += 1 + call.Parameters.Count;
            int best = -1;
            double highest = -1;
            for (int i = 0; i < predicted.Count; i++)
            {
                if (isUsed[i] || predicted[i].Name != call.Name) continue;
                double match = Match(predicted[i], call);
                if (match > highest) (highest, best) = (match, i);
            }

            if (best < 0) continue;
            isUsed[best] = true;
            score += highest;
        }

        return (6 * score / most) - 3;
    }

    /// <inheritdoc/>
    protected override double Score(VerifierRow row, ScoreContext context)
    {
        IReadOnlyList<ToolCall> truth = References.Of(row.Question, TraceText.Parse(row.Question.Reference), "calls of tools as JSON");
        Parsed<string> block = row.Completion.Only(options.CallTag);
        Parsed<IReadOnlyList<ToolCall>> calls = block.IsFound ? TraceText.Parse(block.Value, row.Completion.Work)
            : Parsed<IReadOnlyList<ToolCall>>.None(block.Reason);
        double format = calls.IsFound && row.Completion.IsSequence(options.ThinkTag, options.CallTag) ? 1 : 0;
        if (!calls.IsFound) return truth.Count == 0 ? 0 : -3;
        double correct = Correctness(calls.Value, truth);
        return format + (options.IsCoarse && truth.Count > 0 ? (correct >= 3 - 1e-9 ? 3 : -3) : correct);
    }

    /// <summary>Correctness from 0 to 1 as an answer check.</summary>
    internal static Parsed<double> Check(string answer, Question question, AnswerReading reading)
    {
        IReadOnlyList<ToolCall> truth = References.Of(question, TraceText.Parse(question.Reference), "calls of tools as JSON");
        Parsed<IReadOnlyList<ToolCall>> calls = TraceText.Parse(answer, reading.Work);
        if (!calls.IsFound) return Parsed<double>.None(calls.Reason);
        return Parsed<double>.Of(truth.Count == 0 ? (calls.Value.Count == 0 ? 1 : 0) : (Correctness(calls.Value, truth) + 3) / 6);
    }

    private static double Match(ToolCall predicted, ToolCall truth) =>
        Multisets.Jaccard([.. truth.Parameters.Keys], [.. predicted.Parameters.Keys])
            + truth.Parameters.Count(one => predicted.Parameters.TryGetValue(one.Key, out JsonItem? value) && value.Equals(one.Value));
}
