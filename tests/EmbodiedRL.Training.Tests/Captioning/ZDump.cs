using EmbodiedRL.Training.Captioning;
using EmbodiedRL.Training.Composition;
namespace EmbodiedRL.Training.Tests.Captioning;
public sealed class ZDump
{
    [Fact]
    public void Dump()
    {
        var settings = new CaptioningSettings { Environments = ["cartpole", "color-reacher", "gym/half-cheetah", "gym/humanoid", "tabletop"], Rollouts = 2, Players = 16 };
        using var scenes = new CaptionedScenes(settings, RunServices.Shipped);
        for (int step = 0; step < 5; step++)
        {
            var b = scenes.Draw(step);
            using var w = new BinaryWriter(File.Create($"/tmp/dump{step}.ppm"));
            w.Write(System.Text.Encoding.ASCII.GetBytes("P6 1024 512 255\n"));
            for (int y = 0; y < 512; y++) for (int x = 0; x < 1024; x++) { int row = (y / 64 * 16) + (x / 64); int at = ((row * 64 + y % 64) * 64 + x % 64) * 3; w.Write(b.Frames, at, 3); }
            File.WriteAllLines($"/tmp/dump{step}.txt", b.Captions.Select((c, i) => $"{Enumerable.Range(0, 128).Average(r => float.IsNaN(b.Truth[r * 128 + i]) ? 0 : b.Truth[r * 128 + i]):0.00} {c}"));
        }
        var sw = System.Diagnostics.Stopwatch.StartNew();
        for (int step = 5; step < 105; step++) scenes.Draw(step);
        File.WriteAllText("/tmp/dump.time", $"{sw.Elapsed.TotalMilliseconds / 100} ms a batch");
    }
}
