using EmbodiedRL.App.Commands;
using EmbodiedRL.App.Tests.Commands;
using EmbodiedRL.Training.Demonstrations;

namespace EmbodiedRL.App.Tests.Demonstrations;

[Collection(Serial.Name)]
public sealed class RunRecorderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_run_keeps_episodes_of_its_policy_and_learns_what_it_would_have_learned_without()
    {
        string kept = await TrainAsync("kept", "\"record\": { \"every\": 640, \"episodes\": 2, \"frames\": 16 },"),
            plain = await TrainAsync("plain", "");
        Assert.Equal(RunFiles.Metrics(plain), RunFiles.Metrics(kept));
        string[] files = [.. Directory.GetFiles(Path.Combine(kept, "demonstrations")).Order(StringComparer.Ordinal)];
        Assert.Equal(["step-000000000640.parquet", "step-000000001280.parquet"], files.Select(Path.GetFileName));
        Assert.False(Directory.Exists(Path.Combine(plain, "demonstrations")));

        DemonstrationHeader first = await DemonstrationFile.ReadHeaderAsync(files[0], TestContext.Current.CancellationToken);
        Assert.Equal((2, 16, "front"), (first.Episodes, first.FrameSize, first.Camera));
        Assert.EndsWith("after 640 steps", first.Policy, StringComparison.Ordinal);
        float[][] actions = [await ActionsAsync(files[0]), await ActionsAsync(files[1])];
        Assert.NotEqual(actions[0], actions[1]); // the policy has learned something in between
    }

    [Fact]
    public async Task Settings_that_make_no_sense_are_refused()
    {
        File.WriteAllText(_folder["bad.json"],
            "{ \"env\": { \"name\": \"drawn\" }, \"record\": { \"every\": -1, \"episodes\": 0, \"frames\": 8 } }");
        (int code, _, string error) = await Verbs.RunAsync("train", "--settings", _folder["bad.json"], "--out", _folder["bad"]);
        Assert.Equal(ExitCode.BadInput, code);
        foreach (string key in (string[])["record:every", "record:episodes", "record:frames"])
            Assert.Contains(key, error, StringComparison.Ordinal);
    }

    private async Task<string> TrainAsync(string name, string record)
    {
        File.WriteAllText(_folder[$"{name}.json"], $$"""
            {
              "env": { "name": "drawn", "count": 8 }, {{record}}
              "reward": { "terms": [ { "name": "task", "source": "task" } ] },
              "agent": { "steps": 1280, "horizon": 16, "minibatch": 32, "hiddenSizes": [16] },
              "evaluate": { "task": "centered", "episodes": 10 }
            }
            """);
        (int code, _, string error) = await Verbs.RunAsync("train", "--settings", _folder[$"{name}.json"], "--out", _folder[name]);
        Assert.True(code == ExitCode.Done, error);
        return _folder[name];
    }

    private static async Task<float[]> ActionsAsync(string file)
    {
        var actions = new List<float>();
        await foreach (var episode in DemonstrationFile.ReadAsync(file, TestContext.Current.CancellationToken))
            actions.AddRange(episode.Actions);
        return [.. actions];
    }
}
