using EmbodiedRL.Algorithms.OnPolicy;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Rewards.Transforms;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Training.Tests.Settings;

public sealed class SettingsReaderTests : IDisposable
{
    private static RunServices Services => RunServices.Shipped;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Each row: what is wrong, and what the message must name: the key and, where there is one, the way out.</summary>
    [Theory]
    [InlineData("""{ "env": { "cuont": 8 } }""", "env:cuont", "'env:count'")]
    [InlineData("""{ "envs": { "count": 8 } }""", "envs:", "'env'")]
    [InlineData("""{ "learningRate": 0.1 }""", "learningRate:", "'agent:learningRate'")]
    [InlineData("""{ "agent": { "learningrat": 0.1 } }""", "agent:learningrat", "'agent:learningRate'")]
    [InlineData("""{ "env": { "render": { "camra": "side" } } }""", "env:render:camra", "'env:render:camera'")]
    [InlineData("""{ "reward": { "terms": [ { "name": "a", "source": "task", "wieght": 2 } ] } }""",
        "reward:terms:0:wieght", "'reward:terms:0:weight'")]
    [InlineData("""{ "env": { "count": "many" } }""", "env:count", "a whole number")]
    [InlineData("""{ "env": { "count": "64" } }""", "env:count", "a whole number")]
    [InlineData("""{ "env": { "count": 6.5 } }""", "env:count", "a whole number")]
    [InlineData("""{ "env": { "count": 0 } }""", "env:count", "1 to 65536")]
    [InlineData("""{ "env": { "seed": -1 } }""", "env:seed", "at least 0")]
    [InlineData("""{ "env": { "name": "cartpool" } }""", "env:name", "'cartpole'")]
    [InlineData("""{ "env": { "start": "anywhere" } }""", "env:start", "wholeRange")]
    [InlineData("""{ "env": 3 }""", "env:", "an object")]
    [InlineData("""{ "env": { "render": { "size": 7 } } }""", "env:render:size", "16 to 1024")]
    [InlineData("""{ "goal": { "prompt": 5 } }""", "goal:prompt", "text")]
    [InlineData("""{ "goal": "a pole" }""", "goal:", "an object")]
    [InlineData("""{ "agent": { "algorithm": "pop" } }""", "agent:algorithm", "'ppo'")]
    [InlineData("""{ "agent": { "gamma": 1.5 } }""", "agent:gamma", "0 to 1")]
    [InlineData("""{ "agent": { "gamma": null } }""", "agent:gamma", "a finite number")]
    [InlineData("""{ "agent": { "steps": 0 } }""", "agent:steps", "1 to ")]
    [InlineData("""{ "agent": { "hiddenSizes": 64 } }""", "agent:hiddenSizes", "a list")]
    [InlineData("""{ "agent": { "hiddenSizes": [64, "wide"] } }""", "agent:hiddenSizes:1", "a whole number")]
    [InlineData("""{ "agent": { "anneal": "yes" } }""", "agent:anneal", "true or false")]
    [InlineData("""{ "reward": { "terms": [] } }""", "reward:terms", "at least one term")]
    [InlineData("""
        { "agent": { "gamma": 0.95 },
          "reward": { "terms": [ { "name": "a", "source": "task", "transforms": [ { "name": "potential-shaping", "discount": 0.9 } ] } ] } }
        """,
        "reward:terms:0:transforms:0:discount", "the agent's gamma 0.95, found 0.9")]
    [InlineData("""{ "reward": { "combine": "produkt" } }""", "reward:combine", "'product'")]
    [InlineData("""{ "reward": { "terms": [ { "name": "a", "source": "goal-baselin" } ] } }""", "reward:terms:0:source", "'goal-baseline'")]
    [InlineData("""{ "reward": { "terms": [ { "name": "a", "source": "task" }, { "name": "a", "source": "task" } ] } }""",
        "reward:terms:1:name", "a name of its own")]
    [InlineData("""{ "reward": { "terms": [ { "name": "a", "source": "task", "transforms": ["standardise"] } ] } }""",
        "reward:terms:0:transforms:0", "'standardize'")]
    [InlineData("""{ "reward": { "terms": [ { "name": "a", "source": "task", "transforms": [ { "name": "clip", "minimun": 0 } ] } ] } }""",
        "reward:terms:0:transforms:0:minimun", "transforms:0:minimum'")]
    [InlineData("""{ "reward": { "terms": [ { "name": "a", "source": "program" } ] } }""", "reward:terms:0:file", "the file")]
    [InlineData("""{ "evaluate": { "episodes": 0 } }""", "evaluate:episodes", "1 to 10000")]
    [InlineData("""{ "checkpoint": { "keep": 0 } }""", "checkpoint:keep", "1 to ")]
    [InlineData("""{ "device": "gpu" }""", "device", "cuda:N")]
    [InlineData("""{ "agent": { "device": "gpu" } }""", "agent:device", "cuda:N")]
    [InlineData("""{ "reward": { "device": "cuda:-1" } }""", "reward:device", "cuda:N")]
    [InlineData("""{ "threads": -2 }""", "threads", "0 (all cores)")]
    [InlineData("""{ "env": { "count": 4, "count": 8 } }""", "env:count", "given twice")]
    [InlineData("""[ 1 ]""", "run.json", "an object")]
    [InlineData("{\n  \"env\": {\n    \"count\": 4\n    \"seed\": 1\n  }\n}", "run.json: line 4", "not JSON")]
    public void What_is_wrong_is_named_once_with_a_way_out(string json, string key, string help)
    {
        SettingsException error = Assert.Throws<SettingsException>(() => Read(json));
        string violation = Assert.Single(error.Violations);
        Assert.Contains(help, violation, StringComparison.Ordinal);
        Assert.Contains(key, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_is_named_once_and_a_key_is_offered_once()
    {
        string message = Assert.Throws<SettingsException>(() => Read("{ \"env\": 3 ")).Message;
        Assert.Equal(2, message.Split("run.json").Length);
        string known = Refused("""{ "zzz": 1 }""");
        Assert.Equal(2, known.Split("agent").Length);
    }

    [Fact]
    public void A_mark_before_the_text_is_no_mistake()
    {
        File.WriteAllBytes(_folder["marked.json"], [.. System.Text.Encoding.UTF8.GetPreamble(), .. """{ "env": { "count": 3 } }"""u8]);
        Assert.Equal(3, SettingsReader.Read(new SettingsSources { File = _folder["marked.json"] }, Services).Env.Count);
    }

    [Fact]
    public void Elements_of_a_list_that_no_file_says_change_the_default_one_and_follow_it()
    {
        RunSettings settings = Read("{}",
            commandLine: [new("reward:terms:0:weight", "0.25"), new("reward:terms:1:name", "own"), new("reward:terms:1:source", "task")]);
        Assert.Equal([("vlm", 0.25f), ("own", 1f)], settings.Reward.Terms.Select(term => (term.Name, term.Weight)));
        Assert.Contains("the next one would be 1",
            Refused("{}", commandLine: [new("reward:terms:2:weight", "1")]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_file_that_is_called_like_an_environment_is_another_one()
    {
        RunSettings settings = Read("""{ "env": { "mjcf": { "file": "models/cartpole.xml", "reward": "1" } } }""");
        Assert.Equal("cartpole-mjcf", settings.Env.Name);
    }

    [Theory]
    [InlineData("/dev/zero")]
    [InlineData("/proc/self/maps")]
    [InlineData("/")]
    public void What_is_no_file_is_refused_and_not_waited_for(string path) =>
        Assert.Contains(path,
            Assert.ThrowsAny<EmbodiedException>(() => SettingsReader.Read(new SettingsSources { File = path }, Services)).Message,
            StringComparison.Ordinal);

    /// <summary>Each row: a number that a run could be given and would never end with, or not have the memory for.</summary>
    [Theory]
    [InlineData("agent:horizon", "2147483647")]
    [InlineData("agent:hiddenSizes", "2000000000")]
    [InlineData("agent:epochs", "1000000000")]
    [InlineData("agent:steps", "9223372036854775807")]
    [InlineData("agent:learningRate", "1e300")]
    [InlineData("evaluate:every", "9223372036854775807")]
    [InlineData("checkpoint:keep", "2147483647")]
    [InlineData("reward:terms:0:weight", "1e30")]
    public void Numbers_outside_of_their_range_are_refused_with_it(string key, string value)
    {
        string violation = Refused("{}", commandLine: [new(key, value)]);
        Assert.StartsWith(key, violation, StringComparison.Ordinal);
        Assert.Contains("expected", violation, StringComparison.Ordinal);
    }

    [Fact]
    public void Lists_have_a_greatest_length()
    {
        Assert.Contains("at most 64 elements, found 10000",
            Refused($$"""{ "agent": { "hiddenSizes": [{{string.Join(',', Enumerable.Repeat(8, 10_000))}}] } }"""),
            StringComparison.Ordinal);
        Assert.Contains("at most 16 elements, found 1000",
            Refused($$"""{ "env": { "wrappers": [{{string.Join(',', Enumerable.Repeat("\"scale-action\"", 1000))}}] } }"""),
            StringComparison.Ordinal);
    }

    [Fact]
    public void All_violations_come_in_one_exception()
    {
        SettingsException error = Assert.Throws<SettingsException>(() => Read("""
            { "env": { "count": 0, "cuont": 1 }, "agent": { "gamma": 2, "epochs": "five" }, "evaluate": { "episodes": 0 }, "device": "gpu" }
            """));
        Assert.Equal(6, error.Violations.Count);
    }

    [Fact]
    public void Later_layers_win_and_each_says_only_what_it_says()
    {
        RunSettings settings = Read("""{ "env": { "count": 4, "seed": 9 }, "agent": { "epochs": 2, "gamma": 0.5 } }""",
            variables: [new("agent:epochs", "3"), new("AGENT:LAMBDA", "0.5")],
            commandLine: [new("env:seed", "11"), new("agent:hiddenSizes", "32,16")]);
        var ppo = (PpoOptions)settings.Agent.Options!;
        Assert.Equal((4, 11ul), (settings.Env.Count, settings.Env.Seed));
        Assert.Equal((3, 0.5f, 0.5f), (ppo.Epochs, ppo.Gamma, ppo.Lambda));
        Assert.Equal([32, 16], ppo.HiddenSizes);
        Assert.Equal(512, ppo.Minibatch);
        Assert.Equal("vlm", Assert.Single(settings.Reward.Terms).Name);
    }

    [Fact]
    public void A_list_replaces_a_list_and_its_elements_can_be_named()
    {
        const string json = """
            { "agent": { "hiddenSizes": [8] },
              "reward": { "terms": [ { "name": "own", "source": "task", "transforms": ["center"] } ] } }
            """;
        RunSettings settings = Read(json, commandLine: [new("reward:terms:0:weight", "0.25"), new("agent:hiddenSizes:1", "4")]);
        Assert.Equal([8, 4], ((PpoOptions)settings.Agent.Options!).HiddenSizes);
        Assert.Equal(("own", 0.25f), (settings.Reward.Terms[0].Name, settings.Reward.Terms[0].Weight));
        Assert.Equal("center", Assert.Single(settings.Reward.Terms[0].Transforms).Name);
    }

    [Fact]
    public void A_violation_names_who_said_it()
    {
        Assert.Contains("run.json", Refused("""{ "env": { "count": "x" } }"""), StringComparison.Ordinal);
        Assert.Contains("EMBODIED__env__count", Refused("{}", variables: [new("env:count", "x")]), StringComparison.Ordinal);
        Assert.Contains("the command line", Refused("{}", commandLine: [new("env:count", "x")]), StringComparison.Ordinal);
        Assert.Contains("counted from 0", Refused("{}", commandLine: [new("agent:hiddenSizes:7", "4")]), StringComparison.Ordinal);
    }

    [Fact]
    public void Reserved_variables_are_no_settings()
    {
        Environment.SetEnvironmentVariable("EMBODIED_FIXTURES", "/nowhere");
        Environment.SetEnvironmentVariable("EMBODIED__goal__prompt", "a test");
        try
        {
            IReadOnlyList<KeyValuePair<string, string>> variables = SettingsSources.VariablesOfProcess();
            Assert.Contains(new KeyValuePair<string, string>("goal:prompt", "a test"), variables);
            Assert.DoesNotContain(variables, pair => pair.Key.Contains("FIXTURES", StringComparison.Ordinal));
        }
        finally
        {
            Environment.SetEnvironmentVariable("EMBODIED_FIXTURES", null);
            Environment.SetEnvironmentVariable("EMBODIED__goal__prompt", null);
        }
    }

    /// <summary>
    /// Where the model's own record does not name the environment, its answers are no reward; a negative control is about the model.
    /// </summary>
    [Theory]
    [InlineData("cartpole", "{}", "goal-baseline")]
    [InlineData("color-reacher", "{}", "task")]
    [InlineData("color-reacher", """{ "shuffleWeights": true }""", "goal-baseline")]
    [InlineData("color-reacher", """{ "reward": { "terms": [ { "name": "vlm", "source": "goal-baseline" } ] } }""", "goal-baseline")]
    public void What_the_model_never_saw_is_rewarded_by_hand_unless_somebody_says_a_reward(string environment, string json, string source)
    {
        File.WriteAllText(_folder["run.json"], json);
        RunSettings Of(IReadOnlyCollection<string>? known) => SettingsReader.Read(
            new SettingsSources { File = _folder["run.json"], CommandLine = [new("env:name", environment)], KnownToModel = known },
            Services);
        Assert.Equal(source, Assert.Single(Of(["cartpole"]).Reward.Terms).Source);
        Assert.Equal("goal-baseline", Assert.Single(Of(null).Reward.Terms).Source);
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        AssetMissingException error =
            Assert.Throws<AssetMissingException>(() => SettingsReader.Read(new SettingsSources { File = _folder["no.json"] }, Services));
        Assert.Contains("no.json", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cartpole")]
    [InlineData("color-reacher")]
    public void Every_environment_comes_with_settings_that_hold(string name)
    {
        RunSettings settings = Read($$"""{ "env": { "name": "{{name}}" } }""");
        Assert.Equal("goal-baseline", Assert.Single(settings.Reward.Terms).Source);
        Assert.Equal(StartDistribution.WholeRange, settings.Env.Start);
        Assert.True(settings.Threads > 0);
    }

    [Fact]
    public void Written_settings_are_read_back_equal_and_know_when_they_were_altered()
    {
        RunSettings settings = Read("""
            { "env": { "count": 3, "start": "task" }, "goal": { "prompt": "a „quoted“ pole" },
              "agent": { "learningRate": 1e-3, "hiddenSizes": [5] },
              "reward": { "terms": [ { "name": "a", "source": "task", "transforms": [ "center", { "name": "clip", "maximum": 0.1 } ] } ] } }
            """);
        SettingsFile.Write(_folder["settings.json"], settings, new Dictionary<string, string> { ["embodied"] = "1" });
        RunSettings back = SettingsFile.Read(_folder["settings.json"], Services);
        Assert.Equal(SettingsFile.Json(settings), SettingsFile.Json(back));
        Assert.Equal(0.1f, Assert.IsType<ClipOptions>(back.Reward.Terms[0].Transforms[1].Options).Maximum);
        Assert.Equal(1e-3, ((PpoOptions)back.Agent.Options!).LearningRate);

        string text = File.ReadAllText(_folder["settings.json"]);
        File.WriteAllText(_folder["settings.json"], text.Replace("\"count\": 3", "\"count\": 5", StringComparison.Ordinal));
        Assert.Contains("altered",
            Assert.Throws<SettingsException>(() => SettingsFile.Read(_folder["settings.json"], Services)).Message,
            StringComparison.Ordinal);
        Assert.Equal(5, SettingsReader.Read(new SettingsSources { File = _folder["settings.json"] }, Services).Env.Count);
    }

    private string Refused(string json, KeyValuePair<string, string>[]? variables = null,
        KeyValuePair<string, string>[]? commandLine = null) =>
        Assert.Single(Assert.Throws<SettingsException>(() => Read(json, variables, commandLine)).Violations);

    private RunSettings Read(string json, KeyValuePair<string, string>[]? variables = null,
        KeyValuePair<string, string>[]? commandLine = null)
    {
        File.WriteAllText(_folder["run.json"], json);
        var sources = new SettingsSources { File = _folder["run.json"], Variables = variables ?? [], CommandLine = commandLine ?? [] };
        return SettingsReader.Read(sources, Services);
    }
}
