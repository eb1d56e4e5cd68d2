using System.CommandLine;
using System.Text.Json.Serialization;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Models;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Models.Encoders.Pretrained;
using EmbodiedRL.Rendering.Images;
using EmbodiedRL.Rewards;
using EmbodiedRL.Rewards.Sources;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Demonstrations;
using EmbodiedRL.Training.Evaluation;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.App.Commands;

/// <summary><c>score</c>: how near pictures are to sentences, by the reward that would train on them.</summary>
/// <param name="runServices">Environments, for their baselines, and models.</param>
public sealed class ScoreCommand(RunServices runServices) : ICommand
{
    private const int BytesAtOnce = 1 << 26;
    private const string UsualEnvironment = "cartpole";

    private static readonly string[] Videos = [".mp4", ".mkv", ".mov", ".webm", ".avi"];

    /// <inheritdoc/>
    public Command Build(CommandServices services)
    {
        var arguments = new ScoreOptions();
        Option<bool> json = SharedOptions.Json();
        var command = new Command("score",
            "Score pictures and videos against sentences, by the reward that would train on them.\n\n"
            + "It is the goal-baseline reward, at most 1, unless --source names another: one row a picture, one column a sentence and "
            + "model. The model resizes pictures as it was made to. Of a video, a frame every --every seconds is taken. With --env each "
            + "score comes with its percentile over the environment's own states, and each sentence with the verdict of rewards check.\n\n"
            + "Example: ./embodied score states.png film.mp4 --goal \"a pole standing upright on a cart\" --goal \"a pole hanging down\" "
            + "--every 0.5\nExample: ./embodied score pole.png --goal \"a pole standing upright on a cart\" --env cartpole");
        arguments.AddTo(command);
        command.Add(json);
        command.SetAction(async (parsed, _) =>
        {
            ScoreRequest asked = arguments.Read(parsed);
            (EnvironmentInfo? info, string baseline) = SceneOf(asked);
            GoalRewardOptions options = OptionsOf(asked);
            Shown[] shown = [.. asked.Images.SelectMany((path, file) => Read(path, file, asked.Every))];
            float[][] scores = [.. shown.Select(_ => new float[asked.Models.Length * asked.Goals.Length])];
            string[] names = new string[asked.Models.Length];
            var verdicts = new List<SentenceVerdict>();
            for (int m = 0; m < names.Length; m++)
            {
                using IImageTextModel model = runServices.Model(asked.Models[m], TorchRuntime.ParseDevice(asked.Device),
                    Precisions.Parse(asked.Precision, "--precision"));
                names[m] = model.Name;
                Warn(model, asked.Goals, baseline, services.Error);
                var context = new RewardContext { Info = info, Goals = [asked.Goals[0]], Baselines = [baseline], Models = _ => model };
                Score(shown, asked, options with { Model = asked.Models[m] }, context, m * asked.Goals.Length, scores,
                    services.Cancel);
                if (asked.Environment is not null)
                    verdicts.AddRange(await SampledScores.JudgeAsync(runServices, asked, options with { Model = asked.Models[m] }, context,
                        services.Cancel));
            }

            if (asked.Parquet is { } file) await ProgressFile.WriteAsync(file, Progress(shown, scores), names[0], services.Cancel);
            Row[] rows = [.. shown.Select((one, i) =>
                new Row(one.File, one.Seconds, scores[i], SampledScores.Percentiles(verdicts, scores[i])))];
            if (parsed.GetValue(json))
                services.Output.Write(RunJson.Of(new
                {
                    Model = names[0],
                    Models = names,
                    baseline,
                    asked.Source,
                    (options as GoalBaselineOptions)?.Alpha,
                    asked.Goals,
                    Rows = rows,
                    Verdicts = verdicts.Count > 0 ? SampledScores.Answer(verdicts, names) : null,
                }));
            else
            {
                Write(services.Output, names, asked.Goals, rows);
                if (asked.Environment is { } environment) SampledScores.Write(services.Output, verdicts, names, environment);
                else services.Error.WriteLine(SampledScores.Hint);
            }

            return ExitCode.Done;
        });
        return command;
    }

    private GoalRewardOptions OptionsOf(ScoreRequest asked)
    {
        KnownNames.Require("reward source", asked.Source, runServices.Rewards.Sources.Names);
        return runServices.Rewards.Sources.Find(asked.Source).Defaults() switch
        {
            GoalBaselineOptions options when asked.Alpha is { } alpha => options with { Alpha = alpha },
            GoalRewardOptions options => options,
            _ => throw new SettingsException("score", [$"--source: expected a source that scores by a sentence, found '{asked.Source}'."]),
        };
    }

    /// <summary>The environment that is meant, if any, and what every picture shows.</summary>
    private (EnvironmentInfo? Info, string Baseline) SceneOf(ScoreRequest asked)
    {
        if (asked.Environment is { } named) KnownNames.Require("environment", named, runServices.Environments.Names);
        if (asked is { Baseline: { } alone, Environment: null }) return (null, alone);
        string name = asked.Environment ?? UsualEnvironment;
        if (!runServices.Environments.Contains(name))
            throw new SettingsException("score",
                ["--baseline: expected what every picture shows, found nothing. Say it, or name an environment by --env."]);
        using IVectorEnvironment environment = runServices.Environment(name, 1, 1);
        return (environment.Info, asked.Baseline ?? environment.Info.Baseline);
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

    /// <summary>Scores of one model, pictures of one size at a time.</summary>
    private void Score(Shown[] shown, ScoreRequest asked, GoalRewardOptions options, RewardContext context, int column,
        float[][] scores, CancellationToken cancel)
    {
        string[] goals = asked.Goals;
        foreach (IGrouping<(int Width, int Height), int> size in Enumerable.Range(0, shown.Length)
            .GroupBy(i => (shown[i].Picture.Width, shown[i].Picture.Height)))
        {
            GoalRewardOptions sized = options with { Width = size.Key.Width, Height = size.Key.Height };
            using IGoalReward reward = runServices.Rewards.BuildGoal(sized, context, asked.Source);
            string[] violations = [.. goals.Select(reward.Violation).OfType<string>().Distinct()];
            if (violations.Length > 0) throw new SettingsException("score", violations);
            FrameSpec spec = reward.Spec.Frames!.Value;
            foreach (int[] some in size.Chunk(Math.Max(1, BytesAtOnce / spec.FrameBytes)))
            {
                var batch = new FrameBatch(spec, some.Length);
                for (int i = 0; i < some.Length; i++) shown[some[i]].Picture.Rgb.CopyTo(batch.Pixels[(i * spec.FrameBytes)..]);
                float[] found = new float[goals.Length * some.Length];
                reward.ScoreGoals(batch, goals, found, cancel);
                for (int i = 0; i < some.Length; i++)
                    for (int goal = 0; goal < goals.Length; goal++) scores[some[i]][column + goal] = found[(goal * some.Length) + i];
            }
        }
    }

    private static IEnumerable<Shown> Read(string path, int file, double every) =>
        Videos.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase)
            ? VideoReader.Read(path, every).Select((picture, i) => new Shown(path, file, i, Math.Round(i * every, 3), picture))
            : [new Shown(path, file, 0, null, ImageFile.ReadRgb(path))];

    private static FrameProgress[] Progress(Shown[] shown, float[][] scores) =>
        [.. shown.Select((one, i) => new FrameProgress(one.Episode, one.Frame, Math.Clamp(scores[i][0], 0, 1)))];

    private static void Write(TextWriter output, string[] models, string[] goals, Row[] rows) => TextTable.Write(output, "",
    [
        ["picture", .. models.SelectMany(model => goals.Select(goal => models.Length > 1 ? $"{model}: \"{goal}\"" : $"\"{goal}\""))],
        .. rows.Select(row => (string[])[row.Name, .. row.Scores.Select((score, i) =>
            FormattableString.Invariant($"{score:0.000}") + (row.Percentiles is { } shares ? $" ({shares[i]:P0})" : ""))]),
    ]);

    private sealed record Shown(string File, int Episode, int Frame, double? Seconds, RgbImage Picture);

    private sealed record Row(string File, double? Seconds, float[] Scores,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double[]? Percentiles)
    {
        [JsonIgnore]
        public string Name => Seconds is { } seconds ? FormattableString.Invariant($"{File} at {seconds} s") : File;
    }
}
