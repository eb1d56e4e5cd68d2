using System.Globalization;
using System.Text.Json;
using EmbodiedRL.Contracts;
using EmbodiedRL.Rendering.Images;

namespace EmbodiedRL.Rendering.Tests;

/// <summary>Our drawings of models against those of MuJoCo's own renderer.</summary>
[Trait("Category", "Parity")]
public sealed class PictureParityTests
{
    /// <summary>Lit per pixel, where MuJoCo lights the corners of its triangles.</summary>
    private const double Colors = 8, Alike = 0.92;

    private static readonly string? Gallery = Environment.GetEnvironmentVariable("RENDER_GALLERY");

    [Theory]
    [InlineData("plain", 224, Colors, Alike)]
    [InlineData("plain", 64, Colors, 0)]
    [InlineData("shadow", 224, Colors, 0.9)]
    [InlineData("reflection", 224, Colors, 0.9)]
    [InlineData("fog", 224, Colors, 0.9)]
    [InlineData("full", 224, Colors, 0.9)]
    [InlineData("full", 64, Colors, 0)]
    public void Pictures_look_alike(string kind, int size, double most, double least)
    {
        RenderEffects effects = kind switch
        {
            "shadow" => new() { Shadows = true },
            "reflection" => new() { Reflections = true },
            "fog" => new() { Fog = true },
            "full" => RenderEffects.Full,
            _ => RenderEffects.Plain,
        };
        var apart = new List<string>();
        foreach ((RecordedPictures recorded,
            byte[] ours) in RecordedPictures.Of(kind, size).SelectMany(scene => scene.Zip(RecordedPictures.Ours(scene, effects, size))))
        {
            byte[] theirs = recorded.Theirs(kind, size);
            Show($"{recorded.Name}.{kind}.{size}.png", theirs, ours, size);
            double difference = PictureMeasures.MeanDifference(theirs, ours), similarity = PictureMeasures.Similarity(theirs, ours, size);
            TestContext.Current.SendDiagnosticMessage($"{recorded.Name} {kind} {size}: difference {difference:F2}, similarity "
                + $"{similarity:F4}");
            if (difference > most || similarity < least)
            {
                apart.Add(string.Create(CultureInfo.InvariantCulture,
                    $"{recorded.Name}: difference {difference:F2} (at most {most}), similarity {similarity:F4} (at least {least})"));
            }
        }

        Assert.True(apart.Count == 0, string.Join('\n', apart));
    }

    [Theory]
    [InlineData(224, 0.98)]
    [InlineData(64, 0.93)]
    public void Each_geom_covers_the_pixels_it_covers_there(int size, double least)
    {
        var apart = new List<string>();
        foreach ((RecordedPictures recorded,
            (byte[] ours, float[] depth)) in RecordedPictures.Of("geomid", size)
                .SelectMany(scene => scene.Zip(RecordedPictures.OursExact(scene, size))))
        {
            byte[] theirs = OneOfThree(recorded.Theirs("geomid", size));
            double overlap = PictureMeasures.MeanOverlap(theirs, ours);
            double right = recorded.TheirDepth(size) is { } expected ? PictureMeasures.RightDepth(expected, depth, theirs, size, 0.01) : 1;
            TestContext.Current.SendDiagnosticMessage($"{recorded.Name} {size}: overlap {overlap:F4}, depth {right:F4}");
            if (overlap < least || right < 0.99)
            {
                apart.Add(string.Create(CultureInfo.InvariantCulture,
                    $"{recorded.Name}: mean intersection over union {overlap:F4} (at least {least}), "
                        + $"depth right at {right:F4} of pixels (at least 0.99)"));
            }
        }

        Assert.True(apart.Count == 0, string.Join('\n', apart));
    }

    [Fact]
    public void What_differs_on_purpose_is_little_and_has_a_reason_and_a_bound()
    {
        using var json =
            JsonDocument.Parse(File.ReadAllText(Path.Combine(Fixtures.RepositoryRoot, "tests", "fixtures", "render", "differences.json")));
        JsonElement[] entries = [.. json.RootElement.GetProperty("differences").EnumerateArray()];
        Assert.InRange(entries.Length, 0, 3);
        Assert.All(entries,
            entry =>
                Assert.All(["name", "where", "reason", "bound"], (string field) => Assert.NotEmpty(entry.GetProperty(field).GetString()!)));
    }

    private static byte[] OneOfThree(byte[] rgb) => [.. Enumerable.Range(0, rgb.Length / 3).Select(i => rgb[3 * i])];

    /// <summary>Theirs, ours and the difference, four times as strong, side by side, where a folder is named.</summary>
    private static void Show(string file, byte[] theirs, byte[] ours, int size)
    {
        if (Gallery is not { Length: > 0 } folder) return;
        byte[] difference = [.. theirs.Zip(ours, (a, b) => (byte)Math.Min(255, 4 * Math.Abs(a - b)))];
        ImageFile.WritePng(Path.Combine(folder, file), FrameGrid.Compose([.. theirs, .. ours, .. difference], 3, size, size, 3));
    }
}
