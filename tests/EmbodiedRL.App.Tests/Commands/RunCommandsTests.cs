using System.CommandLine;
using System.Text.Json;
using EmbodiedRL.App.Commands;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.App.Tests.Commands;

/// <summary>The commands that make and judge runs, on the smallest environment there is, with its hand-built reward.</summary>
[Collection(Serial.Name)]
public sealed class RunCommandsTests : IDisposable
{
    private static readonly RunServices Services = new()
    {
        Environments = TestParts.Environments(("fast", count => new FastEnv(count))),
        Models = TestParts.Models(name => throw new AssetMissingException($"The model '{name}'", "nowhere", "Train it.")),
    };

    private const string Settings = """
        {
          "env": { "name": "fast", "count": 8 },
          "reward": { "terms": [ { "name": "task", "source": "task" } ] },
          "agent": { "steps": 1280, "horizon": 16, "minibatch": 32, "hiddenSizes": [16] },
          "evaluate": { "task": "centered", "episodes": 20 }
        }
        """;

    private readonly TemporaryFolder _folder = new();

    public RunCommandsTests() => File.WriteAllText(_folder["fast.json"], Settings);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Train_writes_what_a_run_folder_promises_and_answers_on_stdout()
    {
        string run = _folder["run"];
        (int code, string output, string error) = await Run("train", "--settings", _folder["fast.json"], "--seed", "7",
            "--evaluate:every", "512", "--out", run);
        Assert.Equal((ExitCode.Done, true), (code, output.Contains("Success 0.", StringComparison.Ordinal)));
        Assert.Contains("Goal: \"a point at rest in the middle\"", error, StringComparison.Ordinal);
        foreach (string file in new[] { "settings.json", "metrics.jsonl", "summary.json", "report.html", "events.out.tfevents.embodied",
            "checkpoints/update-000010/weights.safetensors" })
            Assert.True(File.Exists(Path.Combine(run, file)), $"{file} is missing.");
        using JsonDocument summary = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "summary.json")));
        JsonElement root = summary.RootElement;
        double success = root.GetProperty("success").GetDouble();
        Assert.Equal(success, root.GetProperty("measures").GetProperty("centered").GetDouble());
        Assert.InRange(success, root.GetProperty("successInterval")[0].GetDouble(), root.GetProperty("successInterval")[1].GetDouble());
        Assert.Equal(root.GetProperty("successBefore").GetDouble(), root.GetProperty("measuresBefore").GetProperty("centered").GetDouble());
        Assert.Equal((1280, 7), (root.GetProperty("steps").GetInt64(), root.GetProperty("seed").GetInt32()));
        JsonElement earned = root.GetProperty("returns").GetProperty("return"), own = root.GetProperty("taskStart");
        Assert.Equal(20, earned.GetProperty("episodes").GetInt32());
        Assert.InRange(earned.GetProperty("mean").GetDouble(), earned.GetProperty("low").GetDouble(),
            earned.GetProperty("high").GetDouble());
        foreach (string name in new[] { "returnBefore", "seen", "seenBefore", "length", "lengthBefore" })
            Assert.True(root.GetProperty("returns").GetProperty(name).GetProperty("std").GetDouble() >= 0, name);
        Assert.Equal(10, root.GetProperty("returns").GetProperty("seen").GetProperty("episodes").GetInt32());
        Assert.InRange(own.GetProperty("success").GetDouble(), own.GetProperty("successInterval")[0].GetDouble(),
            own.GetProperty("successInterval")[1].GetDouble());
        Assert.True(own.GetProperty("returns").GetProperty("return").GetProperty("mean").GetDouble() < FastEnv.EpisodeSteps);
        Assert.Contains("\n  return: ", output, StringComparison.Ordinal);
        Assert.Contains("\n  reward seen: ", output, StringComparison.Ordinal);
        Assert.Contains("From the task's own start: success ", output, StringComparison.Ordinal);
        Assert.Contains("  return ", error, StringComparison.Ordinal); // the progress line
        string[] lines = File.ReadAllLines(Path.Combine(run, "metrics.jsonl"));
        foreach (string name in new[] { "rollout/ep_rew_mean", "rollout/ep_len_mean", "rollout/return/std", "rollout/seen/mean",
            "evaluation/whole-range/return/high", "evaluation/task-start/success" })
            Assert.Contains($"\"{name}\":", lines[^1], StringComparison.Ordinal);
        Assert.Contains("evaluation/whole-range/seen/mean", lines[0], StringComparison.Ordinal); // before training
        // in between only progress is evaluated
        Assert.Contains(lines[1..^1], line => line.Contains("\"evaluate/success\":", StringComparison.Ordinal));
        Assert.All(lines[1..^1], line => Assert.DoesNotMatch("evaluation/(task-start|whole-range/seen)/", line));
        Assert.Contains("rollout/ep_rew_mean",
            File.ReadAllText(Path.Combine(run, "events.out.tfevents.embodied"), System.Text.Encoding.Latin1), StringComparison.Ordinal);
        string page = File.ReadAllText(Path.Combine(run, "report.html"));
        Assert.Contains("From the task's own start instead", System.Net.WebUtility.HtmlDecode(page), StringComparison.Ordinal);
        Assert.Contains("hand-built return", page, StringComparison.Ordinal);
        Assert.True(root.GetProperty("seconds").GetProperty("learn").GetDouble() > 0);
        Assert.True(root.GetProperty("versions").TryGetProperty("libtorch", out _));
    }

    [Fact]
    public async Task A_warning_is_said_once()
    {
        (int code, string output, string error) =
            await Run("train", "--settings", _folder["fast.json"], "--steps", "256", "--evaluate:task", "", "--out", _folder["run"]);
        Assert.True(code == ExitCode.Done, error);
        Assert.Equal(2, (error + output).Split("No success measure of 'fast' fits this goal").Length);
        (_, output, error) = await Run("evaluate", _folder["run"], "--out", _folder["again"]);
        Assert.Equal(2, (error + output).Split("No success measure of 'fast' fits this goal").Length);
    }

    [Fact]
    public async Task Neither_episodes_from_the_tasks_start_nor_scores_are_had_where_nobody_wants_them()
    {
        await Run("train", "--settings", _folder["fast.json"], "--steps", "256", "--out", _folder["run"], "--evaluate:taskStart",
            "false", "--evaluate:scored", "0");
        RunSummary summary = RunSummary.Read(_folder["run/summary.json"]);
        Assert.Null(summary.TaskStart);
        Assert.Null(summary.Returns!.Seen);
        Assert.Equal(20, summary.Returns.Return!.Episodes);
    }

    [Fact]
    public async Task The_settings_of_a_run_repeat_it()
    {
        await Run("train", "--settings", _folder["fast.json"], "--out", _folder["one"], "--agent:learningRate", "1e-3", "--env:seed=5");
        (int code, _, string error) = await Run("train", "--settings", _folder["one/settings.json"], "--out", _folder["two"]);
        Assert.True(code == ExitCode.Done, error);
        Assert.Contains("\"learningRate\": 0.001", File.ReadAllText(_folder["two/settings.json"]), StringComparison.Ordinal);
        Assert.Contains("\"seed\": 5", File.ReadAllText(_folder["two/settings.json"]), StringComparison.Ordinal);
        Assert.Equal(RunFiles.Metrics(_folder["one"]), RunFiles.Metrics(_folder["two"]));
    }

    [Fact]
    public async Task Ctrl_C_puts_the_run_away_and_resume_goes_on_as_if_nothing_had_happened()
    {
        await Run("train", "--settings", _folder["fast.json"], "--out", _folder["whole"]);
        using var interruption = new CancellationTokenSource();
        using var stop = new StopAtWord(interruption, "Goal:"); // as soon as it has begun
        (int code, _, string error) = await Run(stop, interruption, "train", "--settings", _folder["fast.json"], "--out", _folder["parts"]);
        Assert.Equal(ExitCode.Interrupted, code);
        Assert.Contains($"./embodied resume {_folder["parts"]}", error, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["parts/summary.json"]));

        (code, string output, error) = await Run("resume", _folder["parts"], "--json");
        Assert.True(code == ExitCode.Done, error);
        Assert.Equal(RunFiles.Metrics(_folder["whole"]), RunFiles.Metrics(_folder["parts"]));
        using JsonDocument answer = JsonDocument.Parse(output);
        Assert.Equal(1280, answer.RootElement.GetProperty("steps").GetInt64());
    }

    [Fact]
    public async Task Evaluate_finds_what_the_run_found_and_leaves_it_alone()
    {
        await Run("train", "--settings", _folder["fast.json"], "--out", _folder["run"]);
        string[] before = Directory.GetFileSystemEntries(_folder["run"], "*", SearchOption.AllDirectories);
        (int code, string output, string error) = await Run("evaluate", _folder["run"], "--out", _folder["again"], "--json");
        Assert.True(code == ExitCode.Done, error);
        using JsonDocument answer = JsonDocument.Parse(output);
        Assert.Equal(RunSummary.Read(_folder["run/summary.json"]).Success, answer.RootElement.GetProperty("success").GetDouble());
        Assert.True(File.Exists(_folder["again/report.html"]));
        Assert.Equal(before, Directory.GetFileSystemEntries(_folder["run"], "*", SearchOption.AllDirectories));
        (code, output, _) = await Run("evaluate", _folder["run"], "--out", _folder["more"], "--json", "--episodes", "30", "--seed", "9");
        using JsonDocument more = JsonDocument.Parse(output);
        Assert.Equal((ExitCode.Done, 30), (code, more.RootElement.GetProperty("episodes").GetInt32()));
    }

    [Fact]
    public async Task Demo_trains_several_seeds_and_lists_them()
    {
        (int code, string output, string error) =
            await Run("demo", "--settings", _folder["fast.json"], "--seeds", "2", "--steps", "256", "--out", _folder["seeds"]);
        Assert.True(code == ExitCode.Done, error);
        Assert.Equal(2, output.Split('\n').Count(line => line.StartsWith("Seed ", StringComparison.Ordinal)));
        using JsonDocument list = JsonDocument.Parse(File.ReadAllText(_folder["seeds/seeds.json"]));
        Assert.Equal([1, 2], list.RootElement.EnumerateArray().Select(line => line.GetProperty("seed").GetInt32()));
        Assert.Equal(256, RunSummary.Read(_folder["seeds/seed-2/summary.json"]).Steps);
    }

    [Theory]
    [InlineData("'fast'", "train", "--env", "fsat")]
    [InlineData("agent:learningrat", "train", "--settings", "FAST", "--agent:learningrat", "1")]
    [InlineData("KEY=VALUE", "train", "--set", "nothing")]
    [InlineData("--baseline", "train", "--baselin", "x")]
    [InlineData("is no run", "resume", "FOLDER")]
    [InlineData("is no run", "evaluate", "FOLDER")]
    [InlineData("The model 'scene-clip'", "demo", "--env", "fast", "--reward", "vlm")]
    [InlineData("'vlm'", "train", "--settings", "FAST", "--reward", "vml")]
    [InlineData("found nothing", "train", "--settings", "FAST", "--reward", ",")]
    [InlineData("nowhere.reward.cs", "train", "--settings", "FAST", "--reward", "nowhere.reward.cs")]
    [InlineData("nowhere.json", "train", "--settings", "FAST", "--reward", "nowhere.json")]
    [InlineData("a list of terms", "train", "--settings", "FAST", "--reward", "EMPTY")]
    [InlineData("1 to 1000", "demo", "--settings", "FAST", "--seeds", "0")]
    [InlineData("'centered'", "train", "--settings", "FAST", "--evaluate:task", "centred")]
    [InlineData("camera", "train", "--settings", "FAST", "--env:render:camera", "side")]
    [InlineData("is not empty", "train", "--settings", "FAST", "--out", "FOLDER")]
    [InlineData("settings file", "train", "--settings", "nowhere.json")]
    public async Task Bad_input_is_one_clear_line_and_code_2(string says, params string[] arguments)
    {
        string[] words = [.. arguments.Select(word => word switch { "FAST" => _folder["fast.json"],
            "EMPTY" => Empty(),
            "FOLDER" => _folder.Path,
            _ => word })];
        (int code, string output, string error) = await Run(words);
        Assert.Equal((ExitCode.BadInput, ""), (code, output));
        string line = Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(says == "is no run" ? "A run in" : says, line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("task", "task:task")]
    [InlineData("second,first", "second:task,first:program")]
    [InlineData("push.reward.cs", "push:program")]
    [InlineData("task,push.reward.cs", "task:task,push:program")]
    [InlineData("block.json", "block:program")]
    [InlineData("two.json", "first:program,second:task")] // settings: their reward section
    public async Task The_reward_is_said_by_one_option(string reward, string terms)
    {
        File.WriteAllText(_folder["push.reward.cs"], "-point_position * point_position");
        File.WriteAllText(_folder["block.json"], """{ "terms": [ { "name": "block", "source": "program", "file": "push.reward.cs" } ] }""");
        File.WriteAllText(_folder["two.json"], Settings.Replace("""{ "name": "task", "source": "task" }""",
            """{ "name": "first", "source": "program", "file": "push.reward.cs" }, { "name": "second", "source": "task", "weight": 2 }""",
            StringComparison.Ordinal));
        string asked =
            string.Join(',', reward.Split(',').Select(word => word.Contains('.', StringComparison.Ordinal) ? _folder[word] : word));
        (int code, _, string error) =
            await Run("train", "--settings", _folder["two.json"], "--steps", "128", "--reward", asked, "--out", _folder["run"]);
        Assert.True(code == ExitCode.Done, error);
        using JsonDocument settings = JsonDocument.Parse(File.ReadAllText(_folder["run/settings.json"]));
        JsonElement.ArrayEnumerator found = settings.RootElement.GetProperty("reward").GetProperty("terms").EnumerateArray();
        Assert.Equal(terms, string.Join(',', found.Select(term => $"{term.GetProperty("name")}:{term.GetProperty("source")}")));
        Assert.All(found.Where(term => term.GetProperty("name").GetString() == "second"),
            term => Assert.Equal(2, term.GetProperty("weight").GetInt32()));
    }

    /// <summary>The shipped model's card names what it was trained on, and this environment is not among it.</summary>
    [Fact]
    public async Task An_environment_that_the_model_never_saw_is_rewarded_by_hand_and_that_is_said()
    {
        (int code, _,
            string error) = await Run("train", "--env", "fast", "--steps", "128", "--env:count", "8", "--agent:horizon", "16",
                "--evaluate:episodes", "4", "--out", _folder["run"]);
        Assert.True(code == ExitCode.Done, error);
        Assert.Contains("Reward: task (the environment's hand-built reward). scene-clip has never seen 'fast'; --reward vlm asks it all "
            + "the same.",
            error, StringComparison.Ordinal);
        using JsonDocument settings = JsonDocument.Parse(File.ReadAllText(_folder["run/settings.json"]));
        Assert.Equal("task", settings.RootElement.GetProperty("reward").GetProperty("terms")[0].GetProperty("source").GetString());
    }

    /// <summary>Nothing is left behind by a run that could not begin, so that the next attempt may use the folder.</summary>
    [Fact]
    public async Task A_run_that_cannot_begin_leaves_no_folder()
    {
        Assert.Equal(ExitCode.BadInput, (await Run("demo", "--env", "fast", "--reward", "vlm", "--out", _folder["run"])).Code);
        Assert.False(Directory.Exists(_folder["run"]));
    }

    private string Empty()
    {
        File.WriteAllText(_folder["empty.json"], "{}");
        return _folder["empty.json"];
    }

    private static async Task<(int Code, string Output, string Error)> Run(params string[] arguments)
    {
        using var error = new StringWriter();
        using var interruption = new CancellationTokenSource();
        return await Run(error, interruption, arguments);
    }

    private static async Task<(int Code, string Output, string Error)> Run(StringWriter error,
        CancellationTokenSource interruption, params string[] arguments)
    {
        using var output = new StringWriter();
        ICommand[] commands = [
            new DemoCommand(Services), new TrainCommand(Services), new ResumeCommand(Services), new EvaluateCommand(Services)
        ];
        int code = await CommandLine.RunAsync(arguments, new CommandServices(output, error, TimeProvider.System, interruption), commands);
        return (code, output.ToString(), error.ToString());
    }

    /// <summary>Presses Ctrl-C when it reads a word.</summary>
    private sealed class StopAtWord(CancellationTokenSource interruption, string word) : StringWriter
    {
        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (value?.Contains(word, StringComparison.Ordinal) == true) interruption.Cancel();
        }
    }
}
