using System.Buffers;
using EmbodiedRL.Core;

namespace EmbodiedRL.Models.Preprocessing;

/// <summary>Patch grid: rows and columns of patches that a picture was cut into.</summary>
/// <param name="Rows">Patches in height.</param>
/// <param name="Columns">Patches in width.</param>
public readonly record struct PatchGrid(int Rows, int Columns)
{
    /// <summary>How many patches.</summary>
    public int Count => Rows * Columns;
}

/// <summary>NaFlex processor of SigLIP 2: cuts a picture of any aspect into as many patches as fit a budget.</summary>
/// <remarks>
/// The picture is resized so that both sides are multiples of the patch and the number of patches is at most the budget; the aspect is
/// kept as far as that allows. Thread-safe; scratch memory is pooled.
/// </remarks>
public sealed class NaFlexProcessor
{
    private const double Tolerance = 1e-5, MostScale = 100;

    private readonly NormalizationTable _table;

    /// <summary>A processor.</summary>
    /// <param name="settings">Filter, alpha rule and normalization; sizes are not used.</param>
    /// <param name="patchSize">Side of a patch, in pixels: at least 1.</param>
    /// <param name="maximumPatches">The budget: at least 1; all of them in a row may be as long as a result may be.</param>
    /// <exception cref="SettingsException">Something is out of range.</exception>
    public NaFlexProcessor(ImageProcessorSettings settings, int patchSize = 16, int maximumPatches = 256)
    {
        settings.Validate("NaFlex processor");
        if (patchSize < 1 || maximumPatches < 1 || (long)patchSize * maximumPatches > ImageProcessorSettings.MostPixels)
            throw new SettingsException("NaFlex processor",
            [
                $"patch size times number of patches must be 1 to {ImageProcessorSettings.MostPixels}, is {patchSize} x {maximumPatches}",
            ]);
        (Settings, PatchSize, MaximumPatches) = (settings, patchSize, maximumPatches);
        _table = new NormalizationTable(settings);
    }

    /// <summary>What it does.</summary>
    public ImageProcessorSettings Settings { get; }

    /// <summary>Side of a patch, in pixels.</summary>
    public int PatchSize { get; }

    /// <summary>The most patches of a picture.</summary>
    public int MaximumPatches { get; }

    /// <summary>Numbers of a patch: rows times columns times 3.</summary>
    public int PatchLength => PatchSize * PatchSize * 3;

    /// <summary>The patches that a picture of this size is cut into.</summary>
    /// <exception cref="SpecMismatchException">The picture is too thin for the budget.</exception>
    public PatchGrid GridOf(int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        double low = Tolerance / 10, high = MostScale;
        while (high - low >= Tolerance)
        {
            double middle = (low + high) / 2;
            if ((long)Patches(height, middle) * Patches(width, middle) <= MaximumPatches) low = middle;
            else high = middle;
        }

        var grid = new PatchGrid(Patches(height, low), Patches(width, low));
        // The budget is exceeded only by pictures so thin that one row of patches exceeds it at the smallest scale.
        return grid.Count <= MaximumPatches
            ? grid
            : throw new SpecMismatchException("picture", $"an aspect that fits {MaximumPatches} patches", $"{width} x {height} pixels");
    }

    /// <summary>Resizes, normalizes and cuts a picture.</summary>
    /// <param name="pixels">[height, width, channels].</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="channels">1, 3 or 4.</param>
    /// <param name="patches">[MaximumPatches, PatchLength], each flattened as (row, column, channel); padded with 0; overwritten.</param>
    /// <param name="mask">[MaximumPatches]: 1 for a patch, 0 for padding; overwritten.</param>
    /// <returns>The grid, whose patches come first, row by row.</returns>
    /// <exception cref="SpecMismatchException">A length differs from what the sizes say, or the picture is too thin.</exception>
    public PatchGrid Process(
        ReadOnlySpan<byte> pixels, int width, int height, int channels, Span<float> patches, Span<long> mask)
    {
        SpecMismatchException.ThrowIfLength("patches", patches.Length, MaximumPatches * PatchLength);
        SpecMismatchException.ThrowIfLength("mask of patches", mask.Length, MaximumPatches);
        PictureSize.Require("picture", width, height, channels, pixels.Length);
        PatchGrid grid = GridOf(width, height);
        var squash = new ImageProcessor(Settings with
        {
            Mode = ResizeMode.Squash,
            Width = grid.Columns * PatchSize,
            Height = grid.Rows * PatchSize,
        });
        byte[] buffer = ArrayPool<byte>.Shared.Rent(grid.Count * PatchLength);
        Span<byte> resized = buffer.AsSpan(0, grid.Count * PatchLength);
        squash.ProcessBytes(pixels, width, height, channels, resized);

        int line = PatchSize * 3;
        for (int patch = 0; patch < grid.Count; patch++)
            for (int y = 0; y < PatchSize; y++)
                _table.Interleaved(
                    resized.Slice(((patch / grid.Columns * PatchSize + y) * grid.Columns + patch % grid.Columns) * line, line),
                    patches.Slice(patch * PatchLength + y * line, line));
        ArrayPool<byte>.Shared.Return(buffer);
        patches[(grid.Count * PatchLength)..].Clear();
        mask[..grid.Count].Fill(1);
        mask[grid.Count..].Clear();
        return grid;
    }

    private int Patches(int side, double scale) => (int)Math.Max(1, Math.Ceiling(side * scale / PatchSize));
}
