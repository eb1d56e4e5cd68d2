using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Language;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Reasoning;
using TorchSharp;

namespace EmbodiedRL.Training.Tests.Reasoning;

/// <summary>That a scene-reasoner is taught, the same each time, and that the shipped one is what its record says.</summary>
[Collection(Serial.Name)]
[NoTensorLeaks]
public sealed class SceneReasonerTrainingTests
{
    private const double Tolerance = 0.1;   // 200 questions: three standard deviations

    [Fact]
    public void A_training_that_was_interrupted_between_stages_ends_with_the_same_weights()
    {
        var saved = new List<Snapshot>();
        float[] whole = Train(null, saved), resumed = Train(saved[0], []);
        Assert.Equal(whole, resumed);
        Assert.NotEqual(whole, Train(null, [], seed: 2));
    }

    [Fact]
    public void The_shipped_model_answers_as_its_record_says()
    {
        string folder = Path.Combine(WeightsFolder.Locate(), SceneReasoner.CatalogName);
        ReasonerRecord record = ReasonerRecord.Read(folder);
        using SceneReasoner model = SceneReasoner.Load(folder);
        Assert.Equal(record.Parameters, model.ParameterCount);
        Assert.True(new DirectoryInfo(folder).EnumerateFiles().Sum(file => file.Length) < 6_000_000);
        using var questions = new SceneQuestions(new SceneQuestionSettings
        {
            Split = QuestionSplit.Test,
            Seed = record.Settings.Seed,
            Environments = record.Settings.Environments,
        }, RunServices.Shipped);
        ReasonerFigures now = ReasonerFigures.Measure(model, questions, 200, CancellationToken.None);
        Assert.InRange(now.Accuracy, record.Figures.Accuracy - Tolerance, record.Figures.Accuracy + Tolerance);
        Assert.InRange(now.WellFormed, 0.95, 1);
        Assert.InRange(now.Brier, record.Figures.Brier - Tolerance, record.Figures.Brier + Tolerance);
    }

    private static float[] Train(Snapshot? from, List<Snapshot> saved, ulong seed = 1)
    {
        var settings = new SceneReasonerTrainingSettings
        {
            Seed = seed,
            Threads = 1,
            Batch = 8,
            AnswerBatch = 8,
            EyeSteps = 2,
            ListSteps = 2,
            AnswerSteps = 2,
            Questions = 16,
            Environments = ["cartpole"],
            Model = new SceneReasonerSettings { HiddenSize = 32, Heads = 2, Layers = 1, FeedForwardSize = 32, EyeWidth = 32 },
        };
        using var training = new SceneReasonerTraining(settings, RunServices.Shipped, TimeProvider.System);
        if (from is not null) training.Load(from);
        training.Run(now =>
        {
            if (now.StageStep > 0) return;
            var snapshot = new Snapshot();
            now.Save(snapshot);
            saved.Add(snapshot);
        }, CancellationToken.None);
        using DisposeScope scope = torch.NewDisposeScope();
        return [.. training.Model.Module.parameters().SelectMany(weight => weight.detach().data<float>().ToArray())];
    }
}
