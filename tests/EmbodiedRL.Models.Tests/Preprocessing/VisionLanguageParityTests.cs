using System.Text.Json;
using System.Text.RegularExpressions;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Preprocessing;
using EmbodiedRL.Models.Weights;

namespace EmbodiedRL.Models.Tests.Preprocessing;

/// <summary>Image processors of SmolVLM, Idefics3 and Qwen2-VL against transformers: sizes, tiles and pixels.</summary>
[Trait("Category", "Parity")]
public sealed partial class VisionLanguageParityTests
{
    private const string Cases = "multimodal/images/cases.json", Pixels = "multimodal/images/pixels.safetensors";
    private const float Tolerance = 1e-6f;

    [Fact]
    public void Pictures_are_resized_and_cut_as_the_library_does()
    {
        JsonElement cases = Fixtures.ReadJson(Cases).GetProperty("tiles");
        Assert.NotEqual(0, cases.GetArrayLength());
        foreach (JsonElement one in cases.EnumerateArray())
        {
            var settings = new TileSettings
            {
                LongestEdge = Int(one, "longest_edge"),
                TileSize = Int(one, "tile"),
                Splits = one.GetProperty("do_image_splitting").GetBoolean(),
            };
            var layout = TileLayout.Of(settings, Int(one, "width"), Int(one, "height"));
            Assert.Equal(Lists(one, "resizes_width_height"), layout.Resizes.Select(size => $"{size.Width},{size.Height}"));
            Assert.Equal((Int(one, "rows"), Int(one, "cols")), (layout.Rows, layout.Columns));
            Assert.Equal(Lists(one, "tile_boxes_left_top_right_bottom"),
                layout.Boxes.Select(box => $"{box.Left},{box.Top},{box.Right},{box.Bottom}"));
            int[] shape = [1, layout.Count, 3, settings.TileSize, settings.TileSize];
            Assert.Equal(one.GetProperty("pixel_values_shape").Deserialize<int[]>(), shape);
            Assert.Equal(Int(one, "image_tokens"), layout.Count * Int(one, "image_seq_len"));
        }
    }

    [Fact]
    public void Sides_are_rounded_as_the_library_does()
    {
        JsonElement cases = Fixtures.ReadJson(Cases).GetProperty("smart_resize");
        Assert.NotEqual(0, cases.GetArrayLength());
        foreach (JsonElement one in cases.EnumerateArray())
        {
            int factor = Int(one, "factor"), merge = factor % 2 == 0 ? 2 : 1;
            var processor = new MergedPatchProcessor(new ImageProcessorSettings(), new MergedPatchSettings
            {
                PatchSize = factor / merge,
                MergeSize = merge,
                MinPixels = Int(one, "min_pixels"),
                MaxPixels = Int(one, "max_pixels"),
            });
            PixelSize size = processor.SizeOf(Int(one, "width"), Int(one, "height"));
            Assert.Equal((Int(one, "resized_width"), Int(one, "resized_height")), (size.Width, size.Height));
            Assert.Equal(Int(one, "image_tokens"), processor.TokensOf(processor.GridOf(Int(one, "width"), Int(one, "height"))));
        }
    }

    [Fact]
    public void Tiles_have_the_pixels_of_the_library()
    {
        JsonElement about = Fixtures.ReadJson(Cases).GetProperty("pixels_smolvlm");
        ResampleFilter filter = Int(about, "resample") switch
        {
            1 => ResampleFilter.Lanczos,
            2 => ResampleFilter.Bilinear,
            _ => ResampleFilter.Bicubic,
        };
        var file = Safetensors.Read(Fixtures.Require(Pixels));
        string[] names = [.. Named(file, SmolVlm())];
        Assert.NotEmpty(names);
        foreach (string name in names)
        {
            (byte[] pixels, int width, int height) = Image(file, name);
            var processor = new TiledImageProcessor(
                Normalization(about) with { Filter = filter, Order = PassOrder.PillowThirteen },
                new TileSettings
                {
                    LongestEdge = Int(about, "longest_edge"),
                    TileSize = Int(about, "tile"),
                    Splits = file[$"{name}.pixel_values"].Shape[1] > 1,
                });
            TileLayout layout = processor.LayoutOf(width, height);
            float[] found = new float[layout.Count * processor.TileLength], expected = file[$"{name}.pixel_values"].Floats();
            processor.Process(pixels, width, height, found);
            Near(expected, found, name);
            // tiles are never padded, only rows of fewer tiles are
            Assert.All(file[$"{name}.pixel_attention_mask"].Values<long>().ToArray(), value => Assert.Equal(1, value));
        }
    }

    [Fact]
    public void Patches_have_the_pixels_of_the_library()
    {
        JsonElement about = Fixtures.ReadJson(Cases).GetProperty("pixels_qwen2_vl");
        var processor = new MergedPatchProcessor(
            Normalization(about) with { Filter = ResampleFilter.Bicubic, Order = PassOrder.PillowThirteen },
            new MergedPatchSettings
            {
                PatchSize = Int(about, "patch_size"),
                MergeSize = Int(about, "merge_size"),
                TemporalPatchSize = Int(about, "temporal_patch_size"),
                MinPixels = Int(about, "min_pixels"),
                MaxPixels = Int(about, "max_pixels"),
            });
        var file = Safetensors.Read(Fixtures.Require(Pixels));
        string[] names = [.. Named(file, QwenVl())];
        Assert.NotEmpty(names);
        foreach (string name in names)
        {
            (byte[] pixels, int width, int height) = Image(file, name);
            PatchGrid grid = processor.GridOf(width, height);
            Assert.Equal([1, grid.Rows, grid.Columns], file[$"{name}.image_grid_thw"].Values<long>().ToArray());
            float[] found = new float[grid.Count * processor.PatchLength];
            processor.Process(pixels, width, height, found);
            Near(file[$"{name}.pixel_values"].Floats(), found, name);
        }
    }

    private static void Near(float[] expected, float[] found, string name)
    {
        Assert.Equal(expected.Length, found.Length);
        float scale = 1 + expected.Max(Math.Abs);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - found[i]) <= Tolerance * scale, $"{name}, value {i}: {expected[i]} and {found[i]}");
    }

    private static ImageProcessorSettings Normalization(JsonElement about) => new()
    {
        Mean = about.GetProperty("image_mean").Deserialize<double[]>()!,
        Deviation = about.GetProperty("image_std").Deserialize<double[]>()!,
    };

    private static (byte[] Pixels, int Width, int Height) Image(Safetensors file, string name)
    {
        StoredTensor image = file[$"{name}.image"];
        return (image.Values<byte>().ToArray(), (int)image.Shape[1], (int)image.Shape[0]);
    }

    private static IEnumerable<string> Named(Safetensors file, Regex pattern) =>
        file.Tensors.Keys.Select(key => pattern.Match(key)).Where(match => match.Success).Select(match => match.Groups[1].Value);

    private static int Int(JsonElement one, string name) => one.GetProperty(name).GetInt32();

    private static IEnumerable<string> Lists(JsonElement one, string name) =>
        one.GetProperty(name).EnumerateArray().Select(list => string.Join(',', list.Deserialize<int[]>()!));

    [GeneratedRegex(@"^(smolvlm\..+)\.image$")]
    private static partial Regex SmolVlm();

    [GeneratedRegex(@"^(qwen2_vl\..+)\.image$")]
    private static partial Regex QwenVl();
}
