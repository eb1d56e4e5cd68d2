using EmbodiedRL.Contracts;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Training.Captioning;
using EmbodiedRL.Training.Composition;

namespace EmbodiedRL.Training.Tests.Captioning;

/// <summary>That the card of the shipped model is still true: of today's scenes, renderer and grammar.</summary>
[Collection(Serial.Name)]
[NoTensorLeaks]
public sealed class ShippedCardTests
{
    // Another processor rounds otherwise, and a policy that learns then visits other states.
    private const double Tolerance = 0.05;

    [Fact]
    public void Rows_of_the_card_are_measured_again()
    {
        string folder = Path.Combine(WeightsFolder.Locate(), SceneClip.CatalogName);
        ModelCard card = ModelCard.Read(folder)!;
        Assert.SkipUnless(card.IsLatest, card.Outdated ?? "");
        using SceneClip model = SceneClip.Load(folder);
        ModelFigures figures = new CaptionMeasurement(new MeasurementSettings { Images = card.Measured }, RunServices.Shipped)
            .Measure(model, ["cartpole"], [], null, CancellationToken.None);
        Assert.Equal(figures.Sentences.Select(row => (row.Kind, row.Sentence)),
            card.BySentence.Where(row => row.Environment == "cartpole").Select(row => (row.Kind, row.Sentence)));
        int compared = 0;
        foreach ((SentenceFigure now, SentenceFigure then) in figures.Sentences.Zip(card.BySentence.Where(row =>
            row.Environment == "cartpole")))
        {
            if (now.Rank is not { } rank) continue;
            Assert.True(Math.Abs(rank - then.Rank!.Value) <= Tolerance, $"\"{now.Sentence}\": {then.Rank} in the card, {rank} now.");
            Assert.True(Math.Abs(now.RankVaried!.Value - then.RankVaried!.Value) <= 2 * Tolerance,
                $"\"{now.Sentence}\", varied: {then.RankVaried} in the card, {now.RankVaried} now.");
            compared++;
        }

        Assert.True(compared >= 3);
    }
}
