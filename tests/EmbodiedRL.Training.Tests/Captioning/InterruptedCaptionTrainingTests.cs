using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Training.Captioning;

namespace EmbodiedRL.Training.Tests.Captioning;

[Collection(Serial.Name)]
[NoTensorLeaks]
public sealed class InterruptedCaptionTrainingTests
{
    private static readonly CaptioningSettings Settings = SpokenPoint.Small with { Steps = 24 };

    [Fact]
    public void A_training_that_was_interrupted_ends_with_the_same_weights()
    {
        using var whole = new CaptionTraining(Settings, SpokenPoint.Services, TimeProvider.System);
        whole.Run(null, CancellationToken.None);

        var snapshot = new Snapshot();
        using (var first = new CaptionTraining(Settings, SpokenPoint.Services, TimeProvider.System))
        using (var interruption = new CancellationTokenSource())
        {
            Assert.Throws<OperationCanceledException>(() => first.Run(Stop, interruption.Token));
            first.Save(snapshot);

            void Stop(CaptionTraining now)
            {
                if (now.Step == 13) interruption.Cancel();
            }
        }

        using var second = new CaptionTraining(Settings, SpokenPoint.Services, TimeProvider.System);
        second.Load(snapshot);
        Assert.Equal(13, second.Step);
        second.Run(null, CancellationToken.None);
        Assert.Equal(whole.Loss, second.Loss);
        Assert.Equal(WeightsOf(whole), WeightsOf(second));
    }

    [Fact]
    public void A_training_of_other_settings_is_refused()
    {
        var snapshot = new Snapshot();
        using (var one = new CaptionTraining(Settings, SpokenPoint.Services, TimeProvider.System)) one.Save(snapshot);
        using var other = new CaptionTraining(Settings with { Seed = 9 }, SpokenPoint.Services, TimeProvider.System);
        Assert.Throws<SpecMismatchException>(() => other.Load(snapshot));
    }

    private static IReadOnlyDictionary<string, byte[]> WeightsOf(CaptionTraining training)
    {
        var snapshot = new Snapshot();
        ((ISnapshot)training.Model).Save(snapshot);
        return snapshot.Entries;
    }
}
