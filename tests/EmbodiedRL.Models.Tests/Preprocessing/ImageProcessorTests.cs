using CsCheck;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Preprocessing;

namespace EmbodiedRL.Models.Tests.Preprocessing;

public sealed class ImageProcessorTests
{
    private static readonly double[] Halves = [0.5, 0.5, 0.5];

    [Fact]
    public void Vectorized_passes_give_the_bytes_of_the_plain_ones() =>
        Gen.Select(Gen.Int[1, 70], Gen.Int[1, 70], Gen.Int[1, 70], Gen.Int[1, 70], Gen.OneOfConst(1, 3, 4), Gen.Bool, Gen.Bool, Gen.ULong)
            .Sample((width, height, outputWidth, outputHeight, channels, bilinear, thirteen, seed) =>
            {
                Picture picture = Picture.Random(seed, width, height, channels);
                var region = new ResizeRegion(outputWidth, outputHeight, 0, 0, outputWidth, outputHeight);
                byte[] fast = new byte[outputWidth * outputHeight * channels], plain = new byte[fast.Length];
                foreach ((byte[] into, bool vectorized) in ((byte[], bool)[])[(fast, true), (plain, false)])
                    Resampler.ResizeInto(picture.Pixels, width, height, channels, region, into,
                        bilinear ? ResampleFilter.Bilinear : ResampleFilter.Bicubic,
                        thirteen ? PassOrder.PillowThirteen : PassOrder.HorizontalFirst, vectorized);
                return fast.AsSpan().SequenceEqual(plain);
            }, iter: 400);

    [Fact]
    public void A_region_is_that_part_of_the_whole() =>
        Gen.Select(Gen.Int[1, 40], Gen.Int[1, 40], Gen.Int[4, 60], Gen.Int[4, 60], Gen.Bool, Gen.ULong)
            .Sample((width, height, outputWidth, outputHeight, thirteen, seed) =>
            {
                Picture picture = Picture.Random(seed, width, height, 3);
                PassOrder order = thirteen ? PassOrder.PillowThirteen : PassOrder.HorizontalFirst;
                byte[] whole = new byte[outputWidth * outputHeight * 3];
                Resampler.Resize(picture.Pixels, width, height, 3, whole, outputWidth, outputHeight, ResampleFilter.Bicubic, order);
                var region = new ResizeRegion(outputWidth, outputHeight, 1, 2, outputWidth - 3, outputHeight - 2);
                byte[] part = new byte[region.Columns * region.Rows * 3];
                Resampler.ResizeInto(picture.Pixels, width, height, 3, region, part, ResampleFilter.Bicubic, order);
                for (int y = 0; y < region.Rows; y++)
                    if (!part.AsSpan(y * region.Columns * 3, region.Columns * 3)
                        .SequenceEqual(whole.AsSpan(((y + 2) * outputWidth + 1) * 3, region.Columns * 3))) return false;
                return true;
            }, iter: 200);

    [Fact]
    public void A_constant_picture_stays_constant_at_any_size() =>
        Gen.Select(Gen.Int[1, 50], Gen.Int[1, 50], Gen.Int[1, 50], Gen.Int[1, 50], Gen.Byte).Sample((width, height, w, h, value) =>
        {
            byte[] pixels = new byte[width * height * 3], output = new byte[w * h * 3];
            Array.Fill(pixels, value);
            Resampler.Resize(pixels, width, height, 3, output, w, h, ResampleFilter.Bicubic);
            return output.All(found => found == value);
        }, iter: 200);

    [Fact]
    public void Bilinear_halving_averages_with_a_triangle()
    {
        // scale 2: taps at distances 3/4, 1/4, 1/4, 3/4 of the radius weigh 1/8, 3/8, 3/8, 1/8; at the left edge 3/7, 3/7, 1/7.
        byte[] row = [0, 70, 140, 210], output = new byte[2];
        Resampler.Resize(row, 4, 1, 1, output, 2, 1, ResampleFilter.Bilinear);
        Assert.Equal([(byte)50, (byte)160], output);              // (0*3 + 70*3 + 140) / 7, mirrored (70 + 140*3 + 210*3) / 7
    }

    [Fact]
    public void Torch_without_antialias_interpolates_between_neighbors()
    {
        float[] output = new float[2];
        Resampler.ResizeFloats([0, 1, 2, 30], 4, 1, 1, output, 2, 1, ResampleFilter.Bilinear, antialias: false);
        Assert.Equal([0.5f, 16f], output);                         // centers at 0.5 and 2.5
        Resampler.ResizeFloats([0, 1, 2, 30], 4, 1, 1, output, 2, 1, ResampleFilter.Bicubic, antialias: false);
        // a = -0.75 at half: weights -3/32, 19/32, 19/32, -3/32; edges clamped.
        Assert.Equal((-3 * 0 + 19 * 0 + 19 * 1 - 3 * 2) / 32f, output[0], 1e-6f);
        Assert.Equal((-3 * 1 + 19 * 2 + 19 * 30 - 3 * 30) / 32f, output[1], 1e-5f);
    }

    [Fact]
    public void Batches_do_not_depend_on_the_number_of_workers()
    {
        var processor = new ImageProcessor(new ImageProcessorSettings { Width = 24, Height = 24 });
        Picture frames = Picture.Random(5, 31, 17 * 9, 3);
        float[] one = new float[9 * 3 * 24 * 24], three = new float[one.Length];
        processor.ProcessBatch(frames.Pixels, 9, 31, 17, 3, one, workers: 1);
        processor.ProcessBatch(frames.Pixels, 9, 31, 17, 3, three, workers: 3);
        Assert.Equal(one, three);
        byte[] bytes = new byte[one.Length];
        processor.ProcessBatchBytes(frames.Pixels, 9, 31, 17, 3, bytes, workers: 2);
        float[] last = new float[3 * 24 * 24];
        processor.Table.Planes(bytes.AsSpan(8 * last.Length), last);
        Assert.Equal(one[(8 * last.Length)..], last);
    }

    [Fact]
    public void A_batch_of_the_wrong_length_names_what_was_expected()
    {
        var processor = new ImageProcessor(new ImageProcessorSettings { Width = 8, Height = 8 });
        Assert.Contains("192", Assert.Throws<SpecMismatchException>(
            () => processor.Process(new byte[12], 2, 2, 3, new float[10])).Message);
        Assert.Contains("12 values", Assert.Throws<SpecMismatchException>(
            () => processor.Process(new byte[11], 2, 2, 3, new float[192])).Message);
        Assert.Contains("channels", Assert.Throws<SpecMismatchException>(
            () => processor.Process(new byte[8], 2, 2, 2, new float[192])).Message);
        Assert.Throws<SpecMismatchException>(() => processor.ProcessBatch(new byte[25], 2, 2, 2, 3, new float[384]));
        Assert.Throws<SpecMismatchException>(() => processor.ProcessBatch(new byte[24], 2, 2, 2, 3, new float[383], workers: 2));
    }

    [Fact]
    public void A_thin_picture_is_cropped_in_bounded_memory_or_refused()
    {
        var shortest = new ImageProcessor(new ImageProcessorSettings { Width = 16, Height = 16 });
        float[] output = new float[3 * 256];
        shortest.Process(new byte[3 * 300_000], 1, 300_000, 3, output);
        Assert.All(output[..256], value => Assert.Equal(shortest.Table.Values[0], value));
        var longest = new ImageProcessor(new ImageProcessorSettings { Width = 16, Height = 16, Mode = ResizeMode.Longest });
        Assert.Contains("aspect", Assert.Throws<SpecMismatchException>(
            () => longest.Process(new byte[3 * 100], 100, 1, 3, output)).Message);
    }

    [Fact]
    public void Padding_has_the_fill_color_and_the_picture_lies_in_the_middle()
    {
        var processor = new ImageProcessor(new ImageProcessorSettings
        {
            Width = 4,
            Height = 4,
            Mode = ResizeMode.Longest,
            Rounding = CropRounding.HalfToEven,
            Fill = [1, 2, 3],
        });
        byte[] pixels = new byte[8 * 4 * 3], output = new byte[48];
        Array.Fill(pixels, (byte)200);
        processor.ProcessBytes(pixels, 8, 4, 3, output);           // 4 x 2 in rows 1 and 2
        byte[] padding = [1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3], picture = [.. Enumerable.Repeat((byte)200, 12)];
        Assert.Equal([.. padding, .. picture, .. picture, .. padding], output);
    }

    [Fact]
    public void NaFlex_fits_the_budget_and_flattens_row_column_channel()
    {
        var settings = new ImageProcessorSettings { Filter = ResampleFilter.Bilinear, Mean = Halves, Deviation = Halves };
        var processor = new NaFlexProcessor(settings, patchSize: 2, maximumPatches: 6);
        Assert.Equal(new PatchGrid(2, 3), processor.GridOf(6, 4));  // 2 x 3 patches of 2 pixels: nothing to resize
        byte[] pixels = [.. Enumerable.Range(0, 72).Select(i => (byte)i)];
        float[] patches = new float[6 * 12];
        long[] mask = new long[6];
        Assert.Equal(6, processor.Process(pixels, 6, 4, 3, patches, mask).Count);
        // The second patch of the first row: pixels (0,2) (0,3) (1,2) (1,3).
        byte[] second = [6, 7, 8, 9, 10, 11, 24, 25, 26, 27, 28, 29];
        Assert.Equal(second.Select(value => (value / 255f - 0.5f) / 0.5f), patches[12..24]);
        Assert.All(mask, value => Assert.Equal(1, value));
    }

    [Fact]
    public void NaFlex_grids_use_the_budget_and_keep_the_aspect() =>
        Gen.Select(Gen.Int[1, 900], Gen.Int[1, 900], Gen.Int[16, 400]).Sample((width, height, budget) =>
        {
            var processor = new NaFlexProcessor(new ImageProcessorSettings(), 16, budget);
            PatchGrid grid = processor.GridOf(width, height);
            // One more row or column, at the same aspect, would not fit.
            bool full = (grid.Rows + 1) * (grid.Columns + 1) > budget || Math.Max(width, height) * 100 < 16 * budget;
            return grid.Count <= budget && grid.Count >= 1 && full
                && (width >= height ? grid.Columns >= grid.Rows : grid.Columns <= grid.Rows);
        }, iter: 300);

    [Fact]
    public void NaFlex_pads_with_zeros_that_the_mask_tells()
    {
        var processor = new NaFlexProcessor(new ImageProcessorSettings(), patchSize: 4, maximumPatches: 7);
        float[] patches = new float[7 * 48];
        long[] mask = new long[7];
        Array.Fill(patches, 9f);
        int count = processor.Process(new byte[300], 10, 10, 3, patches, mask).Count;
        Assert.Equal(4, count);                                     // 2 x 2 is the largest square within 7
        Assert.Equal([1, 1, 1, 1, 0, 0, 0], mask);
        Assert.All(patches[(count * 48)..], value => Assert.Equal(0, value));
    }
}
