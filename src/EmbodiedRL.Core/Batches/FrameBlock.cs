using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Core.Batches;

/// <summary>
/// Frames of a rollout as bytes, [rendered steps, N, H, W, C], row 0 at the top, in chunks so that no array's length overflows.
/// </summary>
/// <remarks>A chunk holds whole steps. Memory belongs to the block and is overwritten by the next rollout.</remarks>
public sealed class FrameBlock
{
    private readonly byte[][] _chunks;
    private readonly FrameChunks _plan;

    /// <summary>Memory for the frames of a rollout.</summary>
    /// <param name="spec">Size, camera and steps.</param>
    /// <param name="steps">T.</param>
    /// <param name="count">N.</param>
    /// <param name="channels">C: bytes of one pixel.</param>
    /// <exception cref="SpecMismatchException">The frames of one step alone are more than an array can hold,
    /// or the memory is not there.</exception>
    public FrameBlock(FrameSpec spec, int steps, int count, int channels = 3) : this(spec, steps, count, channels, FrameChunks.UsualBytes)
    {
    }

    /// <summary>The same in chunks of a size that is said.</summary>
    internal FrameBlock(FrameSpec spec, int steps, int count, int channels, int chunkBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(steps);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        if (spec.Violations().FirstOrDefault() is { } violation) throw new SpecMismatchException("frames", "a usable size", violation);
        (Spec, Count, RenderedSteps) = (spec, count, spec.RenderedSteps(steps));
        FrameBytes = new ImageSpec(spec.Height, spec.Width, channels).Length;
        long step = (long)count * FrameBytes;
        if (step > Array.MaxLength)
            throw new SpecMismatchException($"frames of {count} environments ({spec})",
                $"at most {Array.MaxLength} bytes in one step",
                $"{step}; use fewer environments or smaller frames");
        ThrowIfTooLarge(step * RenderedSteps);
        _plan = new FrameChunks(step, RenderedSteps, chunkBytes);
        _chunks = new byte[_plan.Count][];
        for (int chunk = 0; chunk < _chunks.Length; chunk++) _chunks[chunk] = new byte[_plan.BytesOf(chunk)];
    }

    /// <summary>Size, camera and steps.</summary>
    public FrameSpec Spec { get; }

    /// <summary>Bytes of one frame, H times W times C.</summary>
    public int FrameBytes { get; }

    /// <summary>N.</summary>
    public int Count { get; }

    /// <summary>Steps that are rendered, T / every rounded up.</summary>
    public int RenderedSteps { get; }

    /// <summary>Frames in the block: rendered steps times N.</summary>
    public int Frames => RenderedSteps * Count;

    /// <summary>Bytes of all chunks.</summary>
    public long Bytes => (long)Frames * FrameBytes;

    /// <summary>Frames of the k-th rendered step, [N, H, W, 3]; that step is k times <see cref="FrameSpec.Every"/>.</summary>
    public Memory<byte> Step(int rendered) => Slice(rendered * Count, Count);

    /// <summary>Frames first to first + count - 1, [count, H, W, 3]. They must lie in one chunk: see <see cref="Run"/>.</summary>
    public Memory<byte> Slice(int first, int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Run(first));
        int perChunk = _plan.StepsPerChunk * Count;
        return _chunks[first / perChunk].AsMemory(first % perChunk * FrameBytes, count * FrameBytes);
    }

    /// <summary>How many frames from this one on lie in one piece of memory.</summary>
    public int Run(int first)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(first, Frames);
        int perChunk = _plan.StepsPerChunk * Count;
        return Math.Min(perChunk - (first % perChunk), Frames - first);
    }

    /// <summary>One frame, [H, W, 3].</summary>
    public Span<byte> Frame(int index) => Slice(index, 1).Span;

    private void ThrowIfTooLarge(long bytes)
    {
        long available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (bytes > available)
            throw new SpecMismatchException($"frames of one rollout ({Spec}, {RenderedSteps} steps of {Count} environments)",
                $"at most the {available / 1_000_000} MB of this machine",
                $"{bytes / 1_000_000} MB; render fewer steps (every), smaller frames, fewer environments or shorter rollouts");
    }
}

/// <summary>How the frames of a rollout are cut into arrays of whole steps.</summary>
/// <param name="StepBytes">Bytes of one step, at most what an array can hold.</param>
/// <param name="Steps">Rendered steps.</param>
/// <param name="ChunkBytes">About how many bytes an array has; one step at least.</param>
internal readonly record struct FrameChunks(long StepBytes, int Steps, int ChunkBytes)
{
    /// <summary>Bytes of a chunk if nothing else is said.</summary>
    public const int UsualBytes = 1 << 28;

    /// <summary>Steps of every chunk but the last.</summary>
    public int StepsPerChunk => (int)Math.Clamp(ChunkBytes / StepBytes, 1, Steps);

    /// <summary>Number of chunks.</summary>
    public int Count => (int)(((long)Steps + StepsPerChunk - 1) / StepsPerChunk);

    /// <summary>Bytes of a chunk.</summary>
    public long BytesOf(int chunk) => Math.Min(StepsPerChunk, Steps - (chunk * StepsPerChunk)) * StepBytes;
}
