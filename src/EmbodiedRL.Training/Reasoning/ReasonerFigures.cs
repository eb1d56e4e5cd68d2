using EmbodiedRL.Core.Batches;
using EmbodiedRL.Models.Language;
using EmbodiedRL.Models.Language.Generation;

namespace EmbodiedRL.Training.Reasoning;

/// <summary>What answers to one kind of question are worth.</summary>
/// <param name="Kind">Of the questions.</param>
/// <param name="Questions">How many were asked.</param>
/// <param name="Accuracy">Share answered right; of boxes, share that overlap by half or more.</param>
/// <param name="Chance">What the best constant answer would be right of; of boxes 0.</param>
public sealed record ReasonerKindFigure(string Kind, int Questions, double Accuracy, double Chance);

/// <summary>Figures of a model that answers in reasoned form.</summary>
/// <param name="Questions">How many were asked.</param>
/// <param name="Accuracy">Share answered right, over all kinds.</param>
/// <param name="WellFormed">Share of completions of the form.</param>
/// <param name="Overlap">Mean intersection over union of boxes; NaN if none was asked.</param>
/// <param name="Brier">Mean squared difference of stated confidence and correctness, of well-formed completions.</param>
/// <param name="Confidence">Mean stated confidence.</param>
/// <param name="Tokens">Mean tokens of a completion.</param>
/// <param name="Kinds">By kind.</param>
public sealed record ReasonerFigures(int Questions, double Accuracy, double WellFormed, double Overlap, double Brier, double Confidence,
    double Tokens, IReadOnlyList<ReasonerKindFigure> Kinds)
{
    private const int Block = 64;

    /// <summary>Asks a model, greedily.</summary>
    /// <param name="model">Lent.</param>
    /// <param name="questions">Its first ones are asked.</param>
    /// <param name="count">How many.</param>
    /// <param name="cancel">Asked before every batch.</param>
    public static ReasonerFigures Measure(ILanguageModel model, SceneQuestions questions, int count, CancellationToken cancel)
    {
        var asked = new List<(Question Question, double Right, double? Overlap, double? Confidence, int Tokens)>();
        for (int first = 0; first < count; first += Block)
        {
            cancel.ThrowIfCancellationRequested();
            Question[] some = [.. Enumerable.Range(first, Math.Min(Block, count - first)).Select(i => questions.At(i))];
            (string[] texts, int[] lengths) = Answers(model, some);
            for (int i = 0; i < some.Length; i++)
            {
                var figures = AnswerFigures.Of(some[i], texts[i]);
                double? stated = figures.IsWellFormed ? figures.Confidence : null;
                asked.Add((some[i], figures.IsRight ? 1 : 0, figures.Overlap, stated, lengths[i]));
            }
        }

        return Of(asked);
    }

    private static ReasonerFigures Of(List<(Question Question, double Right, double? Overlap, double? Confidence, int Tokens)> asked)
    {
        ReasonerKindFigure[] kinds =
        [
            .. asked.GroupBy(one => one.Question.Kind).Select(group => new ReasonerKindFigure(group.Key, group.Count(),
                group.Average(one => one.Right), group.First().Overlap is null
                    ? (double)group.GroupBy(one => one.Question.Reference).Max(same => same.Count()) / group.Count() : 0)),
        ];
        double[] overlaps = [.. asked.Where(one => one.Overlap is not null).Select(one => one.Overlap!.Value)];
        (double Right, double Sure)[] stated =
            [.. asked.Where(one => one.Confidence is not null).Select(one => (one.Right, one.Confidence!.Value))];
        return new ReasonerFigures(asked.Count, asked.Average(one => one.Right), (double)stated.Length / asked.Count,
            overlaps.Length > 0 ? overlaps.Average() : double.NaN,
            stated.Length > 0 ? stated.Average(one => (one.Right - one.Sure) * (one.Right - one.Sure)) : double.NaN,
            stated.Length > 0 ? stated.Average(one => one.Sure) : double.NaN, asked.Average(one => one.Tokens), kinds);
    }

    private static (string[] Texts, int[] Lengths) Answers(ILanguageModel model, Question[] questions)
    {
        EncodedPrompt[] prompts = [.. questions.Select(model.Encode)];
        try
        {
            int room = model.Spec.ContextLength - prompts.Max(prompt => prompt.Ids.Length);
            Completions answers =
                new TextGenerator(model).Generate(prompts, 1, new SamplingSettings { Greedy = true, MaximumTokens = room }, 0);
            return ([.. answers.Texts], [.. answers.Tokens.Select(tokens => tokens.Length)]);
        }
        finally
        {
            foreach (EncodedPrompt prompt in prompts) prompt.Dispose();
        }
    }
}
