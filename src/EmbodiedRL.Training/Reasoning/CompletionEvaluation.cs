using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Models.Language;
using EmbodiedRL.Models.Language.Generation;
using EmbodiedRL.Training.Evaluation;

namespace EmbodiedRL.Training.Reasoning;

/// <summary>Evaluation of completions: share of held-out questions that likeliest tokens answer rightly, by kind.</summary>
/// <remarks>
/// Measures are <c>accuracy/KIND</c>, <c>well-formed</c>, <c>overlap</c> (mean intersection over union, where boxes are asked for) and
/// <c>brier</c> (of stated confidence, where it is judged; lower is better). Model and questions are lent. Not thread-safe.
/// </remarks>
public sealed class CompletionEvaluation : IEvaluation
{
    private const int AtOnce = 64;
    private const string WellFormed = "well-formed", Overlap = "overlap", Brier = "brier";

    private readonly ILanguageModel _model;
    private readonly IReadOnlyList<Question> _questions, _brief;
    private readonly Func<Question, string, AnswerFigures> _judge;
    private readonly SamplingSettings _sampling;

    /// <summary>Makes ready to ask.</summary>
    /// <param name="model">Lent.</param>
    /// <param name="questions">Held out of training, at least one; every full evaluation asks the same.</param>
    /// <param name="judge">What a completion is worth as the answer to a question.</param>
    /// <param name="maximumTokens">The most tokens of a completion.</param>
    /// <param name="brief">Questions of brief evaluations, with those kinds; null asks the full ones.</param>
    public CompletionEvaluation(ILanguageModel model, IReadOnlyList<Question> questions, Func<Question, string, AnswerFigures> judge,
        int maximumTokens, IReadOnlyList<Question>? brief = null)
    {
        ArgumentOutOfRangeException.ThrowIfZero(questions.Count);
        (_model, _questions, _judge, _brief) = (model, questions, judge, brief is { Count: > 0 } ? brief : questions);
        _sampling = new SamplingSettings { MaximumTokens = maximumTokens, Greedy = true };
    }

    /// <summary>Whether the Brier score of stated confidence is a measure.</summary>
    public bool JudgesConfidence { get; init; }

    /// <inheritdoc/>
    public EvaluationOutcome Evaluate(bool isBrief, CancellationToken cancel)
    {
        IReadOnlyList<Question> questions = isBrief ? _brief : _questions;
        (Question Question, AnswerFigures Figures)[] answers = [.. Ask(questions, cancel)
            .Select(answer => (answer.Question, _judge(answer.Question, answer.Text)))];
        var measures = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (string kind in KindsOf(questions))
            measures[kind] = answers.Where(one => KindOf(one.Question) == kind).Average(one => one.Figures.IsRight ? 1.0 : 0);
        measures[WellFormed] = answers.Average(one => one.Figures.IsWellFormed ? 1.0 : 0);
        if (AsksBoxes(questions))
            measures[Overlap] = answers.Where(one => one.Question.Form == AnswerForm.Boxes).Average(one => one.Figures.Overlap ?? 0);
        if (JudgesConfidence) measures[Brier] = answers.Average(one => one.Figures.Brier);
        return new EvaluationOutcome(questions.Count, measures, answers.Average(one => one.Figures.IsRight ? 1.0 : 0));
    }

    /// <summary>The likeliest completion of each question.</summary>
    /// <param name="questions">In order.</param>
    /// <param name="cancel">Stops between two parts.</param>
    public IEnumerable<(Question Question, string Text)> Ask(IEnumerable<Question> questions, CancellationToken cancel)
    {
        var generator = new TextGenerator(_model);
        foreach (Question[] part in questions.Chunk(AtOnce))
        {
            List<EncodedPrompt> prompts = [];
            Completions found;
            try
            {
                foreach (Question question in part) prompts.Add(_model.Encode(question));
                found = generator.Generate(prompts, 1, _sampling, 0, cancellation: cancel);
            }
            finally
            {
                foreach (EncodedPrompt prompt in prompts) prompt.Dispose();
            }

            for (int i = 0; i < part.Length; i++) yield return (part[i], found.Texts[i]);
        }
    }

    /// <inheritdoc/>
    public EvaluationOutcome Load(Snapshot from)
    {
        int asked = from.Get<int>("episodes");
        double[] shares = from.GetAll<double>("measures");
        // brief and full questions may be of different kinds
        string[] names = [.. Array.Find([NamesOf(_questions), NamesOf(_brief)], known => known.Length == shares.Length)
            ?? throw new SpecMismatchException("measures of an evaluation", $"{NamesOf(_questions).Length}", $"{shares.Length}")];
        return new EvaluationOutcome(asked,
            names.Select((name, i) => KeyValuePair.Create(name, shares[i])).ToDictionary(StringComparer.Ordinal),
            from.Get<double>("success"));
    }

    private string[] NamesOf(IReadOnlyList<Question> questions) =>
        [.. KindsOf(questions), WellFormed, .. AsksBoxes(questions) ? [Overlap] : Array.Empty<string>(),
            .. JudgesConfidence ? [Brier] : Array.Empty<string>()];

    private static IEnumerable<string> KindsOf(IReadOnlyList<Question> questions) =>
        questions.Select(KindOf).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    private static bool AsksBoxes(IReadOnlyList<Question> questions) => questions.Any(question => question.Form == AnswerForm.Boxes);

    private static string KindOf(Question question) => question.Kind.Length > 0 ? $"accuracy/{question.Kind}" : "accuracy";
}
