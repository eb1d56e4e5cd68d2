using System.Globalization;
using System.Text.Json;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rendering.Images;
using EmbodiedRL.Training.Demonstrations;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.Training.Auditing;

/// <summary>
/// Data set of an audit in LeRobot's layout v3.0, so that other people's reward models can be tried on the same trajectories.
/// </summary>
/// <remarks>
/// One file of frames (<c>data/chunk-000/file-000.parquet</c>), one of episodes (<c>meta/episodes/...</c>), one of instructions
/// (<c>meta/tasks.parquet</c>), one video of all episodes for the camera (H.264), <c>meta/info.json</c> and <c>meta/stats.json</c>. Beside
/// what LeRobot asks for, frames have <c>truth</c>, <c>next.success</c>, <c>truths</c> (of every instruction) and <c>score.REWARD</c>,
/// episodes <c>kind</c>, <c>success</c> and <c>instruction</c>. Frames are not evenly spaced in the simulator's time, so the rate is
/// nominal.
/// </remarks>
internal static class AuditDataSet
{
    /// <summary>Frames a second of the video and of timestamps.</summary>
    public const int FramesPerSecond = 10;

    private const string Version = "v3.0", FirstFile = "chunk-000/file-000";
    private const int FilesOfChunk = 1000, DataMegabytes = 100, VideoMegabytes = 200;

    private static readonly string[] TaskIndex = ["task"];

    /// <summary>Writes the data set.</summary>
    /// <param name="folder">Of the data set, new or empty.</param>
    /// <param name="audit">What made it.</param>
    /// <param name="report">What was found.</param>
    /// <param name="cancel">Stops between two files.</param>
    public static async Task WriteAsync(string folder, RewardAudit audit, AuditReport report, CancellationToken cancel)
    {
        var features = new List<Feature>();
        string video = $"observation.images.{Plain(audit.Camera)}";
        int size = report.Settings.Size;
        double[] pixels = WriteVideo(Path.Combine(folder, "videos", video, $"{FirstFile}.mp4"), audit, size, cancel);
        TableColumn[] frames = Frames(audit, report, features);
        await ParquetTable.WriteAsync(Path.Combine(folder, "data", $"{FirstFile}.parquet"), frames, null, cancel);
        string episodes = Path.Combine(folder, "meta", "episodes", $"{FirstFile}.parquet");
        await ParquetTable.WriteAsync(episodes, Episodes(report, video), null, cancel);
        await WriteTasksAsync(Path.Combine(folder, "meta", "tasks.parquet"), report.Asked, cancel);
        WriteInfo(folder, audit, report, features, video, size);
        WriteStatistics(folder, frames, video, pixels);
        AtomicFile.WriteText(Path.Combine(folder, "README.md"), ReadMe(report));
    }

    private static int[] Shape(TableColumn column) => [Math.Max(1, column.Width)];

    /// <summary>Names of features hold no "/".</summary>
    private static string Plain(string name) => name.Length > 0 ? name.Replace('/', '-') : "camera";

    private static TableColumn[] Frames(RewardAudit audit, AuditReport report, List<Feature> features)
    {
        EnvironmentInfo info = audit.Info;
        IReadOnlyList<AuditTrajectory> all = report.Trajectories;
        int steps = all[0].Steps, rows = all.Count * steps;
        var columns = new List<TableColumn>();
        Add("observation.state", [.. all.SelectMany(made => made.States)], Names(info.State));
        Add("action", [.. all.SelectMany(made => made.Actions)], Names(info.Actions.Vector));
        Add("next.reward", [.. all.SelectMany(made => made.Rewards)], ["hand-built reward"]);
        Add("next.done", [.. all.SelectMany(made => Enumerable.Range(0, steps).Select(t => t == steps - 1))], ["last frame"]);
        Add("next.success", [.. all.SelectMany(made => made.Holds)], ["the goal is fulfilled"]);
        Add("truth", [.. all.SelectMany(made => made.Truths.Select(truth => (float)truth))], ["graded truth of the goal"]);
        Add("truths", [.. all.SelectMany(made => Truths(made, report.Asked, info))],
            [.. report.Asked.Instructions.Select(instruction => instruction.Sentence)]);
        foreach ((string name, double[][] scores) in report.Scores.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            Add($"score.{name}", [.. scores.SelectMany(scored => scored.Select(score => (float)score))], [$"score of reward {name}"]);
        Add("timestamp", [.. Enumerable.Range(0, rows).Select(row => (float)(row % steps) / FramesPerSecond)], null);
        Add("frame_index", [.. Enumerable.Range(0, rows).Select(row => (long)(row % steps))], null);
        Add("episode_index", [.. Enumerable.Range(0, rows).Select(row => (long)(row / steps))], null);
        Add("index", [.. Enumerable.Range(0, rows).Select(row => (long)row)], null);
        Add("task_index", [.. Enumerable.Range(0, rows).Select(row => (long)all[row / steps].Instruction)], null);
        return [.. columns];

        void Add<T>(string name, T[] values, string[]? names)
        {
            int width = values.Length / rows;
            if (width == 0) return;
            columns.Add(new TableColumn(name, values, width > 1 ? width : 0)); // one value is no list there
            string type = typeof(T) == typeof(float) ? "float32" : typeof(T) == typeof(long) ? "int64" : "bool";
            features.Add(new Feature(name, type, Shape(columns[^1]), names));
        }
    }

    private static string[] Names(VectorSpec spec) => [.. Enumerable.Range(0, spec.Length).Select(spec.NameOf)];

    private static IEnumerable<float> Truths(AuditTrajectory made, AuditGoal goal, EnvironmentInfo info)
    {
        int width = info.State.Length;
        for (int t = 0; t < made.Steps; t++)
            foreach (Instruction instruction in goal.Instructions)
                yield return instruction.Truth(made.States.AsSpan(t * width, width));
    }

    private static TableColumn[] Episodes(AuditReport report, string video)
    {
        IReadOnlyList<AuditTrajectory> all = report.Trajectories;
        int steps = all[0].Steps;
        long[] Each(Func<int, long> of) => [.. Enumerable.Range(0, all.Count).Select(of)];
        string[] sentences = [.. all.Select(made => report.Asked.Instructions[made.Instruction].Sentence)];
        double seconds = (double)steps / FramesPerSecond;
        return
        [
            new("episode_index", Each(i => i)),
            new("tasks", sentences, 1),
            new("length", Each(_ => steps)),
            new("data/chunk_index", Each(_ => 0)),
            new("data/file_index", Each(_ => 0)),
            new("dataset_from_index", Each(i => (long)i * steps)),
            new("dataset_to_index", Each(i => (long)(i + 1) * steps)),
            new($"videos/{video}/chunk_index", Each(_ => 0)),
            new($"videos/{video}/file_index", Each(_ => 0)),
            new($"videos/{video}/from_timestamp", Enumerable.Range(0, all.Count).Select(i => i * seconds).ToArray()),
            new($"videos/{video}/to_timestamp", Enumerable.Range(0, all.Count).Select(i => (i + 1) * seconds).ToArray()),
            new("meta/episodes/chunk_index", Each(_ => 0)),
            new("meta/episodes/file_index", Each(_ => 0)),
            new("kind", all.Select(made => made.Kind.NameOf()).ToArray()),
            new("instruction", sentences),
            new("success", all.Select(made => made.Succeeds).ToArray()),
        ];
    }

    /// <summary>Sentences are the index of the table, which pandas finds by its own metadata.</summary>
    private static Task WriteTasksAsync(string path, AuditGoal goal, CancellationToken cancel)
    {
        string[] sentences = [.. goal.Instructions.Select(instruction => instruction.Sentence)];
        string pandas = JsonSerializer.Serialize(new
        {
            index_columns = TaskIndex,
            column_indexes = Array.Empty<string>(),
            columns = new[]
            {
                new { name = "task_index", field_name = "task_index", pandas_type = "int64", numpy_type = "int64" },
                new { name = "task", field_name = "task", pandas_type = "unicode", numpy_type = "object" },
            },
            creator = new { library = "EmbodiedRL", version = "1" },
            pandas_version = "2.0.0",
        });
        return ParquetTable.WriteAsync(path,
            [
                new TableColumn("task_index", Enumerable.Range(0, sentences.Length).Select(i => (long)i).ToArray()),
                new TableColumn("task", sentences),
            ],
            new Dictionary<string, string> { ["pandas"] = pandas }, cancel);
    }

    private static void WriteInfo(string folder, RewardAudit audit, AuditReport report, List<Feature> features, string video, int size)
    {
        int steps = report.Trajectories[0].Steps, episodes = report.Trajectories.Count;
        var described = new SortedDictionary<string, object>(StringComparer.Ordinal)
        {
            [video] = new Dictionary<string, object>
            {
                ["dtype"] = "video",
                ["shape"] = new[] { size, size, 3 },
                ["names"] = new[] { "height", "width", "channels" },
                ["info"] = new Dictionary<string, object>
                {
                    ["video.height"] = size,
                    ["video.width"] = size,
                    ["video.channels"] = 3,
                    ["video.codec"] = "h264",
                    ["video.pix_fmt"] = "yuv420p",
                    ["video.fps"] = FramesPerSecond,
                    ["is_depth_map"] = false,
                    ["has_audio"] = false,
                },
            },
        };
        foreach (Feature feature in features)
            described[feature.Name] = new Dictionary<string, object?>
            {
                ["dtype"] = feature.Type,
                ["shape"] = feature.Shape,
                ["names"] = feature.Names,
            };
        AtomicFile.WriteText(Path.Combine(folder, "meta", "info.json"), RunJson.Of(new Dictionary<string, object?>
        {
            ["codebase_version"] = Version,
            ["robot_type"] = audit.Info.Name,
            ["total_episodes"] = episodes,
            ["total_frames"] = episodes * steps,
            ["total_tasks"] = report.Asked.Instructions.Count,
            ["chunks_size"] = FilesOfChunk,
            ["data_files_size_in_mb"] = DataMegabytes,
            ["video_files_size_in_mb"] = VideoMegabytes,
            ["fps"] = FramesPerSecond,
            ["splits"] = new Dictionary<string, string> { ["train"] = $"0:{episodes}" },
            ["data_path"] = "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet",
            ["video_path"] = "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4",
            ["features"] = described,
        }));
    }

    /// <summary>Least, most, mean, deviation and count of every feature, place by place; of the video by channel, in [0, 1].</summary>
    private static void WriteStatistics(string folder, TableColumn[] frames, string video, double[] pixels)
    {
        var all = new SortedDictionary<string, object>(StringComparer.Ordinal);
        foreach (TableColumn column in frames)
        {
            int width = Math.Max(1, column.Width), rows = column.Values.Length / width;
            double[] least = new double[width], most = new double[width], mean = new double[width], deviation = new double[width];
            for (int place = 0; place < width; place++)
            {
                double[] values = [.. Enumerable.Range(0, rows)
                    .Select(row => Convert.ToDouble(column.Values.GetValue((row * width) + place), CultureInfo.InvariantCulture))
                    .Where(double.IsFinite)];
                if (values.Length == 0) continue;
                (least[place], most[place], mean[place]) = (values.Min(), values.Max(), values.Average());
                deviation[place] = Math.Sqrt(values.Average(value => (value - mean[place]) * (value - mean[place])));
            }

            all[column.Name] = new { min = least, max = most, mean, std = deviation, count = new[] { rows } };
        }

        double[][][] Channels(int first) => [.. Enumerable.Range(first, 3).Select(i => new[] { new[] { pixels[i] } })];
        all[video] = new { min = Channels(0), max = Channels(3), mean = Channels(6), std = Channels(9), count = new[] { (int)pixels[12] } };
        AtomicFile.WriteText(Path.Combine(folder, "meta", "stats.json"), RunJson.Of(all));
    }

    /// <summary>Writes one video of all episodes.</summary>
    /// <returns>Least, most, mean and deviation of each channel in [0, 1], three each, and the number of frames.</returns>
    private static double[] WriteVideo(string path, RewardAudit audit, int size, CancellationToken cancel)
    {
        var spec = FrameSpec.Square(size);
        double[] least = [1, 1, 1], most = new double[3], sum = new double[3], squares = new double[3];
        int frames = 0;
        using var writer = new VideoWriter(path, size, size, FramesPerSecond);
        for (int i = 0; i < audit.Trajectories.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            byte[] shown = audit.Frames.Of(i, spec);
            for (int at = 0; at < shown.Length; at++)
            {
                double value = shown[at] / 255.0;
                int channel = at % 3;
                (least[channel], most[channel]) = (Math.Min(least[channel], value), Math.Max(most[channel], value));
                (sum[channel], squares[channel]) = (sum[channel] + value, squares[channel] + (value * value));
            }

            for (int t = 0; t < audit.Trajectories[i].Steps; t++, frames++)
                writer.Write(shown.AsSpan(t * spec.FrameBytes, spec.FrameBytes));
        }

        writer.Finish();
        double pixels = (double)frames * size * size;
        double[] mean = Array.ConvertAll(sum, total => total / pixels);
        double[] deviation = [.. squares.Select((total, c) => Math.Sqrt(Math.Max(0, (total / pixels) - (mean[c] * mean[c]))))];
        return [.. least, .. most, .. mean, .. deviation, frames];
    }

    private static string ReadMe(AuditReport report) => $"""
        # Trajectories with exact truth: "{report.Goal}" in {report.Environment}

        {report.Trajectories.Count} episodes of {report.Trajectories[0].Steps} frames in LeRobot's layout {Version}, made to audit rewards.
        Kinds (`kind` in meta/episodes): {string.Join(", ", report.Kinds.Select(kind => $"{kind.Kind.NameOf()} {kind.Count}"))}.

        - `truth`: graded truth of the goal in each frame, in [0, 1], as the simulator knows it; `truths`: of every instruction, in the
          order of `task_index`.
        - `next.success`: whether the frame fulfills the goal; an episode's `success` is that of its last frame.
        - `score.*`: what each audited reward said of the frame.
        - Frames are not evenly spaced in time; {FramesPerSecond} a second is nominal. Where `action` is 0 throughout, states were set;
          a hand-built reward (`next.reward`) of distance covered is then approximate.
        """ + "\n";

    private sealed record Feature(string Name, string Type, int[] Shape, string[]? Names);
}
