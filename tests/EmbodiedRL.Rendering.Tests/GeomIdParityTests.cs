using EmbodiedRL.Contracts;
using EmbodiedRL.Rendering.Images;

namespace EmbodiedRL.Rendering.Tests;

/// <summary>Which geom a pixel shows, against MuJoCo's own renderer.</summary>
public sealed class GeomIdParityTests
{
    [Theory]
    [Trait("Category", "Parity")]
    [InlineData(224, 0.98)]
    [InlineData(64, 0.93)]
    public void Each_geom_covers_the_pixels_it_covers_there(int size, double least)
    {
        string folder = Fixtures.Require("render");
        string[] recorded = Directory.GetFiles(folder, $"*.geomid.{size}.png");
        Assert.SkipWhen(recorded.Length == 0, "No pictures of geom ids.");
        var compared = new List<string>();
        foreach (string path in recorded)
        {
            string name = Path.GetFileName(path)[..^$".geomid.{size}.png".Length];
            if (RecordedScene.Read($"render/{name}.json") is not { } scene) continue;
            using var renderer = new BatchRenderer(scene.Scene, "recorded", size);
            var pixels = new byte[renderer.FrameBytes];
            renderer.Render(scene.Poses, 1, pixels);
            double overlap = MeanOverlap(ImageFile.ReadRgb(path).Rgb, pixels);
            Assert.True(overlap >= least, $"{name}: mean intersection over union {overlap:F4}, expected at least {least}.");
            compared.Add(name);
        }
        Assert.NotEmpty(compared);
    }

    /// <summary>Intersection over union, averaged over the ids by the pixels they cover.</summary>
    private static double MeanOverlap(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> found)
    {
        Span<int> both = stackalloc int[256], either = stackalloc int[256], covered = stackalloc int[256];
        both.Clear();
        either.Clear();
        covered.Clear();
        for (int i = 0; i < expected.Length; i += 3)
        {
            covered[expected[i]]++;
            either[expected[i]]++;
            if (expected[i] == found[i]) both[expected[i]]++;
            else either[found[i]]++;
        }
        double sum = 0;
        for (int id = 0; id < 256; id++)
            if (covered[id] > 0) sum += (double)both[id] / either[id] * covered[id];
        return sum / (expected.Length / 3);
    }
}
