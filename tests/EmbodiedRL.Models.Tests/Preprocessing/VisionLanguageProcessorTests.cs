using EmbodiedRL.Core;
using EmbodiedRL.Models.Preprocessing;

namespace EmbodiedRL.Models.Tests.Preprocessing;

/// <summary>Image processors of vision-language models: their files, orders and errors.</summary>
public sealed class VisionLanguageProcessorTests
{
    private static readonly double[] Halves = [0.5, 0.5, 0.5];

    [Fact]
    public void Tile_settings_are_read_from_both_layouts()
    {
        using var folder = new TemporaryFolder();
        const string Inner = """
            {"image_processor_type":"SmolVLMImageProcessor","size":{"longest_edge":2048},"max_image_size":{"longest_edge":512},
            "do_image_splitting":false,"resample":1,"image_mean":[0.5,0.5,0.5],"image_std":[0.5,0.5,0.5]}
            """;
        string nested = Path.Combine(folder.Path, "processor_config.json"), flat = Path.Combine(folder.Path, "preprocessor_config.json");
        File.WriteAllText(nested, $$"""{"image_processor":{{Inner}},"image_seq_len":64}""");
        Check(ImageProcessorFolder.LoadTiled(folder.Path));
        File.WriteAllText(flat, Inner);
        File.WriteAllText(nested, """{"image_seq_len":64}""");
        Check(ImageProcessorFolder.LoadTiled(folder.Path));

        static void Check(TiledImageProcessor processor)
        {
            Assert.Equal(new TileSettings { LongestEdge = 2048, TileSize = 512, Splits = false }, processor.Tiles);
            Assert.Equal(ResampleFilter.Lanczos, processor.Pixels.Filter);
            Assert.Equal(Halves, processor.Pixels.Mean);
        }
    }

    [Theory]
    [InlineData("""{"image_processor_type":"Qwen2VLImageProcessor","min_pixels":100,"max_pixels":9000,"patch_size":7,"merge_size":3}""")]
    [InlineData("""{"size":{"shortest_edge":100,"longest_edge":9000},"patch_size":7,"merge_size":3,"temporal_patch_size":2}""")]
    [InlineData("""{"size":{"shortest_edge":1,"longest_edge":2},"min_pixels":100,"max_pixels":9000,"patch_size":7,"merge_size":3}""")]
    public void Pixel_range_is_read_from_both_spellings(string json)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(Path.Combine(folder.Path, "preprocessor_config.json"), json);
        MergedPatchProcessor processor = ImageProcessorFolder.LoadMergedPatches(folder.Path);
        Assert.Equal(new MergedPatchSettings { PatchSize = 7, MergeSize = 3, MinPixels = 100, MaxPixels = 9000 }, processor.Patches);
        Assert.Equal(ResampleFilter.Bicubic, processor.Pixels.Filter);
        Assert.Equal(ImageProcessorSettings.ClipMean, processor.Pixels.Mean);
    }

    [Fact]
    public void A_file_of_another_processor_is_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "preprocessor_config.json");
        File.WriteAllText(path, """{"image_processor_type":"CLIPImageProcessor"}""");
        SettingsException error = Assert.Throws<SettingsException>(() => ImageProcessorFolder.LoadTiled(folder.Path));
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Contains("CLIPImageProcessor", error.Message, StringComparison.Ordinal);
        Assert.Throws<SettingsException>(() => ImageProcessorFolder.LoadMergedPatches(folder.Path));
    }

    [Fact]
    public void Settings_out_of_range_name_their_file()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "preprocessor_config.json");
        File.WriteAllText(path, """{"max_image_size":{"longest_edge":0},"patch_size":0}""");
        Assert.StartsWith(path, Assert.Throws<SettingsException>(() => ImageProcessorFolder.LoadTiled(folder.Path)).Message,
            StringComparison.Ordinal);
        Assert.StartsWith(path, Assert.Throws<SettingsException>(() => ImageProcessorFolder.LoadMergedPatches(folder.Path)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2001, 10)]
    [InlineData(1, 201)]
    public void A_picture_that_is_too_thin_is_refused(int width, int height)
    {
        var processor = new MergedPatchProcessor(new ImageProcessorSettings(), new MergedPatchSettings());
        Assert.Contains($"{width} x {height}", Assert.Throws<SpecMismatchException>(() => processor.SizeOf(width, height)).Message,
            StringComparison.Ordinal);
        processor.SizeOf(width - width / 100, height - height / 100);
    }

    /// <summary>A picture whose bytes tell their place: no resizing, so each value of a patch says where it came from.</summary>
    [Fact]
    public void Patches_come_block_by_block_of_any_merge()
    {
        const int Patch = 2, Merge = 3, Frames = 2, Rows = 6, Columns = 9, Width = Columns * Patch, Height = Rows * Patch;
        var processor = new MergedPatchProcessor(new ImageProcessorSettings { Scale = null, Mean = [], Deviation = [] },
            new MergedPatchSettings { PatchSize = Patch, MergeSize = Merge, TemporalPatchSize = Frames, MinPixels = 1 });
        byte[] picture = new byte[3 * Width * Height];
        for (int y = 0; y < Height; y++)
            for (int x = 0, at = 3 * y * Width; x < Width; x++, at += 3)
                (picture[at], picture[at + 1], picture[at + 2]) = ((byte)x, (byte)y, 200);
        float[] found = new float[Rows * Columns * processor.PatchLength];
        processor.Process(picture, Width, Height, found);

        int patch = 0;
        for (int blockRow = 0; blockRow < Rows / Merge; blockRow++)
            for (int blockColumn = 0; blockColumn < Columns / Merge; blockColumn++)
                for (int i = 0; i < Merge; i++)
                    for (int j = 0; j < Merge; j++, patch++)
                    {
                        int left = (blockColumn * Merge + j) * Patch, top = (blockRow * Merge + i) * Patch;
                        float[] expected = [.. new[] { 0, 1, 2 }.SelectMany(channel => Enumerable.Range(0, Frames * Patch * Patch)
                            .Select(k => channel switch { 0 => left + k % Patch, 1 => top + k / Patch % Patch, _ => 200f }))];
                        Assert.Equal(expected, found.AsSpan(patch * processor.PatchLength, processor.PatchLength).ToArray());
                    }
    }

    [Fact]
    public void Tiles_lie_row_by_row_and_the_whole_comes_last()
    {
        // a picture of the tiles' own size: nothing is resampled but the whole
        var processor = new TiledImageProcessor(new ImageProcessorSettings { Scale = null, Mean = [], Deviation = [] },
            new TileSettings { LongestEdge = 12, TileSize = 4 });
        byte[] picture = new byte[3 * 12 * 8];
        for (int i = 0; i < 12 * 8; i++) picture.AsSpan(3 * i, 3).Fill((byte)(10 * (i / 12 / 4) + i % 12 / 4));
        TileLayout layout = processor.LayoutOf(12, 8);
        Assert.Equal((2, 3, 7), (layout.Rows, layout.Columns, layout.Count));
        float[] found = new float[7 * processor.TileLength];
        processor.Process(picture, 12, 8, found);
        for (int tile = 0; tile < 6; tile++)
            Assert.All(found.AsSpan(tile * 48, 48).ToArray(), value => Assert.Equal(10 * (tile / 3) + tile % 3, value));
        Assert.True(found[^1] > found[^48] && found[^1] <= 12);
    }

    [Fact]
    public void Lanczos_keeps_a_constant_picture_and_sharpens_an_edge()
    {
        byte[] flat = [.. Enumerable.Repeat((byte)77, 3 * 9 * 5)], into = new byte[3 * 20 * 3];
        Resampler.Resize(flat, 9, 5, 3, into, 20, 3, ResampleFilter.Lanczos);
        Assert.All(into, value => Assert.Equal(77, value));
        byte[] edge = [.. Enumerable.Range(0, 8).Select(x => (byte)(x < 4 ? 50 : 200))], wide = new byte[24];
        Resampler.Resize(edge, 8, 1, 1, wide, 24, 1, ResampleFilter.Lanczos);
        Assert.True(wide.Min() < 50 && wide.Max() > 200, "The kernel has no negative lobes.");
    }
}
