using System.CommandLine;
using System.Globalization;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Models;
using EmbodiedRL.Rewards.Learned;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.App.Commands;

/// <summary><c>rewards train</c>: trains a learned reward on recorded episodes or answers of a person.</summary>
/// <param name="runServices">Environments, models and rewards.</param>
internal sealed class RewardTrainCommand(RunServices runServices)
{
    private readonly Argument<string> _kind = new("kind")
    {
        Description = "The source: goal-answer, preference, progress, stepwise-perceptual or success-classifier."
    };
    private readonly Option<string?> _environment = new("--env") { Description = "Where the episodes were recorded." };
    private readonly Option<string?> _settings = new("--settings") { Description = "The settings file whose environment it was instead." };
    private readonly Option<string[]> _data = new("--data")
    {
        Description = "Parquet files of ./embodied record; several may follow.",
        AllowMultipleArgumentsPerToken = true
    };
    private readonly Option<string?> _labels = new("--labels") { Description = "A file of ./embodied rewards label, for preference." };
    private readonly Option<string[]> _pairs = new("--set")
    {
        Description = "An option of the source, KEY=VALUE; see ./embodied rewards describe KIND."
    };
    private readonly Option<string?> _goal = new("--goal") { Description = "A sentence for a teacher that scores by one." };
    private readonly Option<string?> _baseline = new("--baseline") { Description = "What every picture shows, for such a teacher." };
    private readonly Option<string?> _camera = new("--camera")
    {
        Description = "For stepwise-perceptual: what the pictures are drawn through. Default: the settings', else the task's own."
    };
    private readonly Option<int?> _episodes = new("--episodes")
    {
        Description = $"For stepwise-perceptual: how many episodes that succeed are shown at most. Default: {PictureRequest.UsualEpisodes}."
    };
    private readonly Option<int?> _frames = new("--frames")
    {
        Description = $"For stepwise-perceptual: pictures of an episode at most. Default: {PictureRequest.UsualFrames}."
    };
    private readonly Option<int> _states = new("--states")
    {
        Description = "For goal-answer: states to draw, half to fit to and half to measure on, 1024 to 1000000.",
        DefaultValueFactory = _ => 4096
    };
    private readonly Option<ulong> _seed = new("--seed")
    {
        Description = "For goal-answer: of the states.",
        DefaultValueFactory = _ => 1
    };
    private readonly Option<string> _out = new("--out") { Description = "A new or empty folder.", Required = true };
    private readonly Option<string> _device = new("--device")
    {
        Description = "Of an image-text model: auto, cpu or cuda:N.",
        DefaultValueFactory = _ => "auto"
    };
    private readonly Option<bool> _json = SharedOptions.Json();

    public Command Build(CommandServices services)
    {
        var command = new Command("train",
            "Train a learned reward on recorded episodes, judged by a teacher, or on the answers of a person. Settings name the result by "
                + $"the option file: DIR/{LearnedRecord.WeightsFile}; for stepwise-perceptual, which is shown pictures of episodes that "
                + $"succeed, DIR/{LearnedRewardTraining.FileOf("stepwise-perceptual")}. For goal-answer, whose answers are "
                + "calibrated on states that the environment draws, by the option calibration: "
                + $"DIR/{LearnedRewardTraining.FileOf("goal-answer")}.\n\n"
                + "Example: ./embodied rewards train progress --env cartpole --data swing-ups.parquet --out progress\n"
                + "Example: ./embodied rewards train stepwise-perceptual --env cartpole --data swing-ups.parquet --out steps\n"
                + "Example: ./embodied rewards train goal-answer --env cartpole --out answers\n"
                + "Example: ./embodied rewards train preference --env cartpole --labels labels.jsonl --out liked")
        {
            _kind, _environment, _settings, _data, _labels, _pairs, _goal, _baseline, _camera, _episodes, _frames, _states, _seed, _out,
            _device, _json,
        };
        command.SetAction(async (parsed, _) =>
        {
            string folder = parsed.GetRequiredValue(_out);
            if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
                throw new SettingsException("--out", [$"expected a new or empty folder, found '{folder}', which holds something."]);
            int states = parsed.GetValue(_states);
            if (states is < 1024 or > 1_000_000)
                throw new SettingsException("rewards train", [$"--states: expected 1024 to 1000000, found {states}."]);
            StagedEnvironment staged =
                StagedEnvironment.Of(parsed.GetValue(_environment), parsed.GetValue(_settings), runServices, "rewards train");
            EnvironmentInfo info;
            using (IVectorEnvironment environment = staged.Factory.Create(1, 1, EnvironmentUse.Evaluation)) info = environment.Info;
            var training = new LearnedRewardTraining(runServices, info, TorchRuntime.ParseDevice(parsed.GetRequiredValue(_device)))
            {
                Goal = parsed.GetValue(_goal) ?? staged.Settings?.Goal.Prompt ?? "",
                Baseline = parsed.GetValue(_baseline) ?? staged.Settings?.Goal.Baseline ?? "",
                Camera = staged.Camera,
                Pictures = Pictures(parsed),
                Environments = count => staged.Factory.Create(count, 0, EnvironmentUse.Training),
                States = (states, parsed.GetValue(_seed)),
            };
            List<KeyValuePair<string, string>> options = SettingPairs.Split(parsed.GetValue(_pairs) ?? []);
            if (parsed.GetValue(_labels) is { } labels) options.Add(new("labels", labels));
            LearnedRecord record = await training.TrainAsync(parsed.GetRequiredValue(_kind), options, parsed.GetValue(_data) ?? [],
                folder, services.Cancel);
            if (parsed.GetValue(_json)) services.Output.Write(RunJson.Of(record));
            else Write(services.Output, folder, record);
            return ExitCode.Done;
        });
        return command;
    }

    private PictureRequest? Pictures(ParseResult parsed)
    {
        (string? camera, int? episodes, int? frames) = (parsed.GetValue(_camera), parsed.GetValue(_episodes), parsed.GetValue(_frames));
        var violations = new List<string>();
        if (episodes is not (null or (>= 1 and <= 1000))) violations.Add($"--episodes: expected 1 to 1000, found {episodes}.");
        if (frames is not (null or (>= 1 and <= 10_000))) violations.Add($"--frames: expected 1 to 10000, found {frames}.");
        if (violations.Count > 0) throw new SettingsException("rewards train", violations);
        return camera is null && episodes is null && frames is null ? null : new PictureRequest(camera, episodes, frames);
    }

    private static void Write(TextWriter output, string folder, LearnedRecord record)
    {
        string file = Path.Combine(folder, LearnedRewardTraining.FileOf(record.Kind));
        output.WriteLine($"{file}: {record.Kind} of {record.Environment}, taught by {record.Teacher}.");
        foreach ((string name, double value) in record.Figures)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {name}: {value:0.####}"));
    }
}
