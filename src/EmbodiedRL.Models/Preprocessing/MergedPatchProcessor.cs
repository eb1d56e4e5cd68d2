using System.Buffers;
using EmbodiedRL.Core;

namespace EmbodiedRL.Models.Preprocessing;

/// <summary>Settings that say how a picture becomes patches. Defaults: those of Qwen2-VL.</summary>
public sealed record MergedPatchSettings
{
    /// <summary>Side of a patch, in pixels.</summary>
    public int PatchSize { get; init; } = 14;

    /// <summary>Patches that become one token, in each direction.</summary>
    public int MergeSize { get; init; } = 2;

    /// <summary>How often a picture is repeated in time, as a patch of a video has several frames.</summary>
    public int TemporalPatchSize { get; init; } = 2;

    /// <summary>The least pixels of a resized picture.</summary>
    public long MinPixels { get; init; } = 56 * 56;

    /// <summary>The most pixels of a resized picture.</summary>
    public long MaxPixels { get; init; } = 28 * 28 * 1280;

    /// <summary>Whether pictures are resized; else their sides must be multiples of <see cref="Factor"/>.</summary>
    public bool Resizes { get; init; } = true;

    /// <summary>What sides of a resized picture are multiples of, in pixels.</summary>
    public int Factor => PatchSize * MergeSize;

    /// <summary>What is wrong with these settings; empty if nothing.</summary>
    public IEnumerable<string> Violations()
    {
        if (PatchSize is < 1 or > 1024) yield return $"the side of a patch must be 1 to 1024 pixels, is {PatchSize}";
        if (MergeSize is < 1 or > 64) yield return $"patches that are merged must be 1 to 64 a side, are {MergeSize}";
        if (TemporalPatchSize is < 1 or > 64) yield return $"frames of a patch must be 1 to 64, are {TemporalPatchSize}";
        if (MinPixels < 1 || MaxPixels < MinPixels || MaxPixels > (1L << 28))
            yield return $"pixels must be at least 1, and at most {1L << 28}, are {MinPixels} to {MaxPixels}";
    }
}

/// <summary>Image processor of Qwen2-VL and Qwen2.5-VL: a picture keeps its aspect and becomes a list of patches.</summary>
/// <remarks>
/// Both sides are rounded to multiples of patch times merge, within a range of pixels. Patches come block by block of those that are
/// merged to one token, not row by row. Thread-safe; scratch memory is pooled.
/// </remarks>
public sealed class MergedPatchProcessor
{
    /// <summary>The largest ratio of the sides that is accepted.</summary>
    public const int MostAspect = 200;

    private readonly NormalizationTable _table;

    /// <summary>A processor.</summary>
    /// <param name="pixels">Filter, order of passes and normalization; sizes are not used.</param>
    /// <param name="patches">How a picture is cut.</param>
    /// <exception cref="SettingsException">The settings are invalid.</exception>
    public MergedPatchProcessor(ImageProcessorSettings pixels, MergedPatchSettings patches)
    {
        string[] violations = [.. pixels.Violations(), .. patches.Violations()];
        if (violations.Length > 0) throw new SettingsException("merged patch processor", violations);
        (Pixels, Patches, _table) = (pixels, patches, new NormalizationTable(pixels));
    }

    /// <summary>How pixels are resampled and normalized.</summary>
    public ImageProcessorSettings Pixels { get; }

    /// <summary>How a picture is cut.</summary>
    public MergedPatchSettings Patches { get; }

    /// <summary>Numbers of a patch: (channel, frame, row, column).</summary>
    public int PatchLength => 3 * Patches.TemporalPatchSize * Patches.PatchSize * Patches.PatchSize;

    /// <summary>The size that a picture is resized to.</summary>
    /// <exception cref="SpecMismatchException">One side is over 200 times the other, or no multiple where nothing is resized.</exception>
    public PixelSize SizeOf(int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        int factor = Patches.Factor;
        if (!Patches.Resizes)
            return width % factor == 0 && height % factor == 0
                ? new PixelSize(width, height)
                : throw new SpecMismatchException("picture", $"sides that are multiples of {factor}, as it is not resized",
                    $"{width} x {height} pixels");
        if (Math.Max(width, height) > (long)MostAspect * Math.Min(width, height))
            throw new SpecMismatchException("picture", $"sides of a ratio of at most {MostAspect}", $"{width} x {height} pixels");
        long rows = Nearest(height, factor), columns = Nearest(width, factor);
        double area = (double)height * width;
        if (rows * columns > Patches.MaxPixels)
        {
            double beta = Math.Sqrt(area / Patches.MaxPixels);
            rows = Math.Max(factor, (long)Math.Floor(height / beta / factor) * factor);
            columns = Math.Max(factor, (long)Math.Floor(width / beta / factor) * factor);
        }
        else if (rows * columns < Patches.MinPixels)
        {
            double beta = Math.Sqrt(Patches.MinPixels / area);
            rows = (long)Math.Ceiling(height * beta / factor) * factor;
            columns = (long)Math.Ceiling(width * beta / factor) * factor;
        }

        return new PixelSize((int)columns, (int)rows);
    }

    /// <summary>The patches that a picture of this size is cut into.</summary>
    /// <exception cref="SpecMismatchException">As <see cref="SizeOf"/> says.</exception>
    public PatchGrid GridOf(int width, int height)
    {
        PixelSize size = SizeOf(width, height);
        return new PatchGrid(size.Height / Patches.PatchSize, size.Width / Patches.PatchSize);
    }

    /// <summary>Tokens that a grid of patches becomes.</summary>
    public int TokensOf(PatchGrid grid) => grid.Count / (Patches.MergeSize * Patches.MergeSize);

    /// <summary>Resizes, normalizes and cuts a picture.</summary>
    /// <param name="picture">[height, width, 3].</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="into">[patches, <see cref="PatchLength"/>]; overwritten; owned by the caller.</param>
    /// <exception cref="SpecMismatchException">A length differs from what the sizes say, or as <see cref="SizeOf"/> says.</exception>
    public void Process(ReadOnlySpan<byte> picture, int width, int height, Span<float> into)
    {
        PictureSize.Require("picture", width, height, 3, picture.Length);
        PixelSize size = SizeOf(width, height);
        PatchGrid grid = GridOf(width, height);
        SpecMismatchException.ThrowIfLength("patches", into.Length, grid.Count * PatchLength);
        int pixels = size.Width * size.Height;
        byte[] bytes = ArrayPool<byte>.Shared.Rent(3 * pixels);
        float[] planes = ArrayPool<float>.Shared.Rent(3 * pixels);
        Resampler.Resize(picture, width, height, 3, bytes.AsSpan(0, 3 * pixels), size.Width, size.Height, Pixels.Filter, Pixels.Order);
        _table.Planes(bytes.AsSpan(0, 3 * pixels), planes.AsSpan(0, 3 * pixels));
        int merge = Patches.MergeSize, blockColumns = grid.Columns / merge, blockPatches = merge * merge;
        for (int patch = 0; patch < grid.Count; patch++)
        {
            (int block, int inner) = Math.DivRem(patch, blockPatches);
            int row = (block / blockColumns * merge) + (inner / merge), column = (block % blockColumns * merge) + (inner % merge);
            CopyPatch(planes, size, row * Patches.PatchSize, column * Patches.PatchSize, into.Slice(patch * PatchLength, PatchLength));
        }

        ArrayPool<float>.Shared.Return(planes);
        ArrayPool<byte>.Shared.Return(bytes);
    }

    private void CopyPatch(float[] planes, PixelSize size, int top, int left, Span<float> into)
    {
        int side = Patches.PatchSize;
        for (int channel = 0, at = 0; channel < 3; channel++)
            for (int frame = 0; frame < Patches.TemporalPatchSize; frame++)
                for (int y = 0; y < side; y++, at += side)
                    planes.AsSpan((((channel * size.Height) + top + y) * size.Width) + left, side).CopyTo(into[at..]);
    }

    /// <summary>The nearest multiple, halves to even, as Python rounds.</summary>
    private static long Nearest(int length, int factor) => (long)Math.Round((double)length / factor, MidpointRounding.ToEven) * factor;
}
