using System.Text.Json;
using EmbodiedRL.App.Commands;
using EmbodiedRL.App.Tests.Commands;
using EmbodiedRL.Contracts;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Tests;

namespace EmbodiedRL.App.Tests.Composition;

/// <summary>Environments that settings compose, from the settings file to a judged run, by the commands that people type.</summary>
[Collection(Serial.Name)]
public sealed class ComposedRunTests : IDisposable
{
    private const string Slider = """
        <mujoco model="slider">
          <option timestep="0.01"/>
          <include file="parts/light.xml"/>
          <asset>
            <texture name="paint" type="2d" builtin="flat" rgb1="1 0 0" width="8" height="8"/>
            <material name="paint" texture="paint"/>
          </asset>
          <worldbody>
            <camera name="front" pos="0 -3 1" xyaxes="1 0 0 0 0.3 1"/>
            <geom name="ground" type="plane" size="2 2 0.1" material="paint"/>
            <body name="sled" pos="0 0 0.2">
              <joint name="rail" type="slide" axis="1 0 0" damping="1"/>
              <geom name="sled" type="box" size="0.2 0.1 0.1"/>
            </body>
          </worldbody>
          <actuator><motor name="push" joint="rail" ctrlrange="-5 5" ctrllimited="true"/></actuator>
        </mujoco>
        """;

    private const string Settings = """
        {
          "env": {
            "mjcf": {
              "file": "slider.xml", "camera": "front", "frameSkip": 2, "episodeSteps": 40, "reset": { "positions": 1 },
              "reward": "1 - rail_position * rail_position - 0.001 * push * push",
              "measures": [ { "name": "centered", "condition": "Math.Abs(rail_position) < 0.2", "window": 10 } ]
            },
            "count": 8,
            "wrappers": [
              "normalize-observation", { "name": "frame-stack", "count": 2 }, { "name": "sticky-actions", "probability": 0.1 } ],
            "randomize": { "heldOut": 0.2, "parameters": [
              { "name": "mass", "minimum": 0.5, "maximum": 1.5 },
              { "name": "color", "of": [ "sled" ], "change": "set", "maximum": 1 } ] }
          },
          "reward": { "terms": [ { "name": "task", "source": "task" } ] },
          "agent": { "steps": 1280, "horizon": 16, "minibatch": 32, "hiddenSizes": [16] },
          "evaluate": { "task": "centered", "episodes": 20 }
        }
        """;

    private readonly TemporaryFolder _folder = new();

    public ComposedRunTests()
    {
        Directory.CreateDirectory(_folder["parts"]);
        File.WriteAllText(_folder["parts/light.xml"],
            "<mujocoinclude><worldbody><light name='sun' directional='true' dir='0 0.5 -1'/></worldbody></mujocoinclude>");
        File.WriteAllText(_folder["slider.xml"], Slider);
        File.WriteAllText(_folder["slider.json"], Settings);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_run_keeps_its_own_copy_of_the_model_and_goes_on_from_it()
    {
        await Done("train", "--settings", _folder["slider.json"], "--out", _folder["whole"]);
        using var interruption = new CancellationTokenSource();
        await RunAsync(interruption, "train", "--settings", _folder["slider.json"], "--out", _folder["parted"]);
        File.Delete(_folder["slider.xml"]);
        Directory.Delete(_folder["parts"], recursive: true);
        Assert.True(File.Exists(_folder["parted/model/slider.xml"]) && File.Exists(_folder["parted/model/parts/light.xml"]));
        await Done("resume", _folder["parted"]);
        Assert.Equal(RunFiles.Metrics(_folder["whole"]), RunFiles.Metrics(_folder["parted"]));
        Assert.Contains(RunFiles.Metrics(_folder["whole"]), line => line.Contains("\"randomize/mass\":", StringComparison.Ordinal));

        await Done("evaluate", _folder["whole"], "--out", _folder["judged"]);
        RunSummary whole = RunSummary.Read(_folder["whole/summary.json"]), judged = RunSummary.Read(_folder["judged/summary.json"]);
        Assert.Equal(whole.Success, judged.Success); // the normalizer's statistics came back with the policy
        Assert.True(File.Exists(_folder["judged/model/slider.xml"]));

        await Done("record", _folder["whole"], "--episodes", "2", "--out", _folder["whole.parquet"]);
        Directory.Delete(_folder["whole"], recursive: true);
        // with what its normalizer had learned
        Assert.EndsWith("2 episodes, 80 steps, every number equal.\n",
            await Done("replay", _folder["whole.parquet"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_is_described_and_drawn_from_its_settings()
    {
        string output = await Done("envs", "describe", "--settings", _folder["slider.json"], "--json");
        using JsonDocument said = JsonDocument.Parse(output);
        Assert.Equal(("slider", "front", 4),
            (said.RootElement.GetProperty("name").GetString(), said.RootElement.GetProperty("camera").GetString(),
                said.RootElement.GetProperty("observation").GetProperty("length").GetInt32()));
        Assert.Equal(["mass", "color/sled"],
            said.RootElement.GetProperty("draws").EnumerateArray().Select(draw => draw.GetProperty("name").GetString()));
        await Done("render", "--settings", _folder["slider.json"], "--out", _folder["states.png"], "--count", "4", "--size", "32");
        Assert.True(File.Exists(_folder["states.png"]));
        Assert.Contains("normalize-observation", await Done("envs", "wrappers"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rail_position * rail_position", "rail_positon * rail_position", "env:mjcf:reward '1 - rail_positon", "'rail_position'")]
    [InlineData("Math.Abs(rail_position)", "Math.Abs(push)", "env:mjcf:measures:0:condition", "no field 'push'")]
    [InlineData("\"camera\": \"front\"", "\"camera\": \"frnt\"", "env:mjcf:camera", "'front'")]
    [InlineData("slider.xml", "slide.xml", "slide.xml", "not found")]
    [InlineData("\"of\": [ \"sled\" ]", "\"of\": [ \"sledge\" ]", "sledge", "'sled'")]
    public async Task What_does_not_fit_the_model_is_one_clear_line(string right, string wrong, string key, string help)
    {
        File.WriteAllText(_folder["slider.json"], Settings.Replace(right, wrong, StringComparison.Ordinal));
        (int code, _, string error) = await RunAsync("envs", "describe", "--settings", _folder["slider.json"]);
        Assert.Equal(ExitCode.BadInput, code);
        string line = Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(key, line, StringComparison.Ordinal);
        Assert.Contains(help, line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_without_actuators_is_drawn_and_not_trained()
    {
        File.WriteAllText(_folder["slider.xml"],
            Slider.Replace("<actuator><motor name=\"push\" joint=\"rail\" ctrlrange=\"-5 5\" ctrllimited=\"true\"/></actuator>",
                "", StringComparison.Ordinal));
        File.WriteAllText(_folder["slider.json"], Settings.Replace(" - 0.001 * push * push", "", StringComparison.Ordinal));
        await Done("render", "--settings", _folder["slider.json"], "--out", _folder["still.mp4"], "--count", "1", "--size", "32",
            "--steps", "3");
        (int code, _, string error) = await RunAsync("train", "--settings", _folder["slider.json"], "--out", _folder["run"]);
        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains("nothing to learn", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["run"]));
    }

    [Fact]
    public async Task Built_in_environments_are_drawn_and_wrapped_alike()
    {
        File.WriteAllText(_folder["cartpole.json"], """
            {
              "env": { "name": "cartpole", "count": 4,
                "wrappers": [
                  { "name": "action-repeat", "times": 4 },
                  { "name": "pixels", "size": 40, "append": true },
                  { "name": "time-limit", "steps": 20 } ],
                "randomize": { "parameters": [
                  { "name": "mass", "of": [ "pole" ], "minimum": 0.5, "maximum": 2 },
                  { "name": "color", "change": "set", "maximum": 1 } ] } },
              "reward": { "terms": [ { "name": "task", "source": "task" } ] },
              "agent": { "steps": 256, "horizon": 32, "minibatch": 32, "hiddenSizes": [8] },
              "evaluate": { "task": "upright", "episodes": 4 }
            }
            """);
        await Done("train", "--settings", _folder["cartpole.json"], "--out", _folder["run"], "--env:workers", "1");
        await Done("train", "--settings", _folder["cartpole.json"], "--out", _folder["again"], "--env:workers", "3");
        Assert.Equal(RunFiles.Metrics(_folder["run"]), RunFiles.Metrics(_folder["again"]));
        using JsonDocument said = JsonDocument.Parse(await Done("envs", "describe", "--settings", _folder["cartpole.json"], "--json"));
        Assert.Equal((5, 20),
            (said.RootElement.GetProperty("observation").GetProperty("length").GetInt32(),
                said.RootElement.GetProperty("episodeSteps").GetInt32()));
    }

    /// <summary>
    /// Two runs that differ in colors alone: the agent does the same and earns the same by the state,
    /// and the model that looks says otherwise.
    /// </summary>
    [Fact]
    public async Task What_the_scene_looks_like_in_an_episode_reaches_the_reward_that_sees()
    {
        const string settings = """
            {
              "env": { "name": "cartpole", "count": 4, RANDOMIZE "seed": 3 },
              "goal": { "prompt": "red", "baseline": "gray" },
              "reward": { "terms": [
                { "name": "seen", "source": "goal-baseline", "model": "color", "transforms": [ { "name": "clip" } ] } ] },
              "agent": { "steps": 64, "horizon": 16, "minibatch": 32, "hiddenSizes": [8] },
              "evaluate": { "episodes": 1, "task": "upright" }
            }
            """;
        RunServices seeing = RunServices.Shipped with { Models = TestParts.Models(_ => new ColorModel()) };
        File.WriteAllText(_folder["plain.json"], settings.Replace("RANDOMIZE", "", StringComparison.Ordinal));
        File.WriteAllText(_folder["painted.json"],
            settings.Replace("RANDOMIZE",
                """ "randomize": { "parameters": [ { "name": "color", "change": "set", "maximum": 1 } ] },""", StringComparison.Ordinal));
        foreach (string name in new[] { "plain", "painted" })
        {
            (int code, _, string error) =
                await Verbs.RunAsync(seeing, "train", "--settings", _folder[$"{name}.json"], "--untrusted", "--out", _folder[name]);
            Assert.True(code == ExitCode.Done, error);
        }

        Assert.Equal(Metric("plain", "rollout/task-reward"), Metric("painted", "rollout/task-reward"));
        Assert.NotEqual(Metric("plain", "reward/seen/raw/mean"), Metric("painted", "reward/seen/raw/mean"));
    }

    /// <summary>
    /// A body of one's own, judged by a measure that is named, and looked at by a model that was
    /// taught nothing: nothing is made up about it.
    /// </summary>
    [Fact]
    public async Task Warnings_about_a_body_of_ones_own_say_what_is_so_and_once()
    {
        RunServices seeing = RunServices.Shipped with
        {
            Models =
                TestParts.Models(_ => new ColorModel { Record = TrainingRecord.Read(Path.Combine(WeightsFolder.Locate(), "scene-clip")) })
        };
        string settings = Settings.Replace("""{ "name": "task", "source": "task" }""",
            """{ "name": "seen", "source": "goal-baseline", "model": "color" }""",
            StringComparison.Ordinal)
            .Replace("\"reward\": { \"terms\"",
                "\"goal\": { \"prompt\": \"red\", \"baseline\": \"gray\" }, \"reward\": { \"terms\"", StringComparison.Ordinal);
        File.WriteAllText(_folder["seen.json"], settings);
        (int code, string output,
            string error) = await Verbs.RunAsync(seeing, "train", "--settings", _folder["seen.json"], "--steps", "128", "--untrusted",
                "--evaluate:episodes", "2", "--out", _folder["seen"]);
        Assert.True(code == ExitCode.Done, error);
        string said = error + output;
        Assert.Equal("unseen", RunSummary.Read(_folder["seen/summary.json"]).GoalKind);
        Assert.Equal(2, said.Split("color was never shown 'slider', only 'cartpole'").Length);
        foreach (string wrong in new[] { "Infinity", "nearest to ''", "Sentences it knows", "evaluate:task", "hardly tells" })
            Assert.DoesNotContain(wrong, said, StringComparison.Ordinal);
    }

    private double Metric(string run, string name)
    {
        using JsonDocument first = JsonDocument.Parse(File.ReadLines(_folder[$"{run}/metrics.jsonl"]).ElementAt(1));
        return first.RootElement.GetProperty(name).GetDouble();
    }

    private static Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments) => RunAsync(null, arguments);

    private static async Task<string> Done(params string[] arguments)
    {
        (int code, string output, string error) = await RunAsync(arguments);
        Assert.True(code == ExitCode.Done, error);
        return output;
    }

    /// <summary>Runs a verb of the shipped ones; with an interruption, presses Ctrl-C as soon as a run has begun.</summary>
    private static async Task<(int Code, string Output, string Error)> RunAsync(CancellationTokenSource? interruption,
        params string[] arguments)
    {
        using var output = new StringWriter();
        using var never = new CancellationTokenSource();
        using var error = new StopAtGoal(interruption);
        RunServices runServices = RunServices.Shipped;
        ICommand[] commands = [
            new TrainCommand(runServices), new ResumeCommand(runServices), new EvaluateCommand(runServices), new RenderCommand(runServices),
            new EnvsCommand(runServices), new RecordCommand(runServices), new ReplayCommand(runServices)
        ];
        int code =
            await CommandLine.RunAsync(arguments, new CommandServices(output, error, TimeProvider.System, interruption ?? never), commands);
        return (code, output.ToString(), error.ToString());
    }

    private sealed class StopAtGoal(CancellationTokenSource? interruption) : StringWriter
    {
        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (value?.StartsWith("Goal:", StringComparison.Ordinal) == true) interruption?.Cancel();
        }
    }
}
