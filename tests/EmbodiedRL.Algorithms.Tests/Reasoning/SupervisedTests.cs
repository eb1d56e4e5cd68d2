using EmbodiedRL.Algorithms.Reasoning;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Models.Language;
using EmbodiedRL.Models.Language.Decoders;

namespace EmbodiedRL.Algorithms.Tests.Reasoning;

/// <summary>Imitation of worked answers on a model of a few thousand weights.</summary>
[NoTensorLeaks]
public sealed class SupervisedTests
{
    private const string Letters = "abcd?";

    [Fact]
    public void It_learns_worked_answers_by_heart_whatever_they_earn()
    {
        using CausalLanguageModel model = Model();
        using var learner = new Supervised(new SupervisedOptions { LearningRate = 1e-2 }, model);
        var metrics = new RecordedMetrics();
        double first = 0;
        for (int update = 0; update < 60; update++)
        {
            learner.Update(Batch(), [0, 1, 0, 1], default, metrics);
            if (update == 0) first = metrics.Values["loss"];
        }

        Assert.InRange(first, 1.5, 2.5); // seven tokens drawn evenly cost ln 7 = 1.95
        Assert.InRange(metrics.Values["loss"], 0, 0.05);
    }

    [Fact]
    public void The_loss_is_the_mean_over_all_tokens_and_the_end()
    {
        using CausalLanguageModel model = Model();
        using var learner = new Supervised(new SupervisedOptions { LearningRate = 1e-9 }, model);
        var metrics = new RecordedMetrics();
        double sum = 0, tokens = 0;
        foreach ((Question question, int length) in new[] { (Worked("a?", "ab"), 3), (Worked("b?", "c"), 2) })
        {
            learner.Update(CompletionBatch.Of([question], 1, [question.WorkedAnswer!]), [0], default, metrics);
            (sum, tokens) = (sum + (metrics.Values["loss"] * length), tokens + length);
        }

        learner.Update(CompletionBatch.Of([Worked("a?", "ab"), Worked("b?", "c")], 1, ["ab", "c"]), [0, 0], default, metrics);
        Assert.Equal(sum / tokens, metrics.Values["loss"], 1e-5);
    }

    [Fact]
    public void A_question_without_a_worked_answer_is_named()
    {
        using CausalLanguageModel model = Model();
        using var learner = new Supervised(new SupervisedOptions(), model);
        var error = Assert.Throws<SpecMismatchException>(() =>
            learner.Update(CompletionBatch.Of([new Question("a?", "a", AnswerForm.Text)], 1, ["a"]), [0], default,
                NullMetricSink.Instance));
        Assert.Contains("'a?'", error.Message, StringComparison.Ordinal);
    }

    private static CompletionBatch Batch()
    {
        Question[] questions = [Worked("a?", "ab"), Worked("b?", "c"), Worked("c?", "dda"), Worked("d?", "a")];
        return CompletionBatch.Of(questions, 1, [.. questions.Select(question => question.WorkedAnswer!)]);
    }

    private static Question Worked(string prompt, string answer) => new(prompt, answer, AnswerForm.Text) { WorkedAnswer = answer };

    private static CausalLanguageModel Model() => CausalLanguageModel.Create(
        DecoderSettings.Small(Letters.Length + 2, 32, 2, 1, 16) with { InitialScale = 0.05 }, new LetterTokenizer(Letters),
        [LetterTokenizer.End], seed: 1);
}
