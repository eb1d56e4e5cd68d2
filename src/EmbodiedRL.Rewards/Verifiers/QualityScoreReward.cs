using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Rewards.Verifiers.Checks;
using EmbodiedRL.Rewards.Verifiers.Parsing;

namespace EmbodiedRL.Rewards.Verifiers;

/// <summary>Options of <see cref="QualityScoreReward"/>.</summary>
public sealed record QualityScoreOptions : VerifierOptions
{
    /// <summary>A score is right within less than this.</summary>
    [Range(0, 1e6, IsAboveLeast = true)]
    public double Tolerance { get; init; } = 0.35;

    /// <summary>The same at the start of a run, so that first guesses are told apart; 0 for the same throughout, as in the paper.</summary>
    [Range(0, 1e6, Zero = "as at the end")]
    public double InitialTolerance { get; init; }

    /// <summary>Share of the run after which the tolerance is that of the end.</summary>
    [Range(0, 1, IsAboveLeast = true)]
    public double NarrowedAt { get; init; } = 0.5;

    /// <summary>Paid for the right type of degradation; the rest to 1 is paid for type and level.</summary>
    [Range(0, 1)]
    public double TypeShare { get; init; } = 0.25;

    /// <summary>Weight of the format.</summary>
    [Range(0, 1e6)]
    public double FormatWeight { get; init; } = 1;
}

/// <summary>Q-Insight's rewards of image quality: a score within a tolerance, or the type and level of a degradation, plus
/// format.</summary>
/// <remarks>
/// <para>Questions whose answer is a number: r = [|s' - s| &lt; 0.35]. Others have a reference <c>{"type":"blur","level":"slight"}</c>: r =
/// 0.25 [type right] + 0.75 [type and level right]; a right level of a wrong type earns nothing. Plus the weight times [reasoning, then an
/// answer that is one JSON object and nothing else]. Answers name the score <c>score</c>, <c>rating</c> or <c>quality</c>.</para>
/// <para>The window leaves whole groups at 0 early on, which teach nothing: <c>initialTolerance</c> begins wider and narrows
/// linearly.</para>
/// </remarks>
/// <param name="name">The term's name.</param>
/// <param name="options">Checked.</param>
[Paper("2503.22679", "Q-Insight: Understanding Image Quality via Visual Reinforcement Learning", Year = 2025, Method = "S12")]
public sealed class QualityScoreReward(string name, QualityScoreOptions options)
    : RowVerifier(name, options, (0, 1 + options.FormatWeight))
{
    /// <summary>The tolerance at a share of the run.</summary>
    public static double ToleranceAt(double progress, QualityScoreOptions options) => options.InitialTolerance == 0 ? options.Tolerance
        : options.InitialTolerance + ((options.Tolerance - options.InitialTolerance) * Math.Min(1, progress / options.NarrowedAt));

    /// <summary>The reward of a degradation.</summary>
    public static double Degradation(bool isType, bool isLevel, double typeShare = 0.25) =>
        isType ? typeShare + (isLevel ? 1 - typeShare : 0) : 0;

    /// <inheritdoc/>
    protected override double Score(VerifierRow row, ScoreContext context)
    {
        Parsed<string> answer = row.Completion.Answer;
        if (!answer.IsFound) return 0;
        Parsed<JsonItem> json = JsonText.Strict(answer.Value, row.Completion.Work);
        bool isObject = json is { IsFound: true, Value.Kind: JsonKind.Members }
            && json.Value.Members.All(member => member.Value.Kind is not (JsonKind.Members or JsonKind.List));
        double format = isObject && row.Completion.IsWellFormed ? options.FormatWeight : 0;
        return format + (!isObject ? 0 : row.Question.Form == AnswerForm.Number ? Rating(row, json.Value!, context.Progress)
            : Degraded(row, json.Value!));
    }

    private double Rating(VerifierRow row, JsonItem answer, double progress)
    {
        double truth = References.Of(row.Question, NumberText.Parse(row.Question.Reference), "a number").Value;
        return answer.Member("score", "rating", "quality") is { Kind: JsonKind.Number } score
            && Math.Abs(score.Number - truth) < ToleranceAt(progress, options) ? 1 : 0;
    }

    private double Degraded(VerifierRow row, JsonItem answer)
    {
        JsonItem truth = References.Of(row.Question, JsonText.First(row.Question.Reference), "a JSON object with type and level");
        return Degradation(IsSame("type"), IsSame("level"), options.TypeShare);

        bool IsSame(string member) => truth.Member(member) is { Kind: JsonKind.Text } wanted
            ? answer.Member(member) is { Kind: JsonKind.Text } found && WordText.Normalized(found.Text) == WordText.Normalized(wanted.Text)
            : throw new SpecMismatchException($"reference of the question '{References.Short(row.Question.Prompt)}'",
                $"a {member} in words",
                $"'{References.Short(row.Question.Reference)}'");
    }
}
