using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rewards.Verifiers.Checks;
using EmbodiedRL.Rewards.Verifiers.Parsing;

namespace EmbodiedRL.Rewards.Verifiers;

/// <summary>Row that a verifier scores: one completion of a question.</summary>
/// <param name="Row">In the batch.</param>
/// <param name="Question">What was asked, and what is right.</param>
/// <param name="Completion">Parsed.</param>
/// <param name="Reading">How answers are read.</param>
public sealed record VerifierRow(int Row, Question Question, ParsedCompletion Completion, AnswerReading Reading);

/// <summary>Group that a verifier scores: the completions of one question.</summary>
/// <param name="Question">What was asked.</param>
/// <param name="Rows">In the order of the batch.</param>
public sealed record VerifierGroup(Question Question, IReadOnlyList<VerifierRow> Rows);

/// <summary>Verifier: scores completions by rules, from their text and the question alone.</summary>
/// <remarks>
/// Parses each completion once, by <see cref="ParsedCompletion"/>, and hands them over by group. A completion that cannot be read scores as
/// a wrong one, never an error; a reference that cannot be read is an error, never a score. Logged: <c>answers</c>, the share of
/// completions that have one answer.
/// </remarks>
public abstract class Verifier : Reward, ICompletionReward
{
    private readonly VerifierOptions _options;
    private readonly string[] _tags;
    private readonly IReadOnlyDictionary<string, AnswerCheck> _checks;
    private readonly Dictionary<string, AnswerCheck> _routes;

    /// <summary>Verifier of a range.</summary>
    /// <param name="name">The term's name.</param>
    /// <param name="options">Checked.</param>
    /// <param name="range">Least and greatest score.</param>
    /// <param name="checks">Answer checks by name; null takes those that ship.</param>
    /// <param name="scope">What a score depends on beside its row.</param>
    /// <param name="tags">Tags that are read beside those of reasoning and answer.</param>
    /// <exception cref="UnknownNameException">A kind of question is given a check that there is not.</exception>
    protected Verifier(string name, VerifierOptions options, (double Least, double Most) range,
        IReadOnlyDictionary<string, AnswerCheck>? checks = null, ScoreScope scope = ScoreScope.Row, params string[] tags)
        : base(new RewardSpec(name, BatchFields.Texts | BatchFields.Questions, (float)range.Least, (float)range.Most, Scope: scope))
    {
        (_options, _tags, _checks) = (options, tags, checks ?? AnswerChecks.Shipped);
        _routes = AnswerChecks.Routes(options.Checks, _checks);
    }

    /// <summary>Characters that parsers looked at in the last batch: bounded by a multiple of its length.</summary>
    public long CharactersRead { get; private set; }

    /// <inheritdoc/>
    public sealed override async ValueTask ScoreAsync(RewardBatch batch, Memory<float> scores, ScoreContext context)
    {
        Check(batch, scores);
        context.Cancel.ThrowIfCancellationRequested();
        var completions = batch.As<CompletionBatch>();
        var groups = new VerifierGroup[completions.Prompts.Count];
        for (int prompt = 0; prompt < groups.Length; prompt++)
        {
            Question question = completions.Questions![prompt];
            var rows = new VerifierRow[completions.Completions];
            for (int i = 0; i < rows.Length; i++)
            {
                int row = (prompt * completions.Completions) + i;
                var completion = new ParsedCompletion(completions.Texts[row] ?? "", _options.AnswerTag, _options.ThinkTag, _tags);
                rows[i] = new VerifierRow(row, question, completion, new AnswerReading(_options.Scale, context.Progress, completion.Work));
            }

            groups[prompt] = new VerifierGroup(question, rows);
        }

        double[] found = new double[batch.Rows];
        await ScoreAsync(groups, found, context);
        for (int row = 0; row < found.Length; row++)
        {
            if (double.IsInfinity(found[row])) throw new NonFiniteException($"A score of '{Spec.Name}'", batch.Describe(row));
            scores.Span[row] = (float)found[row];
        }

        CharactersRead = groups.Sum(group => group.Rows.Sum(row => row.Completion.Work.Characters));
        context.Metrics.Write($"reward/{Spec.Name}/answers",
            (double)groups.Sum(group => group.Rows.Count(row => row.Completion.Answer.IsFound)) / batch.Rows);
    }

    /// <summary>Scores the rows of all groups.</summary>
    /// <param name="groups">One for each prompt.</param>
    /// <param name="scores">[rows], all 0 at first. NaN means "not applicable here".</param>
    /// <param name="context">Where the run stands.</param>
    protected abstract ValueTask ScoreAsync(IReadOnlyList<VerifierGroup> groups, double[] scores, ScoreContext context);

    /// <summary>The check of a question: that of its kind, or of its form.</summary>
    protected AnswerCheck CheckOf(Question question) => _routes.TryGetValue(question.Kind, out AnswerCheck? check) ? check
        : _checks[AnswerChecks.Default(question.Form)];

    /// <summary>How right the answer of a row is, in [0, 1]; 0 where it has none.</summary>
    protected double Rightness(VerifierRow row)
    {
        Parsed<string> answer = row.Completion.Answer;
        return answer.IsFound ? Rightness(answer.Value, row) : 0;
    }

    /// <summary>How right a text is as the answer of a row, in [0, 1]; 0 where it cannot be read.</summary>
    protected double Rightness(string answer, VerifierRow row)
    {
        Parsed<double> score = CheckOf(row.Question).Score(answer, row.Question, row.Reading);
        return score.IsFound ? score.Value : 0;
    }
}

/// <summary>Base of verifiers that look at one completion at a time.</summary>
/// <inheritdoc cref="Verifier(string, VerifierOptions, ValueTuple{double, double}, IReadOnlyDictionary{string, AnswerCheck}?, ScoreScope,
/// string[])"/>
public abstract class RowVerifier(string name, VerifierOptions options, (double Least, double Most) range,
    IReadOnlyDictionary<string, AnswerCheck>? checks = null, params string[] tags)
    : Verifier(name, options, range, checks, ScoreScope.Row, tags)
{
    /// <inheritdoc/>
    protected sealed override ValueTask ScoreAsync(IReadOnlyList<VerifierGroup> groups, double[] scores, ScoreContext context)
    {
        foreach (VerifierGroup group in groups)
        {
            context.Cancel.ThrowIfCancellationRequested();
            foreach (VerifierRow row in group.Rows) scores[row.Row] = Score(row, context);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>The score of a row.</summary>
    protected abstract double Score(VerifierRow row, ScoreContext context);
}
