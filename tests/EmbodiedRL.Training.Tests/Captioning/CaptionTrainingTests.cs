using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Training.Captioning;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Tests.Runs;

namespace EmbodiedRL.Training.Tests.Captioning;

[Collection(Serial.Name)]
[NoTensorLeaks]
public sealed class CaptionTrainingTests
{
    [Fact]
    public void It_learns_which_sentence_is_how_true_of_which_picture()
    {
        using var training = new CaptionTraining(SpokenPoint.Small, SpokenPoint.Services, TimeProvider.System);
        training.Run(null, CancellationToken.None);
        ModelFigures measured = training.Measure([], CancellationToken.None);
        IReadOnlyList<SentenceFigure> figures = measured.Sentences;
        foreach (KindFigure figure in measured.Kinds.Where(figure => figure.Kind is "trained" or "denial"))
        {
            Assert.True(figure.Rank!.Median > 0.9, $"{figure}");
            Assert.True(figure.RankVaried!.Median > 0.85, $"{figure}");
        }

        // five phrases, three kept-back ones, a pair kept apart if there is one, and three denials in each of two environments
        Assert.Equal(["ball", "box"], figures.Select(figure => figure.Environment).Distinct());
        Assert.Equal(10, figures.Count(figure => figure.Kind == "trained"));
        Assert.Equal(6, figures.Count(figure => figure.Kind == "paraphrase"));
        Assert.Equal(2, figures.Count(figure => figure.Kind == "composition"));
        Assert.Equal(6, figures.Count(figure => figure.Kind == "denial"));
        Assert.All(figures, figure => Assert.InRange(figure.Rank ?? 0, -1, 1));
    }

    [Fact]
    public void Equal_settings_give_equal_weights_and_another_seed_gives_others()
    {
        byte[] first = WeightsOf(SpokenPoint.Small with { Steps = 12 });
        Assert.Equal(first, WeightsOf(SpokenPoint.Small with { Steps = 12 }));
        Assert.NotEqual(first, WeightsOf(SpokenPoint.Small with { Steps = 12, Seed = 4 }));
    }

    [Fact]
    public void Cancelling_stops_before_the_next_batch()
    {
        using var interruption = new CancellationTokenSource();
        using var training = new CaptionTraining(SpokenPoint.Small, SpokenPoint.Services, TimeProvider.System);
        Assert.Throws<OperationCanceledException>(() => training.Run(
            now =>
            {
                if (now.Step == 3) interruption.Cancel();
            },
            interruption.Token));
        Assert.Equal(3, training.Step);
        Assert.True(double.IsFinite(training.Loss));
    }

    [Fact]
    public void What_cannot_be_trained_on_is_refused_with_every_reason()
    {
        CaptioningSettings wrong = SpokenPoint.Small with { Steps = 0, Pictures = 12 };
        SettingsException error =
            Assert.Throws<SettingsException>(() => new CaptionTraining(wrong, SpokenPoint.Services, TimeProvider.System));
        Assert.Contains("steps: expected 1 to 10000000, found 0.", error.Violations);
        Assert.Contains("pictures: expected a multiple of 8, found 12.", error.Violations);
        Assert.Throws<UnknownNameException>(() =>
            new CaptionTraining(SpokenPoint.Small with { Environments = ["bal"] }, SpokenPoint.Services, TimeProvider.System));
        RunServices mute = SpokenPoint.Services with
        {
            Environments = TestParts.Environments(("ball", count => new DrawnPoint(count)), ("box", count => new DrawnPoint(count)))
        };
        Assert.Contains("no facts",
            Assert.Throws<SettingsException>(() => new CaptionTraining(SpokenPoint.Small, mute, TimeProvider.System)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_learning_rate_warms_up_and_falls_along_a_cosine()
    {
        CaptioningSettings settings = SpokenPoint.Small with { Steps = 1000, WarmUp = 100, PeakRate = 2e-3 };
        // A hundredth of the peak, the peak, half of it in the middle of the fall, nearly nothing: (1 + cos(pi 899/900)) / 2 = 3e-6.
        Assert.Equal(2e-5, settings.RateAt(0), 12);
        Assert.Equal(2e-3, settings.RateAt(100), 12);
        Assert.Equal(1e-3, settings.RateAt(550), 12);
        Assert.InRange(settings.RateAt(999), 0, 1e-8);
    }

    private static byte[] WeightsOf(CaptioningSettings settings)
    {
        using var training = new CaptionTraining(settings, SpokenPoint.Services, TimeProvider.System);
        training.Run(null, CancellationToken.None);
        var snapshot = new Snapshot();
        ((ISnapshot)training.Model).Save(snapshot);
        return [.. snapshot.Entries.OrderBy(entry => entry.Key, StringComparer.Ordinal).SelectMany(entry => entry.Value)];
    }
}
