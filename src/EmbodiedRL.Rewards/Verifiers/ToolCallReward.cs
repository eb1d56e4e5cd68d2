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

    /// <summary>
    /// How scales of format and correctness follow the run: <c>fixed</c>, <c>gradual</c> (from format to correctness) or <c>stages</c>
    /// (a third of the correctness, then all of it and half of the format).
    /// </summary>
    [Length(1, LengthAttribute.Name)]
    public string Progression { get; init; } = "fixed";

    /// <summary>Share of the run after which the second stage begins: 30 of 105 updates.</summary>
    [Range(0, 1)]
    public double StageAt { get; init; } = 30.0 / 105;

    /// <summary>Weight of the length of the reasoning: more words earn more, whatever they say.</summary>
    [Range(0, 1e6, Zero = "off")]
    public double LengthWeight { get; init; }

    /// <summary>Words of reasoning from which the length is worth its whole weight.</summary>
    [Range(1, 1_000_000)]
    public int TargetWords { get; init; } = 512;

    /// <summary>Whether that number rises with the run, from 3/4 of it to 5/4.</summary>
    public bool IsTargetRising { get; init; }

    /// <inheritdoc/>
    public override IEnumerable<string> Violations()
    {
        foreach (string violation in base.Violations()) yield return violation;
        if (CallTag == ThinkTag) yield return $"callTag: expected another tag than thinkTag, found '{CallTag}'.";
        if (RowGroups.Violation("progression", Progression, "fixed", "gradual", "stages") is { } wrong) yield return wrong;
    }
}

/// <summary>ToolRL's graded reward for calls of tools: format, names, parameter names and values.</summary>
/// <remarks>
/// <para>R = R_format + R_correct in [-3, 4]. R_correct = 6 S / S_max - 3; S = J(names) + sum over true calls g with a match p of the same
/// name of [J(parameters of g, of p) + number of equal values], S_max = 1 + sum_g (1 + |parameters of g|), J the Jaccard index of
/// multisets. Each true call in turn takes the unused prediction that scores most. Equal lists give 3, a trace that cannot be read -3, a
/// question without true calls 0.</para>
/// <para>Lists are compared whatever their order, as the score is; the release's shortcut is not. R_format is 1 for reasoning and then
/// calls, with nothing around them.</para>
/// <para>The paper's variants are options. Length: min(1, words of reasoning / target). Gradual schedule with u = progress: R_format in
/// [min(-1, -2 + 2 u), 2 - u], R_correct in [-2 - u, 2 + u]; stages: [0, 1] and [-1, 1], then [0, 1/2] and [-3, 3]. The release, as
/// copies have it, counts updates where progress is taken here.</para>
/// </remarks>
/// <param name="name">The term's name.</param>
/// <param name="options">Checked.</param>
[Paper("2504.13958", "ToolRL: Reward is All Tool Learning Needs", Year = 2025, Method = "S81")]
public sealed class ToolCallReward(string name, ToolCallOptions options)
    : RowVerifier(name, options, (options.Progression == "gradual" ? -4 : -3, 4 + options.LengthWeight), null, options.CallTag)
{
    /// <summary>Ranges of format and correctness at a share of the run.</summary>
    public static ((double Least, double Most) Format, (double Least, double Most) Correct) Scales(
        double progress, ToolCallOptions options) => options.Progression switch
        {
            "gradual" => ((Math.Min(-1, -2 + (2 * progress)), 2 - progress), (-2 - progress, 2 + progress)),
            "stages" => progress < options.StageAt ? ((0, 1), (-1, 1)) : ((0, 0.5), (-3, 3)),
            _ => ((0, 1), (-3, 3)),
        };

    /// <summary>Share of the target that reasoning of so many words reaches, at most 1.</summary>
    public static double Length(int words, double progress, ToolCallOptions options) =>
        Math.Min(1, words / (options.TargetWords * (options.IsTargetRising ? 0.75 + (0.5 * progress) : 1)));

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
        ((double Least, double Most) format, (double Least, double Most) correct) = Scales(context.Progress, options);
        bool isFormed = calls.IsFound && row.Completion.IsSequence(options.ThinkTag, options.CallTag);
        double length = options.LengthWeight > 0 ? options.LengthWeight * Length(Words(row.Completion), context.Progress, options) : 0;
        double score = (isFormed ? format.Most : format.Least) + length;
        if (truth.Count == 0) return score;
        double share = calls.IsFound ? (Correctness(calls.Value, truth) + 3) / 6 : 0;
        if (options.IsCoarse) share = share >= 1 - 1e-9 ? 1 : 0;
        return score + correct.Least + ((correct.Most - correct.Least) * share);
    }

    /// <summary>Words of the reasoning; 0 where there is none, or more than one.</summary>
    private static int Words(ParsedCompletion completion)
    {
        if (!completion.Thought.IsFound) return 0;
        string thought = completion.Thought.Value;
        completion.Work.Add(thought.Length);
        int words = 0;
        for (int i = 0; i < thought.Length; i++)
            if (!char.IsWhiteSpace(thought[i]) && (i == 0 || char.IsWhiteSpace(thought[i - 1]))) words++;
        return words;
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
