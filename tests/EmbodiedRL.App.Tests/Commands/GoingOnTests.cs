using System.Text.Json;
using EmbodiedRL.App.Commands;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Simulation.Tasks;
using EmbodiedRL.Training.Checkpoints;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.App.Tests.Commands;

/// <summary>Runs that go on: after damage, after changes, beyond what was planned, from another's weights, over several seeds.</summary>
[Collection(Serial.Name)]
public sealed class GoingOnTests : IDisposable
{
    private const string Settings = """
        {
          "env": { "name": "fast", "count": 8 },
          "reward": { "terms": [
            { "name": "task", "source": "task", "transforms": [ "standardize" ] },
            { "name": "mine", "source": "program", "file": "mine.reward.cs" } ] },
          "agent": { "steps": 1280, "horizon": 16, "minibatch": 32, "hiddenSizes": [16], "anneal": false },
          "evaluate": { "task": "centered", "episodes": 20 }
        }
        """;

    private const string Slider = """
        <mujoco model="slider">
          <asset><mesh name="gem" file="gem.obj"/></asset>
          <worldbody>
            <body name="sled">
              <joint name="rail" type="slide" axis="1 0 0" damping="1"/>
              <geom name="sled" type="mesh" mesh="gem" mass="1"/>
            </body>
          </worldbody>
          <actuator><motor name="push" joint="rail" ctrlrange="-5 5" ctrllimited="true"/></actuator>
        </mujoco>
        """;

    private const string SliderSettings = """
        {
          "env": {
            "count": 8,
            "mjcf": {
              "file": "slider.xml", "frameSkip": 5, "episodeSteps": 40, "reset": { "positions": 1 },
              "reward": "1 - rail_position * rail_position",
              "measures": [ { "name": "centered", "condition": "Math.Abs(rail_position) < 0.2", "window": 10 } ]
            },
            "wrappers": [ "normalize-observation", "normalize-reward" ]
          },
          "reward": { "terms": [ { "name": "task", "source": "task" } ] },
          "agent": { "steps": 640, "horizon": 16, "minibatch": 32, "hiddenSizes": [16] },
          "evaluate": { "task": "centered", "episodes": 8 }
        }
        """;

    private readonly TemporaryFolder _folder = new();
    private readonly RunServices _runServices;

    public GoingOnTests()
    {
        _runServices = new RunServices
        {
            Environments = TestParts.Environments(("fast", count => new FastEnv(count))),
            Models = TestParts.Models(name => throw new AssetMissingException($"The model '{name}'", "nowhere", "Train it.")),
            Weights = _folder["weights"],
        };
        File.WriteAllText(_folder["fast.json"], Settings);
        File.WriteAllText(_folder["mine.reward.cs"], "-0.1 * point_position * point_position");
        File.WriteAllText(_folder["slider.json"], SliderSettings);
        File.WriteAllText(_folder["slider.xml"], Slider);
        File.WriteAllText(_folder["gem.obj"], "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_run_stopped_before_its_first_checkpoint_is_begun_anew_by_resume()
    {
        await Done("train", "--settings", _folder["fast.json"], "--out", _folder["run"]);
        string[] metrics = RunFiles.Metrics(_folder["run"]);
        Directory.Delete(_folder["run/checkpoints"], recursive: true);
        File.Delete(_folder["run/summary.json"]);
        (int code, _, string error) = await Run("train", "--settings", _folder["fast.json"], "--out", _folder["run"]);
        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains($"./embodied resume {_folder["run"]}", error, StringComparison.Ordinal);
        Assert.Contains($"./embodied resume {_folder["run"]}", (await Run("evaluate", _folder["run"])).Error, StringComparison.Ordinal);

        Assert.Contains("begins anew", (await Done("resume", _folder["run"])).Error, StringComparison.Ordinal);
        Assert.Equal(metrics, RunFiles.Metrics(_folder["run"]));
    }

    [Fact]
    public async Task Metrics_that_are_gone_are_told_and_their_first_line_is_rebuilt()
    {
        await Done("train", "--settings", _folder["fast.json"], "--out", _folder["run"]);
        string[] metrics = RunFiles.Metrics(_folder["run"]);
        File.Delete(_folder["run/metrics.jsonl"]);
        string error = (await Done("resume", _folder["run"])).Error;
        Assert.Contains("updates 0 to 10 were gone", error, StringComparison.Ordinal);
        Assert.Equal([metrics[0]], RunFiles.Metrics(_folder["run"]));

        File.WriteAllText(_folder["run/metrics.jsonl"], string.Join('\n', metrics)[..^30]);
        error = (await Done("resume", _folder["run"])).Error;
        Assert.Contains("1 line cut off or damaged", error, StringComparison.Ordinal);
        Assert.Contains("update 10 was gone", error, StringComparison.Ordinal);
        Assert.Equal(metrics[..^1], RunFiles.Metrics(_folder["run"]));
    }

    [Theory]
    [InlineData("fast.json", "mine.reward.cs", "-0.2 * point_position")]
    [InlineData("slider.json", "model/slider.xml", "<mujoco/>")]
    [InlineData("slider.json", "model/gem.obj", "v 0 0 0\nv 2 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n")]
    public async Task Changed_inputs_are_refused_by_name_unless_they_are_meant(string settings, string input, string other)
    {
        await Done("train", "--settings", _folder[settings], "--out", _folder["run"]);
        string path = _folder[$"run/{input}"], old = File.ReadAllText(path);
        File.WriteAllText(path, other);
        (int code, string output, string error) = await Run("resume", _folder["run"]);
        Assert.Equal((ExitCode.BadInput, ""), (code, output));
        Assert.Contains($"has changed since it began: {input}.",
            Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        File.WriteAllText(path, old);
        await Done("resume", _folder["run"]);

        if (input.EndsWith(".xml", StringComparison.Ordinal)) return; // this one cannot be trained in
        File.WriteAllText(path, other);
        await Done("resume", _folder["run"], "--accept-changes");
        Assert.Contains(RunSummary.Read(_folder["run/summary.json"]).Warnings,
            warning => warning.Contains(input, StringComparison.Ordinal));
        await Done("resume", _folder["run"]); // accepted once
    }

    /// <summary>Weights are not the run's own, so they change under it: when a model is trained anew.</summary>
    [Fact]
    public void Weights_and_scenes_are_inputs_too()
    {
        using RunFolder folder = RunFolder.Create(_folder["run"]);
        Directory.CreateDirectory(_folder["weights/color"]);
        foreach (string file in new[] { "model.safetensors", "README.md" }) File.WriteAllText(_folder[$"weights/color/{file}"], "old");
        RunServices runServices = _runServices with
        {
            Parts = new Dictionary<string, EnvironmentParts>
            {
                ["cartpole"] = new(_folder["slider.xml"], _ => throw new NotSupportedException())
            }
        };
        var settings = new Training.Settings.RunSettings();
        SortedDictionary<string, string> inputs = RunInputs.Of(folder, settings, runServices, ["color"]);
        Assert.Equal(["scene/gem.obj", "scene/slider.xml", "weights/color/model.safetensors"], inputs.Keys);
        Assert.Empty(RunInputs.Changed(inputs, folder, settings, runServices));
        File.WriteAllText(_folder["weights/color/model.safetensors"], "new");
        File.WriteAllText(_folder["weights/color/README.md"], "new");
        File.Delete(_folder["gem.obj"]);
        Assert.Equal(["scene/gem.obj", "weights/color/model.safetensors"], RunInputs.Changed(inputs, folder, settings, runServices));
    }

    /// <summary>Without schedules, which follow the plan, a run that goes on is the longer run, to the last bit.</summary>
    [Fact]
    public async Task A_run_goes_on_beyond_its_plan()
    {
        await Done("train", "--settings", _folder["fast.json"], "--steps", "1920", "--out", _folder["long"]);
        await Done("train", "--settings", _folder["fast.json"], "--out", _folder["run"]);
        (int code, _, string error) = await Run("resume", _folder["run"], "--steps", "640");
        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains("for 640 more say --steps 1920", error, StringComparison.Ordinal);
        Assert.True(File.Exists(_folder["run/summary.json"]));

        await Done("resume", _folder["run"], "--steps", "1920");
        RunSummary summary = RunSummary.Read(_folder["run/summary.json"]);
        Assert.Equal((1920, 1280), (summary.Steps, RunSummary.Read(_folder["run/summary-1280.json"]).Steps));
        Assert.Contains(summary.Warnings,
            warning => warning.Contains("Planned for 1280 steps at first, later for 1920", StringComparison.Ordinal));
        Assert.Equal(Weights("long", 15), Weights("run", 15));
        Assert.Equal(16, RunFiles.Metrics(_folder["run"]).Length);
    }

    [Theory]
    [InlineData("fast.json", 10)]
    [InlineData("slider.json", 5)]
    public async Task A_run_begins_with_the_weights_of_another_and_a_fresh_optimizer(string settings, long updates)
    {
        await Done("train", "--settings", _folder[settings], "--out", _folder["first"]);
        await Done("train", "--from", _folder["first"], "--out", _folder["second"]);
        RunSummary first = RunSummary.Read(_folder["first/summary.json"]), second = RunSummary.Read(_folder["second/summary.json"]);
        Assert.Equal(first.Success, second.SuccessBefore);
        Snapshot learned = CheckpointFiles.Read(_folder[$"first/checkpoints/update-{updates:D6}"], updates),
            begun = CheckpointFiles.Read(_folder["second/checkpoints/update-000000"], 0);
        foreach ((string name,
            byte[] bytes) in learned.Entries.Where(entry => entry.Key.StartsWith("algorithm/network", StringComparison.Ordinal)))
            Assert.Equal(bytes, begun.Entries[name]);
        Assert.Equal(0, begun.Section("algorithm").Get<long>("updates"));
        Assert.All(begun.Entries.Where(entry => entry.Key.StartsWith("algorithm/adam", StringComparison.Ordinal)),
            entry => Assert.All(entry.Value, value => Assert.Equal(0, value)));

        string[] metrics = RunFiles.Metrics(_folder["second"]);
        Directory.Delete(_folder["first"], recursive: true);
        Directory.Delete(_folder["second/checkpoints"], recursive: true);
        await Done("resume", _folder["second"]); // it keeps its own copy
        Assert.Equal(metrics, RunFiles.Metrics(_folder["second"]));
    }

    [Theory]
    [InlineData("A run in", "train", "--from", "nowhere")]
    [InlineData("layers", "train", "--from", "RUN", "--agent:hiddenSizes", "8,8")]
    [InlineData("wrappers", "train", "--from", "RUN", "--settings", "SLIDER")]
    public async Task A_run_that_does_not_fit_is_refused_before_anything_is_written(string says, params string[] arguments)
    {
        await Done("train", "--settings", _folder["fast.json"], "--out", _folder["run"]);
        string[] words = [
            .. arguments.Select(word => word switch { "RUN" => _folder["run"], "SLIDER" => _folder["slider.json"], _ => word }),
            "--out",
            _folder["new"]
        ];
        (int code, string output, string error) = await Run(words);
        Assert.True((code, output) == (ExitCode.BadInput, ""), error);
        Assert.Contains(says, Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["new"]));
    }

    [Fact]
    public async Task Several_seeds_are_summed_up_and_an_interruption_loses_nothing()
    {
        string[] train = ["train", "--settings", _folder["fast.json"], "--seeds", "3", "--steps", "512"];
        string said = (await Done([.. train, "--out", _folder["whole"]])).Output;
        Assert.Contains("Over 3 seeds, judged by centered:", said, StringComparison.Ordinal);
        Assert.Contains("interquartile mean", said, StringComparison.Ordinal);

        using var interruption = new CancellationTokenSource();
        using var stop = new StopAtSecond(interruption, "Goal:");
        (int code, _, string error) = await Run(stop, interruption, [.. train, "--out", _folder["parts"]]);
        Assert.Equal(ExitCode.Interrupted, code);
        Assert.Contains($"./embodied resume {_folder["parts"]}\n", error, StringComparison.Ordinal);
        Assert.Equal([true, false, false],
            JsonSerializer.Deserialize<SeedOutcome[]>(File.ReadAllText(_folder["parts/seeds.json"]), RunJson.Options)!.Select(one =>
                one.IsDone));
        Assert.Contains("resume", (await Run([.. train, "--out", _folder["parts"]])).Error, StringComparison.Ordinal);
        DateTime first = File.GetLastWriteTimeUtc(_folder["parts/seed-1/summary.json"]);

        using JsonDocument answer = JsonDocument.Parse((await Done("resume", _folder["parts"], "--json")).Output);
        Assert.Equal(first, File.GetLastWriteTimeUtc(_folder["parts/seed-1/summary.json"])); // what had ended is kept
        double[] successes = [.. Enumerable.Range(1, 3)
            .Select(seed => RunSummary.Read(_folder[$"whole/seed-{seed}/summary.json"]).Success!.Value)];
        Assert.Equal(successes.Average(), answer.RootElement.GetProperty("success").GetDouble(), 12);
        Assert.InRange(answer.RootElement.GetProperty("successInterquartileMean").GetDouble(), successes.Min(), successes.Max());
        double[] returns = [.. Enumerable.Range(1, 3)
            .Select(seed => RunSummary.Read(_folder[$"whole/seed-{seed}/summary.json"]).TaskStart!.Returns!.Return!.Mean)];
        Assert.Equal(returns.Average(), answer.RootElement.GetProperty("returns").GetProperty("task start: return")
            .GetProperty("mean").GetDouble(), 9);
        Assert.Matches(@"\n  task start: return: mean -?\d+\.\d", said);
        for (int seed = 1; seed <= 3; seed++)
            Assert.Equal(RunFiles.Metrics(_folder[$"whole/seed-{seed}"]), RunFiles.Metrics(_folder[$"parts/seed-{seed}"]));
        string page = File.ReadAllText(_folder["parts/report.html"]);
        Assert.Contains("Over seeds", page, StringComparison.Ordinal);
        Assert.Contains("task start: return before training", page, StringComparison.Ordinal);

        await Done("resume", _folder["parts"], "--steps", "640");
        Assert.All(Enumerable.Range(1, 3), seed => Assert.Equal(640, RunSummary.Read(_folder[$"parts/seed-{seed}/summary.json"]).Steps));
    }

    /// <summary>A terminal that has gone takes the words with it and not the run.</summary>
    [Fact]
    public async Task What_cannot_be_said_is_dropped_and_told_in_the_end()
    {
        using var gone = new GoneWriter();
        using var interruption = new CancellationTokenSource();
        (int code, string output, _) =
            await Run(gone, interruption, ["train", "--settings", _folder["fast.json"], "--out", _folder["run"]]);
        Assert.Equal(ExitCode.Done, code);
        Assert.True(File.Exists(_folder["run/summary.json"]));
        Assert.Contains("could not be written to standard error (the terminal has gone)", output, StringComparison.Ordinal);
    }

    private byte[] Weights(string run, long update) =>
        File.ReadAllBytes(_folder[$"{run}/checkpoints/update-{update:D6}/weights.safetensors"]);

    private async Task<(int Code, string Output, string Error)> Done(params string[] arguments)
    {
        (int Code, string Output, string Error) answer = await Run(arguments);
        Assert.True(answer.Code == ExitCode.Done, answer.Error);
        return answer;
    }

    private async Task<(int Code, string Output, string Error)> Run(params string[] arguments)
    {
        using var error = new StringWriter();
        using var interruption = new CancellationTokenSource();
        return await Run(error, interruption, arguments);
    }

    private async Task<(int Code, string Output, string Error)> Run(StringWriter error,
        CancellationTokenSource interruption, string[] arguments)
    {
        using var output = new StringWriter();
        ICommand[] commands = [new TrainCommand(_runServices), new ResumeCommand(_runServices), new EvaluateCommand(_runServices)];
        int code = await CommandLine.RunAsync(arguments, new CommandServices(output, error, TimeProvider.System, interruption), commands);
        return (code, output.ToString(), error.ToString());
    }

    private sealed class GoneWriter : StringWriter
    {
        public override void WriteLine(string? value) => throw new IOException("the terminal has gone.");

        public override void Write(string? value) => throw new IOException("the terminal has gone.");
    }

    /// <summary>Presses Ctrl-C when it reads a word for the second time.</summary>
    private sealed class StopAtSecond(CancellationTokenSource interruption, string word) : StringWriter
    {
        private int _seen;

        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (value?.Contains(word, StringComparison.Ordinal) == true && ++_seen == 2) interruption.Cancel();
        }
    }
}
