using EmbodiedRL.Core;

namespace EmbodiedRL.Models.Preprocessing;

/// <summary>Image processor: makes of a picture of any size the tensor that an image encoder reads.</summary>
/// <remarks>Thread-safe. Pictures are bytes in rows, [height, width, channels], with 1 (gray), 3 (RGB) or 4 (RGBA) channels.</remarks>
public interface IImageProcessor
{
    /// <summary>Rows of the result.</summary>
    int OutputHeight { get; }

    /// <summary>Columns of the result.</summary>
    int OutputWidth { get; }

    /// <summary>Resizes, crops and normalizes a picture.</summary>
    /// <param name="pixels">[height, width, channels].</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="channels">1, 3 or 4.</param>
    /// <param name="into">[3, OutputHeight, OutputWidth]; overwritten; owned by the caller.</param>
    /// <exception cref="SpecMismatchException">A length differs from what the sizes say, or the picture is too thin.</exception>
    void Process(ReadOnlySpan<byte> pixels, int width, int height, int channels, Span<float> into);

    /// <summary>Resizes and crops a picture, and leaves it in bytes.</summary>
    /// <param name="pixels">[height, width, channels].</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="channels">1, 3 or 4.</param>
    /// <param name="into">[OutputHeight, OutputWidth, 3]; overwritten; owned by the caller.</param>
    /// <exception cref="SpecMismatchException">A length differs from what the sizes say, or the picture is too thin.</exception>
    void ProcessBytes(ReadOnlySpan<byte> pixels, int width, int height, int channels, Span<byte> into);
}

/// <summary>Batches of pictures of one size, in parallel; the result does not depend on the number of workers.</summary>
public static class ImageBatches
{
    /// <summary>Processes every picture of a batch.</summary>
    /// <param name="processor">The processor.</param>
    /// <param name="pixels">[N, height, width, channels].</param>
    /// <param name="count">N.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="channels">1, 3 or 4.</param>
    /// <param name="into">[N, 3, OutputHeight, OutputWidth]; overwritten; owned by the caller.</param>
    /// <param name="workers">Threads at most; at least 1.</param>
    /// <param name="cancel">Stops between pictures.</param>
    /// <exception cref="SpecMismatchException">A length differs from what the sizes say.</exception>
    public static void ProcessBatch(
        this IImageProcessor processor, ReadOnlyMemory<byte> pixels, int count, int width, int height, int channels,
        Memory<float> into, int workers = 1, CancellationToken cancel = default)
    {
        int size = CheckBatch(pixels.Length, count, width, height, channels, workers);
        int output = Output(processor, into.Length, count);
        ForEach(count, workers, i =>
            processor.Process(pixels.Span.Slice(i * size, size), width, height, channels, into.Span.Slice(i * output, output)), cancel);
    }

    /// <summary>Processes every picture of a batch, and leaves them in bytes.</summary>
    /// <param name="processor">The processor.</param>
    /// <param name="pixels">[N, height, width, channels].</param>
    /// <param name="count">N.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="channels">1, 3 or 4.</param>
    /// <param name="into">[N, OutputHeight, OutputWidth, 3]; overwritten; owned by the caller.</param>
    /// <param name="workers">Threads at most; at least 1.</param>
    /// <param name="cancel">Stops between pictures.</param>
    /// <exception cref="SpecMismatchException">A length differs from what the sizes say.</exception>
    public static void ProcessBatchBytes(
        this IImageProcessor processor, ReadOnlyMemory<byte> pixels, int count, int width, int height, int channels,
        Memory<byte> into, int workers = 1, CancellationToken cancel = default)
    {
        int size = CheckBatch(pixels.Length, count, width, height, channels, workers);
        int output = Output(processor, into.Length, count);
        ForEach(count, workers, i =>
            processor.ProcessBytes(pixels.Span.Slice(i * size, size), width, height, channels, into.Span.Slice(i * output, output)),
            cancel);
    }

    private static int Output(IImageProcessor processor, int length, int count)
    {
        int output = 3 * processor.OutputHeight * processor.OutputWidth;
        return length == (long)count * output
            ? output
            : throw new SpecMismatchException("processed batch", $"{(long)count * output} values", $"{length}");
    }

    private static int CheckBatch(int length, int count, int width, int height, int channels, int workers)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1);
        if (count == 0) return 0;
        PictureSize.Require("batch of pictures", width, height, channels, length / count);
        return length % count == 0
            ? length / count
            : throw new SpecMismatchException("batch of pictures", $"{count} pictures of equal size", $"{length} bytes");
    }

    private static void ForEach(int count, int workers, Action<int> work, CancellationToken cancel)
    {
        if (workers == 1 || count <= 1)
        {
            for (int i = 0; i < count; i++)
            {
                cancel.ThrowIfCancellationRequested();
                work(i);
            }

            return;
        }

        var failures = new SpecMismatchException?[count];
        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancel }, i =>
        {
            try
            {
                work(i);
            }
            catch (SpecMismatchException error)
            {
                failures[i] = error;
            }
        });
        if (Array.Find(failures, error => error is not null) is { } first) throw first;
    }
}
