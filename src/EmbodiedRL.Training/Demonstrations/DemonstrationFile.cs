using System.Runtime.CompilerServices;
using System.Text.Json;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Rendering.Images;
using EmbodiedRL.Training.Runs;
using Parquet;
using Parquet.Schema;

namespace EmbodiedRL.Training.Demonstrations;

/// <summary>
/// Episodes in a Parquet file: one row a step, one row group an episode, columns as <see cref="DemonstrationColumns"/> says.
/// </summary>
/// <remarks>Any tool that reads Parquet reads it. Reading streams: one row group is in memory at a time.</remarks>
public static class DemonstrationFile
{
    /// <summary>Writes episodes as they come; whatever happens in between, the file is whole or as it was.</summary>
    /// <param name="path">Replaced in one step.</param>
    /// <param name="header">Of <see cref="DemonstrationHeader.Of"/>; counts and digests are filled in.</param>
    /// <param name="episodes">One at least, all of the same columns.</param>
    /// <param name="cancel">Stops between two episodes and leaves nothing.</param>
    /// <returns>The header as written.</returns>
    /// <exception cref="EmbodiedException">The disk is full or refuses.</exception>
    public static async Task<DemonstrationHeader> WriteAsync(string path, DemonstrationHeader header,
        IEnumerable<DemonstrationEpisode> episodes, CancellationToken cancel = default)
    {
        await AtomicFile.WriteAsync(path, async stream =>
        {
            ParquetWriter? writer = null;
            ParquetSchema? schema = null;
            var digests = new List<string>();
            long steps = 0;
            try
            {
                foreach (DemonstrationEpisode episode in episodes)
                {
                    cancel.ThrowIfCancellationRequested();
                    Dictionary<string, Array> values = DemonstrationColumns.Values(episode);
                    schema ??= new ParquetSchema(values.Select(column => ParquetColumn.FieldOf(column.Key, column.Value)));
                    writer ??= await ParquetWriter.CreateAsync(schema, stream,
                        new ParquetOptions { CompressionMethod = CompressionMethod.Zstd }, cancellationToken: cancel);
                    header = header with
                    {
                        EmptyEntries = [.. episode.Snapshots.Where(entry => entry.Value.Length == 0).Select(entry => entry.Key)]
                    };
                    await WriteGroupAsync(writer, schema, values, episode.Steps, cancel);
                    digests.Add(EpisodeDigest.Of(episode));
                    steps += episode.Steps;
                }

                if (writer is null) throw new SpecMismatchException("demonstrations", "one episode at least", "none");
                header = header with { Episodes = digests.Count, Steps = steps, Digests = digests };
                string text = RunJson.Of(header);
                writer.CustomMetadata = new Dictionary<string, string>
                {
                    [DemonstrationHeader.Key] = text,
                    [DemonstrationHeader.HashKey] = DemonstrationHeader.HashOf(text)
                };
            }
            finally
            {
                if (writer is not null) await writer.DisposeAsync();
            }
        });
        return header;
    }

    /// <summary>What the file says of itself.</summary>
    /// <exception cref="AssetMissingException">There is no such file.</exception>
    /// <exception cref="CorruptFileException">It is no whole file of demonstrations.</exception>
    public static async Task<DemonstrationHeader> ReadHeaderAsync(string path, CancellationToken cancel = default)
    {
        await using ParquetReader reader = await OpenAsync(path, cancel);
        return HeaderOf(path, reader);
    }

    /// <summary>Reads all of a file and compares it with what it says of itself.</summary>
    /// <returns>What the file says of itself.</returns>
    /// <exception cref="AssetMissingException">There is no such file.</exception>
    /// <exception cref="CorruptFileException">It is cut off, altered or another kind of file; says where.</exception>
    public static async Task<DemonstrationHeader> VerifyAsync(string path, CancellationToken cancel = default)
    {
        DemonstrationHeader header = await ReadHeaderAsync(path, cancel);
        long episodes = 0, steps = 0;
        await foreach (DemonstrationEpisode episode in ReadAsync(path, cancel)) (episodes, steps) = (episodes + 1, steps + episode.Steps);
        return (episodes, steps) == (header.Episodes, header.Steps) ? header
            : throw new CorruptFileException(path,
                $"{header.Episodes} episodes of {header.Steps} steps, as its metadata say",
                $"{episodes} of {steps}",
                "It is altered or cut off; record it again.");
    }

    /// <summary>The episodes, one after the other.</summary>
    /// <param name="path">A file that <see cref="WriteAsync"/> wrote, or one of its columns that another tool wrote.</param>
    /// <param name="cancel">Stops between two row groups.</param>
    /// <exception cref="AssetMissingException">There is no such file.</exception>
    /// <exception cref="CorruptFileException">It is cut off, altered or another kind of file; says where.</exception>
    public static async IAsyncEnumerable<DemonstrationEpisode> ReadAsync(string path,
        [EnumeratorCancellation] CancellationToken cancel = default)
    {
        await using ParquetReader reader = await OpenAsync(path, cancel);
        DemonstrationHeader header = HeaderOf(path, reader);
        var pieces = new EpisodePieces(path, header);
        for (int group = 0; group < reader.RowGroupCount; group++)
        {
            cancel.ThrowIfCancellationRequested();
            pieces.Add(await ReadGroupAsync(path, reader, header, group, cancel));
            while (pieces.Take() is { } episode) yield return episode;
        }

        pieces.End();
        while (pieces.Take() is { } last) yield return last;
    }

    /// <summary>An episode as a rollout of one environment, [T, 1]: what rewards score and algorithms read.</summary>
    /// <param name="episode">Copied.</param>
    /// <param name="info">The environment's specs.</param>
    /// <param name="id">Of the episode; what reads several of them takes rows of one id for one episode.</param>
    /// <exception cref="SpecMismatchException">The episode is of another environment.</exception>
    public static TrajectoryBatch ToBatch(DemonstrationEpisode episode, EnvironmentInfo info, long id)
    {
        RgbImage[] frames = episode.Frames is { } files ? Array.ConvertAll(files, ImageFile.DecodeRgb) : [];
        var batch = new TrajectoryBatch(episode.Steps, 1, info,
            frames.Length > 0 ? [new FrameSpec(frames[0].Width, frames[0].Height)] : []);
        batch.SetEpisode(id);
        Copy("observations", episode.Observations, batch.Observations);
        Copy("actions", episode.Actions, batch.Actions);
        Copy("states", episode.States, batch.States);
        Copy("rewards", episode.Rewards, batch.TaskRewards);
        episode.NextObservations.AsSpan(^batch.NextObservations.Length..).CopyTo(batch.NextObservations);
        episode.Kinds.CopyTo(batch.Kinds, 0);
        for (int step = 0; step < episode.Steps; step++)
            if (episode.Kinds[step].Ends())
                batch.SetFinal(step, episode.NextObservations.AsSpan(step * info.Observations.Length, info.Observations.Length),
                    episode.NextImages?[step] ?? []);
        CopyImages(episode, batch);
        Array.Fill(batch.LogProbabilities, float.NaN); // nobody knows how likely they were
        for (int step = 0; step < frames.Length; step++) frames[step].Rgb.CopyTo(batch.FrameBlocks[0].Step(step));
        return batch;
    }

    private static void CopyImages(DemonstrationEpisode episode, TrajectoryBatch batch)
    {
        if (batch.Images is not { } images) return;
        if (episode is not { Images: { } seen, NextImages: { } next })
            throw new SpecMismatchException("images of the episode", $"{batch.Info.Observations.Image}", "none");
        SpecMismatchException.ThrowIfLength("images of the episode", seen.Length, batch.Rows);
        for (int step = 0; step < seen.Length; step++) seen[step].CopyTo(images.Frame(step));
        next[^1].CopyTo(batch.NextImages, 0);
    }

    private static void Copy(string what, float[] from, float[] to)
    {
        SpecMismatchException.ThrowIfLength($"{what} of the episode", from.Length, to.Length);
        from.CopyTo(to, 0);
    }

    private static async Task WriteGroupAsync(ParquetWriter writer, ParquetSchema schema, Dictionary<string, Array> values,
        int rows, CancellationToken cancel)
    {
        using ParquetRowGroupWriter group = writer.CreateRowGroup();
        foreach (DataField field in schema.DataFields)
        {
            string name = field.Path.FirstPart!;
            if (values[name] is byte[][] files) await group.WriteAsync(field, files);
            else
                await ParquetColumn.For(name, values[name].GetType().GetElementType()!)
                    .WriteAsync(group, field, values[name], rows, cancel);
        }

        group.CompleteValidate();
    }

    private static async Task<ParquetReader> OpenAsync(string path, CancellationToken cancel)
    {
        InputFile.Require(path, "The file of demonstrations", "Record one: ./embodied record ENV --out FILE.parquet");
        try
        {
            return await ParquetReader.CreateAsync(path, cancellationToken: cancel);
        }
        // a reader of foreign bytes fails in many ways
        catch (Exception error) when (error is not (OperationCanceledException or UnauthorizedAccessException))
        {
            throw new CorruptFileException(path,
                "a whole Parquet file",
                $"something else ({OneLine(error)})",
                "It may be cut off; record it again.",
                error);
        }
    }

    private static DemonstrationHeader HeaderOf(string path, ParquetReader reader)
    {
        const string remedy = "Only files of ./embodied record hold demonstrations.";
        if (!reader.CustomMetadata.TryGetValue(DemonstrationHeader.Key, out string? text))
            throw new CorruptFileException(path, $"demonstrations ('{DemonstrationHeader.Key}' in its metadata)",
                "another Parquet file", remedy);
        try
        {
            DemonstrationHeader header = JsonSerializer.Deserialize<DemonstrationHeader>(text, RunJson.Options)
                ?? throw new JsonException("it is null");
            if (header.Format is not (DemonstrationHeader.FirstFormat or DemonstrationHeader.CurrentFormat))
                throw new CorruptFileException(path,
                    $"layout {DemonstrationHeader.FirstFormat} or {DemonstrationHeader.CurrentFormat}",
                    $"layout {header.Format}",
                    "It was written by another version of this program.");
            bool isHashed = reader.CustomMetadata.TryGetValue(DemonstrationHeader.HashKey, out string? hash);
            if (isHashed ? hash != DemonstrationHeader.HashOf(text) : header.Format > DemonstrationHeader.FirstFormat)
                throw new CorruptFileException(path,
                    $"a header that fits its hash under '{DemonstrationHeader.HashKey}'",
                    isHashed ? "another" : "no hash",
                    "The file is altered; record it again.");
            return header.IsWhole() ? header : throw new JsonException("a part of it is missing");
        }
        catch (JsonException error)
        {
            throw new CorruptFileException(path, $"a header under '{DemonstrationHeader.Key}'", OneLine(error), remedy, error);
        }
    }

    private static async Task<Dictionary<string, Array>> ReadGroupAsync(string path, ParquetReader reader, DemonstrationHeader header,
        int group, CancellationToken cancel)
    {
        try
        {
            using ParquetRowGroupReader rows = reader.OpenRowGroupReader(group);
            var values = new Dictionary<string, Array>(StringComparer.Ordinal);
            foreach (DataField field in reader.Schema.DataFields)
            {
                string name = field.Path.FirstPart!;
                values[name] = DemonstrationColumns.IsBinary(name)
                    ? await ReadFilesAsync(rows, field, cancel)
                    : await ParquetColumn.For(name, field.ClrType).ReadAsync(rows, field, cancel);
            }

            string[] missing = [.. DemonstrationColumns.Required.Concat(DemonstrationColumns.Seen(header.Observation.Count > 0,
                header.Image is not null))
                .Where(name => !values.ContainsKey(name))];
            return missing.Length == 0 ? values : throw new FormatException($"no column {missing[0]}");
        }
        catch (Exception error) when (error is not OperationCanceledException) // as above
        {
            throw new CorruptFileException(path,
                $"whole demonstrations in row group {group}",
                OneLine(error),
                "It is altered or cut off; record it again.",
                error);
        }
    }

    private static async Task<Array> ReadFilesAsync(ParquetRowGroupReader rows, DataField field, CancellationToken cancel)
    {
        byte[]?[] files = new byte[rows.RowCount][];
        await rows.ReadAsync(field, files.AsMemory(), null, cancel);
        return Array.TrueForAll(files, file => file is not null)
            ? files
            : throw new FormatException($"a row without a {field.Path.FirstPart}");
    }

    private static string OneLine(Exception error) => error.Message.ReplaceLineEndings(" ").Trim().TrimEnd('.');
}
