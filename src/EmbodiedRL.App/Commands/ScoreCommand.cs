using System.CommandLine;
using System.Globalization;
using System.Text.Json.Serialization;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Models;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Rendering.Images;
using EmbodiedRL.Rewards;
using EmbodiedRL.Rewards.Sources;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.App.Commands;

/// <summary><c>score</c>: how near pictures are to sentences, by the reward that would train on them.</summary>
/// <param name="runServices">Environments, for their baselines, and models.</param>
public sealed class ScoreCommand(RunServices runServices) : ICommand
{
    private const int FramesAtOnce = 256;
    private const string UsualEnvironment = "cartpole";

    private static readonly string[] Videos = [".mp4", ".mkv", ".mov", ".webm", ".avi"];

    /// <inheritdoc/>
    public Command Build(CommandServices services)
    {
        var arguments = new ScoreOptions();
        Option<bool> json = SharedOptions.Json();
        var command = new Command("score",
            "Score pictures and videos against sentences, by the reward that would train on them.\n\n"
            + "It is the goal-baseline reward, at most 1: one row a picture, one column a sentence. The middle square of a picture is cut "
            + "out and resized to what the model reads; of a video, a frame every --every seconds is taken.\n\n"
            + "Example: ./embodied score states.png film.mp4 --goal \"a pole standing upright on a cart\" --goal \"a pole hanging down\" "
            + "--every 0.5");
        arguments.AddTo(command);
        command.Add(json);
        command.SetAction(parsed =>
        {
            ScoreRequest asked = arguments.Read(parsed);
            string baseline = BaselineOf(asked);
            using IImageTextModel model = runServices.Model(asked.Model, TorchRuntime.ParseDevice(asked.Device));
            Warn(model, asked.Goals, baseline, services.Error);
            var options = new GoalBaselineOptions { Model = asked.Model };
            if (asked.Alpha is { } alpha) options = options with { Alpha = alpha };
            using IGoalReward reward = runServices.Rewards.BuildGoal(options,
                new RewardContext { Goals = [asked.Goals[0]], Baselines = [baseline], Models = _ => model });
            Row[] rows = Score(reward, asked, services.Cancel);
            if (parsed.GetValue(json))
                services.Output.Write(RunJson.Of(new { Model = model.Name, baseline, options.Alpha, asked.Goals, Rows = rows }));
            else Write(services.Output, asked.Goals, rows);
            return ExitCode.Done;
        });
        return command;
    }

    private string BaselineOf(ScoreRequest asked)
    {
        if (asked.Environment is { } named) KnownNames.Require("environment", named, runServices.Environments.Names);
        if (asked.Baseline is { } said) return said;
        string name = asked.Environment ?? UsualEnvironment;
        if (!runServices.Environments.Contains(name))
            throw new SettingsException("score",
                ["--baseline: expected what every picture shows, found nothing. Say it, or name an environment by --env."]);
        using IVectorEnvironment environment = runServices.Environment(name, 1, 1);
        return environment.Info.Baseline;
    }

    private static void Warn(IImageTextModel model, string[] goals, string baseline, TextWriter error)
    {
        foreach (string sentence in goals.Append(baseline))
        {
            IReadOnlyList<string> unknown = model.UnknownWords(sentence);
            if (unknown.Count > 0)
                error.WriteLine($"Warning: \"{sentence}\" has words that {model.Name} has never seen: "
                    + $"{string.Join(", ", unknown.Select(word => $"'{word}'"))}. Do not trust its scores.");
        }
    }

    private static Row[] Score(IGoalReward reward, ScoreRequest asked, CancellationToken cancel)
    {
        string[] violations = [.. asked.Goals.Select(reward.Violation).OfType<string>().Distinct()];
        if (violations.Length > 0) throw new SettingsException("score", violations);
        FrameSpec spec = reward.Spec.Frames!.Value;
        var rows = new List<Row>();
        foreach (Shown[] shown in asked.Images.SelectMany(path => Read(path, asked.Every, spec.Width)).Chunk(FramesAtOnce))
        {
            var batch = new FrameBatch(spec, shown.Length);
            for (int i = 0; i < shown.Length; i++) shown[i].Pixels.CopyTo(batch.Pixels[(i * spec.FrameBytes)..]);
            float[] scores = new float[asked.Goals.Length * shown.Length];
            reward.ScoreGoals(batch, asked.Goals, scores, cancel);
            rows.AddRange(shown.Select((one, i) =>
                new Row(one.File, one.Seconds, [.. asked.Goals.Select((_, goal) => scores[(goal * shown.Length) + i])])));
        }

        return [.. rows];
    }

    private static IEnumerable<Shown> Read(string path, double every, int size) =>
        Videos.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase)
            ? VideoReader.Read(path, every)
                .Select((picture, i) => new Shown(path, Math.Round(i * every, 3), ImageFile.ResizeSquare(picture, size)))
            : [new Shown(path, null, ImageFile.ResizeSquare(ImageFile.ReadRgb(path), size))];

    private static void Write(TextWriter output, string[] goals, Row[] rows) => TextTable.Write(output, "",
    [
        ["picture", .. goals.Select(goal => $"\"{goal}\"")],
        .. rows.Select(row => (string[])[row.Name, .. row.Scores.Select(score => score.ToString("0.000", CultureInfo.InvariantCulture))]),
    ]);

    private sealed record Shown(string File, double? Seconds, byte[] Pixels);

    private sealed record Row(string File, double? Seconds, float[] Scores)
    {
        [JsonIgnore]
        public string Name => Seconds is { } seconds ? FormattableString.Invariant($"{File} at {seconds} s") : File;
    }
}
