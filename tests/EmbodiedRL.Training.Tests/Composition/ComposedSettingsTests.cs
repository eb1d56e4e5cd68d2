using EmbodiedRL.Core;
using EmbodiedRL.Simulation.Wrappers;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Training.Tests.Composition;

public sealed class ComposedSettingsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>A GPU that is not there tells which of the two was sent to it.</summary>
    [Theory]
    [InlineData("""{ "device": "cuda:99" }""", "device: expected a GPU")]
    [InlineData("""{ "device": "cuda:99", "agent": { "device": "cpu" } }""", "device: expected a GPU")]
    [InlineData("""{ "agent": { "device": "cuda:99" } }""", "agent:device: expected a GPU")]
    [InlineData("""{ "reward": { "device": "cuda:99" } }""", "reward:device: expected a GPU")]
    public void Policy_and_reward_have_devices_of_their_own(string json, string says) =>
        Assert.StartsWith(says, Assert.Throws<SettingsException>(() =>
            TrainingRun.Compose(Read(json), ".", RunServices.Shipped, TimeProvider.System)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_run_whose_devices_are_both_named_does_not_ask_for_its_own()
    {
        using TrainingRun run = TrainingRun.Compose(
            Read("""
                { "device": "cuda:99", "env": { "count": 2 }, "agent": { "device": "cpu", "horizon": 8, "minibatch": 8 },
                  "reward": { "device": "cpu" }, "evaluate": { "episodes": 1 } }
                """), ".", RunServices.Shipped, TimeProvider.System);
        Assert.NotEmpty(run.Models);
    }

    /// <summary>Each row: what is wrong, and what the message must name: the key and the way out.</summary>
    [Theory]
    [InlineData("""{ "env": { "wrapers": [] } }""", "env:wrapers", "'env:wrappers'")]
    [InlineData("""{ "env": { "wrappers": [ "frame-stak" ] } }""", "env:wrappers:0:name", "'frame-stack'")]
    [InlineData("""{ "env": { "wrappers": [ "scale-action", { "name": "frame-stack", "cuont": 2 } ] } }""",
        "env:wrappers:1:cuont", "'env:wrappers:1:count'")]
    [InlineData("""{ "env": { "wrappers": [ { "name": "frame-stack", "count": 1.5 } ] } }""", "env:wrappers:0:count", "a whole number")]
    [InlineData("""{ "env": { "wrappers": [ { "name": "frame-stack", "args": { "count": 2 } } ] } }""",
        "env:wrappers:0:args:", "beside the name")]
    [InlineData("""{ "env": { "wrappers": [ "time-limit" ] } }""", "env:wrappers:0:steps", "found nothing")]
    [InlineData("""{ "env": { "wrappers": [ { "name": "sticky-actions", "probability": 2 } ] } }""",
        "env:wrappers:0:probability", "0 to 1")]
    [InlineData("""{ "env": { "wrappers": "frame-stack" } }""", "env:wrappers", "a list")]
    [InlineData("""{ "env": { "randomize": { "parameters": [ { "name": "mas" } ] } } }""", "env:randomize:parameters:0:name", "'mass'")]
    [InlineData("""{ "env": { "randomize": { "parameters": [ { "name": "mass", "minimun": 1, "minimum": 1, "maximum": 2 } ] } } }""",
        "env:randomize:parameters:0:minimun", "'env:randomize:parameters:0:minimum'")]
    [InlineData("""{ "env": { "randomize": { "parameters": [ { "name": "mass", "minimum": 2, "maximum": 1 } ] } } }""",
        "env:randomize:parameters:0:maximum", "at least the minimum")]
    [InlineData("""{ "env": { "randomize": { "parameters": [ { "name": "mass", "maximum": 1 } ] } } }""",
        "env:randomize:parameters:0:mass", "a mass above 0")]
    [InlineData("""{ "env": { "randomize": { "parameters": [ { "name": "gravity", "of": [ "x" ], "maximum": 1 } ] } } }""",
        "env:randomize:parameters:0:of", "only one gravity")]
    [InlineData("""{ "env": { "randomize": { "heldOut": 0.95, "parameters": [ { "name": "gravity", "maximum": 1 } ] } } }""",
        "env:randomize:heldOut", "0 to 0.9")]
    [InlineData("""{ "env": { "randomize": { "parameters": [ { "name": "light" } ] } } }""",
        "env:randomize:parameters:0:minimum", "found neither")]
    [InlineData("""{ "env": { "randomize": {} } }""", "env:randomize:parameters", "at least one")]
    [InlineData("""{ "env": { "randomize": { "every": "day", "parameters": [ { "name": "gravity", "maximum": 1 } ] } } }""",
        "env:randomize:every", "episode, once")]
    [InlineData("""{ "env": { "mjcf": { "fil": "a.xml", "file": "b.xml" } } }""", "env:mjcf:fil:", "'env:mjcf:file'")]
    [InlineData("""{ "env": { "mjcf": { "camera": "side" }, "name": "mine" } }""", "env:mjcf:file", "the path of a model")]
    [InlineData("""{ "env": { "name": "cartpole", "mjcf": { "file": "a.xml" } } }""", "env:name", "another environment")]
    [InlineData("""{ "env": { "mjcf": { "file": "a.xml", "observation": [ "qpso" ] } } }""", "env:mjcf:observation:0:name", "'qpos'")]
    [InlineData("""{ "env": { "mjcf": { "file": "a.xml", "observation": [ { "name": "qpos", "velocity": true } ] } } }""",
        "env:mjcf:observation:0:velocity", "only bodies")]
    [InlineData("""{ "env": { "mjcf": { "file": "a.xml", "measures": [ { "name": "up" } ] } } }""",
        "env:mjcf:measures:0:condition", "a formula")]
    [InlineData("""{ "env": { "mjcf": { "file": "a.xml", "measures": [ { "name": "up", "value": "x" } ] } } }""",
        "env:mjcf:measures:0:within", "found neither")]
    [InlineData("""{ "env": { "mjcf": { "file": "a.xml", "measures": [ { "name": "up", "value": "x", "within": 1, "atLeast": 1 } ] } } }""",
        "env:mjcf:measures:0:within", "found both")]
    [InlineData("""{ "env": { "mjcf": { "file": "a.xml", "measures": [ { "name": "up", "condition": "x > 1", "within": 1 } ] } } }""",
        "env:mjcf:measures:0:value", "'within' bounds")]
    [InlineData(
        """{ "env": { "mjcf": { "file": "a.xml", "measures": [ { "name": "up", "condition": "x", "value": "x", "within": 1 } ] } } }""",
        "env:mjcf:measures:0:condition", "beside a value")]
    [InlineData("""{ "env": { "mjcf": { "file": "a.xml" } }, "reward": { "terms": [ { "name": "t", "source": "task" } ] } }""",
        "env:mjcf:reward", "reward:terms:0")]
    public void What_is_wrong_is_named_once_with_a_way_out(string json, string key, string help)
    {
        string violation = Assert.Single(Assert.Throws<SettingsException>(() => Read(json)).Violations);
        Assert.Contains(key, violation, StringComparison.Ordinal);
        Assert.Contains(help, violation, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_file_gives_its_name_and_takes_none_of_the_defaults_of_another_environment()
    {
        EnvironmentSettings env = Read("""{ "env": { "mjcf": { "file": "models/arm.xml", "camera": "side" } } }""").Env;
        Assert.Equal(("arm", "side", 5, 500), (env.Name, env.Mjcf!.Camera, env.Mjcf.FrameSkip, env.Mjcf.EpisodeSteps));
        Assert.Equal(["qpos", "qvel"], env.Mjcf.Observation.Select(block => block.Name));
        Assert.Equal(new EnvironmentSettings().Count, env.Count);
        Assert.Equal("robot", Read("""{ "env": { "name": "robot", "mjcf": { "file": "arm.xml" } } }""").Env.Name);
    }

    /// <summary>What a run writes down must read as what it was, or it could not be resumed.</summary>
    [Fact]
    public void Settings_come_back_from_a_runs_folder_as_they_were()
    {
        RunSettings settings = Read("""
            { "env": {
                "mjcf": { "file": "a.xml", "camera": "c",
                          "observation": [ "qpos", { "name": "bodies", "of": [ "torso" ], "velocity": true } ],
                          "reset": { "keyframe": "k", "noise": "normal" },
                          "reward": "x_position", "measures": [ { "name": "m", "condition": "x_position > 0" } ] },
                "wrappers": [ "scale-action", { "name": "normalize-reward", "limit": 5, "discount": 0.9 } ],
                "randomize": { "every": "once", "heldOut": 0.25, "evaluate": "training", "parameters": [
                  { "name": "mass", "minimum": 0.5, "maximum": 2, "distribution": "logUniform" },
                  { "name": "texture", "change": "set", "distribution": "choice", "values": [ 1, 2 ] } ] } } }
            """);
        SettingsFile.Write(_folder["settings.json"], settings, new Dictionary<string, string>());
        RunSettings again = SettingsFile.Read(_folder["settings.json"], RunServices.Shipped);
        Assert.Equal(SettingsFile.Json(settings), SettingsFile.Json(again));
        Assert.Equal(0.9f, Assert.IsType<NormalizeRewardOptions>(again.Env.Wrappers[1].Options).Discount);
        Assert.Equal([1, 2], again.Env.Randomize!.Parameters[1].Values);
        Assert.Equal("torso", again.Env.Mjcf!.Observation[1].Of[0]);

        SettingsFile.Write(_folder["plain.json"], Read("{}"), new Dictionary<string, string>());
        Assert.DoesNotContain("mjcf", File.ReadAllText(_folder["plain.json"]), StringComparison.Ordinal);
        Assert.Null(SettingsFile.Read(_folder["plain.json"], RunServices.Shipped).Env.Randomize);
    }

    private RunSettings Read(string json)
    {
        File.WriteAllText(_folder["run.json"], json);
        return SettingsReader.Read(new SettingsSources { File = _folder["run.json"] }, RunServices.Shipped, _folder.Path);
    }
}
