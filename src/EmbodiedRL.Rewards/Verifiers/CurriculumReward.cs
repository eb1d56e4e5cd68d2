using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rewards.Verifiers.Boxes;
using EmbodiedRL.Rewards.Verifiers.Checks;
using EmbodiedRL.Rewards.Verifiers.Parsing;

namespace EmbodiedRL.Rewards.Verifiers;

/// <summary>Options of <see cref="CurriculumReward"/>.</summary>
public sealed record CurriculumRewardOptions : VerifierOptions
{
    /// <summary>IoU that a box must be above.</summary>
    [Range(0, 1)]
    public double Threshold { get; init; } = 0.5;

    /// <summary>Weight of the format.</summary>
    [Range(0, 1e6)]
    public double FormatWeight { get; init; } = 1;
}

/// <summary>Curr-ReFT's rewards of three stages: judge, choose, answer.</summary>
/// <remarks>
/// <para>Stage 1, two options such as yes and no, and stage 2, several options: r = 1 if the set of chosen options is the reference's,
/// which may name several (<c>A, C</c>). Stage 3: boxes r = 1 if as many boxes as there are true ones match at IoU above 0.5; lists of
/// labels their Jaccard index (<c>checks</c>: <c>kind=label-set</c>); all else by the question's check. Plus the weight times the format.
/// Logged: the mean of each stage, <c>stage1</c> to <c>stage3</c>.</para>
/// <para>Sets are compared: the release compares lists, so that "B, A" would not be "A, B".</para>
/// </remarks>
[Paper("2503.07065", "Boosting the Generalization and Reasoning of Vision Language Models with Curriculum Reinforcement Learning",
    Year = 2025, Method = "S16")]
public sealed class CurriculumReward : Verifier
{
    private readonly CurriculumRewardOptions _options;

    /// <summary>Verifier by a run's checks.</summary>
    /// <param name="name">The term's name.</param>
    /// <param name="options">Checked.</param>
    /// <param name="checks">Answer checks by name; null takes those that ship.</param>
    public CurriculumReward(string name, CurriculumRewardOptions options, IReadOnlyDictionary<string, AnswerCheck>? checks = null)
        : base(name, options, (0, 1 + options.FormatWeight), checks, ScoreScope.Row) => _options = options;

    /// <summary>1 judge, 2 choose, 3 answer.</summary>
    public static int Stage(Question question) => question.Form != AnswerForm.Option ? 3 : question.Options.Count <= 2 ? 1 : 2;

    /// <summary>The options that a text names, parted by commas, semicolons, lines or "and"; in the order of the question.</summary>
    public static Parsed<IReadOnlyList<int>> Chosen(string text, IReadOnlyList<string> options, ParseWork? work = null)
    {
        if (text.Length > OptionText.MostCharacters) return Parsed<IReadOnlyList<int>>.None("longer than options");
        var chosen = new SortedSet<int>();
        foreach (string part in text.Replace(" and ", ",", StringComparison.OrdinalIgnoreCase).Split(',', ';', '\n'))
        {
            if (WordText.Plain(part).Trim().Length == 0) continue;
            Parsed<int> one = OptionText.Parse(part, options, work);
            if (!one.IsFound) return Parsed<IReadOnlyList<int>>.None(one.Reason);
            chosen.Add(one.Value);
        }

        return chosen.Count > 0 ? Parsed<IReadOnlyList<int>>.Of([.. chosen]) : Parsed<IReadOnlyList<int>>.None("no option");
    }

    /// <inheritdoc/>
    protected override ValueTask ScoreAsync(IReadOnlyList<VerifierGroup> groups, double[] scores, ScoreContext context)
    {
        (double Sum, int Count)[] stages = new (double, int)[4];
        foreach (VerifierGroup group in groups)
        {
            context.Cancel.ThrowIfCancellationRequested();
            int stage = Stage(group.Question);
            foreach (VerifierRow row in group.Rows)
            {
                double right = !row.Completion.Answer.IsFound ? 0
                    : stage < 3 ? Choice(row)
                    : group.Question.Form == AnswerForm.Boxes ? Boxes(row)
                    : Rightness(row);
                stages[stage] = (stages[stage].Sum + right, stages[stage].Count + 1);
                scores[row.Row] = right + (_options.FormatWeight * Formats.Binary(row.Completion));
            }
        }

        for (int stage = 1; stage < stages.Length; stage++)
            if (stages[stage].Count > 0) context.Metrics.Write($"reward/{Spec.Name}/stage{stage}", stages[stage].Sum / stages[stage].Count);
        return ValueTask.CompletedTask;
    }

    private static double Choice(VerifierRow row)
    {
        IReadOnlyList<int> truth = References.Of(row.Question, Chosen(row.Question.Reference, row.Question.Options),
            "some of the question's options");
        Parsed<IReadOnlyList<int>> chosen = Chosen(row.Completion.Answer.Value!, row.Question.Options, row.Completion.Work);
        return chosen.IsFound && chosen.Value.SequenceEqual(truth) ? 1 : 0;
    }

    private double Boxes(VerifierRow row)
    {
        IReadOnlyList<LabeledBox> truth = References.Boxes(row.Question);
        Parsed<IReadOnlyList<LabeledBox>> found = References.Boxes(row.Completion.Answer.Value!, row.Question, row.Reading);
        return found.IsFound && found.Value.Count == truth.Count
            && BoxMatching.Greedy(References.Overlaps(found.Value, truth), null, _options.Threshold, isStrict: true).Count == truth.Count
                ? 1 : 0;
    }
}
