using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Models.Language;
using EmbodiedRL.Models.Language.Generation;
using EmbodiedRL.Training.Evaluation;

namespace EmbodiedRL.Training.Reasoning;

/// <summary>Evaluation of completions: share of held-out questions that likeliest tokens answer rightly, by kind.</summary>
/// <remarks>Model and questions are lent. Not thread-safe.</remarks>
public sealed class CompletionEvaluation : IEvaluation
{
    private const int AtOnce = 64;

    private readonly ILanguageModel _model;
    private readonly IReadOnlyList<Question> _questions;
    private readonly Func<Question, string, bool> _isRight;
    private readonly SamplingSettings _sampling;
    private readonly string[] _kinds;

    /// <summary>Makes ready to ask.</summary>
    /// <param name="model">Lent.</param>
    /// <param name="questions">Held out of training, at least one; every evaluation asks the same.</param>
    /// <param name="isRight">Whether a completion answers a question.</param>
    /// <param name="maximumTokens">The most tokens of a completion.</param>
    public CompletionEvaluation(ILanguageModel model, IReadOnlyList<Question> questions, Func<Question, string, bool> isRight,
        int maximumTokens)
    {
        ArgumentOutOfRangeException.ThrowIfZero(questions.Count);
        (_model, _questions, _isRight) = (model, questions, isRight);
        _sampling = new SamplingSettings { MaximumTokens = maximumTokens, Greedy = true };
        _kinds = [.. questions.Select(KindOf).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    /// <summary>The most questions of a brief evaluation, the first ones; 0 asks all.</summary>
    public int BriefQuestions { get; init; }

    /// <inheritdoc/>
    public EvaluationOutcome Evaluate(bool isBrief, CancellationToken cancel)
    {
        int count = isBrief && BriefQuestions > 0 ? Math.Min(BriefQuestions, _questions.Count) : _questions.Count;
        var right = _kinds.ToDictionary(kind => kind, _ => (Right: 0, Asked: 0), StringComparer.Ordinal);
        var generator = new TextGenerator(_model);
        foreach (Question[] part in _questions.Take(count).Chunk(AtOnce))
        {
            List<EncodedPrompt> prompts = [];
            try
            {
                foreach (Question question in part) prompts.Add(_model.Encode(question));
                Completions found = generator.Generate(prompts, 1, _sampling, 0, cancellation: cancel);
                for (int i = 0; i < part.Length; i++)
                {
                    (int Right, int Asked) sum = right[KindOf(part[i])];
                    right[KindOf(part[i])] = (sum.Right + (_isRight(part[i], found.Texts[i]) ? 1 : 0), sum.Asked + 1);
                }
            }
            finally
            {
                foreach (EncodedPrompt prompt in prompts) prompt.Dispose();
            }
        }

        return new EvaluationOutcome(count,
            _kinds.ToDictionary(kind => kind, kind => (double)right[kind].Right / right[kind].Asked, StringComparer.Ordinal),
            (double)right.Values.Sum(sum => sum.Right) / count);
    }

    /// <inheritdoc/>
    public EvaluationOutcome Load(Snapshot from)
    {
        double[] shares = from.GetAll<double>("measures");
        SpecMismatchException.ThrowIfLength("accuracy by kind of question", shares.Length, _kinds.Length);
        return new EvaluationOutcome(from.Get<int>("episodes"),
            _kinds.Select((kind, i) => KeyValuePair.Create(kind, shares[i])).ToDictionary(StringComparer.Ordinal),
            from.Get<double>("success"));
    }

    private static string KindOf(Question question) => question.Kind.Length > 0 ? $"accuracy/{question.Kind}" : "accuracy";
}
