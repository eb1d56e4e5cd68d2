using System.Diagnostics;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Models;
using EmbodiedRL.Training.Captioning;
using EmbodiedRL.Training.Composition;
namespace EmbodiedRL.Training.Tests.Captioning;
[Collection(Serial.Name)]
public sealed class ZDump
{
    [Fact]
    public void Dump()
    {
        TorchRuntime.SetThreads(2);
        var lines = new List<string>();
        foreach ((int p, int s, SceneClipSettings m) in new[]
        {
            (128, 128, new SceneClipSettings()), (128, 96, new SceneClipSettings()), (128, 128, new SceneClipSettings { TextLayers = 1 }),
            (128, 128, new SceneClipSettings { TextWidth = 64 }),
            (128, 96, new SceneClipSettings { ImageChannels = [64, 128, 160] }),
            (128, 96, new SceneClipSettings { ImageChannels = [48, 96, 160] }),
        })
        {
            var settings = new CaptioningSettings { Environments = ["cartpole", "color-reacher", "gym/half-cheetah", "gym/humanoid", "tabletop"], Rollouts = 1, Players = 8, Pictures = p, Sentences = s, Model = m };
            using var t = new CaptionTraining(settings with { Steps = 65 }, RunServices.Shipped, TimeProvider.System);
            double d0 = 0, t0 = 0;
            t.Run(now => { if (now.Step == 5) { d0 = now.Clock.Seconds["draw"]; t0 = now.Clock.Seconds["teach"]; } }, CancellationToken.None);
            lines.Add($"{p} {s} w{m.TextWidth} l{m.TextLayers} {string.Join(',', m.ImageChannels)} draw {(t.Clock.Seconds["draw"] - d0) / 60 * 1000:0} teach {(t.Clock.Seconds["teach"] - t0) / 60 * 1000:0} params {t.Model.ParameterCount} words {t.Model.Words.Count()}");
            byte[] frames = new byte[1024 * 64 * 64 * 3]; float[] e = new float[1024 * t.Model.EmbeddingSize];
            double best = 1e9;
            for (int i = 0; i < 8; i++) { var sw = Stopwatch.StartNew(); t.Model.EncodeImages(frames, 64, 64, e); best = Math.Min(best, sw.Elapsed.TotalSeconds); }
            lines.Add($"   {1024 / best:0} images/s");
            File.WriteAllLines("/tmp/dump.time", lines);
        }
    }
}
