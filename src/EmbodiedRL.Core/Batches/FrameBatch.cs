using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Core.Batches;

/// <summary>Frame batch: images that belong to no rollout, one a row; what a reward is asked about outside of training.</summary>
/// <remarks>Where the images come from (a file, a camera) is the maker's matter, so only their size has to fit a reader's.</remarks>
public sealed class FrameBatch : RewardBatch
{
    private readonly long[] _rows;

    /// <summary>Memory for images.</summary>
    /// <param name="spec">Their size; camera and interval are not looked at.</param>
    /// <param name="count">B.</param>
    /// <exception cref="SpecMismatchException">They are more than this machine can hold.</exception>
    public FrameBatch(FrameSpec spec, int count)
    {
        Block = new FrameBlock(spec with { Every = 1 }, 1, count);
        _rows = [.. Enumerable.Range(0, count).Select(row => (long)row)];
    }

    /// <summary>uint8 [B, H, W, 3], to be written by the maker.</summary>
    public Span<byte> Pixels => Block.Step(0).Span;

    /// <inheritdoc/>
    public override int Rows => Block.Count;

    /// <inheritdoc/>
    public override BatchFields Fields => BatchFields.Frames;

    /// <inheritdoc/>
    public override ReadOnlySpan<long> Episode => _rows;

    /// <inheritdoc/>
    public override ReadOnlySpan<long> Group => _rows;

    private FrameBlock Block { get; }

    /// <inheritdoc/>
    public override string Describe(int row) => $"image {row}";

    /// <inheritdoc/>
    public override FrameBlock Frames(FrameSpec spec, string reader = "a reward") =>
        (spec.Width, spec.Height) == (Block.Spec.Width, Block.Spec.Height) ? Block
            : throw new SpecMismatchException($"frames read by '{reader}'", $"{spec.Width} x {spec.Height} pixels",
                $"{Block.Spec.Width} x {Block.Spec.Height} pixels");
}
