using EmbodiedRL.Core;
using EmbodiedRL.Training.Runs;
using Parquet;
using Parquet.Data;
using Parquet.Schema;

namespace EmbodiedRL.Training.Demonstrations;

/// <summary>Frame of an episode, and how far the task is done there.</summary>
/// <param name="Episode">From 0.</param>
/// <param name="Frame">Within the episode, from 0.</param>
/// <param name="Progress">In [0, 1].</param>
public readonly record struct FrameProgress(long Episode, long Frame, float Progress);

/// <summary>Progress file: LeRobot's Parquet table of progress by frame, which weights demonstrations for imitation.</summary>
/// <remarks>Columns <c>index</c>, <c>episode_index</c>, <c>frame_index</c> (int64) and <c>progress_sparse</c> (float).</remarks>
public static class ProgressFile
{
    private const string ModelKey = "reward_model_path";

    /// <summary>Writes a table; replaces a file only when all is on disk.</summary>
    /// <param name="path">Its folder must exist.</param>
    /// <param name="frames">By episode and frame.</param>
    /// <param name="model">What scored them.</param>
    /// <param name="cancel">Ends it; nothing is left behind.</param>
    /// <exception cref="SpecMismatchException">There are no frames, or a progress is outside of [0, 1].</exception>
    public static async Task WriteAsync(string path, IReadOnlyList<FrameProgress> frames, string model, CancellationToken cancel = default)
    {
        if (frames.Count == 0) throw new SpecMismatchException("progress", "one frame at least", "none");
        foreach (FrameProgress frame in frames)
            if (!(frame.Progress is >= 0 and <= 1))
                throw new SpecMismatchException($"progress of frame {frame.Frame} of episode {frame.Episode}", "0 to 1",
                    $"{frame.Progress}");
        var schema = new ParquetSchema(Column<long>("index"), Column<long>("episode_index"), Column<long>("frame_index"),
            Column<float>("progress_sparse"));
        await AtomicFile.WriteAsync(path, async stream =>
        {
            await using ParquetWriter writer = await ParquetWriter.CreateAsync(schema, stream, cancellationToken: cancel);
            writer.CustomMetadata = new Dictionary<string, string> { [ModelKey] = model };
            using ParquetRowGroupWriter group = writer.CreateRowGroup();
            DataField[] fields = schema.DataFields;
            long[] index = [.. Enumerable.Range(0, frames.Count).Select(i => (long)i)];
            await group.WriteAsync<long>(fields[0], index, null, null, cancel);
            await group.WriteAsync<long>(fields[1], frames.Select(frame => frame.Episode).ToArray(), null, null, cancel);
            await group.WriteAsync<long>(fields[2], frames.Select(frame => frame.Frame).ToArray(), null, null, cancel);
            await group.WriteAsync<float>(fields[3], frames.Select(frame => frame.Progress).ToArray(), null, null, cancel);
        });
    }

    private static DataField Column<T>(string name) => new(name, typeof(T), isNullable: false);
}
