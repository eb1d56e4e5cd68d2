using System.Text.Json;
using EmbodiedRL.App.Commands;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Training.Demonstrations;

namespace EmbodiedRL.App.Tests.Commands;

public sealed class RecordCommandTests
{
    [Fact]
    public async Task Recorded_episodes_replay_with_every_number_equal()
    {
        using var folder = new TemporaryFolder();
        string file = folder["random.parquet"];
        (int code, string output,
            string error) = await RunAsync("record", "drawn", "--policy", "random", "--episodes", "3", "--frames", "16", "--seed",
                "5", "--out", file, "--json");
        Assert.True(code == ExitCode.Done, error);
        using JsonDocument answer = JsonDocument.Parse(output);
        Assert.Equal((3, "random"),
            (answer.RootElement.GetProperty("episodes").GetInt32(), answer.RootElement.GetProperty("policy").GetString()));
        Assert.True(answer.RootElement.GetProperty("measures").TryGetProperty("centered", out _));

        (code, output, _) = await RunAsync("replay", file);
        Assert.Equal(ExitCode.Done, code);
        Assert.EndsWith("every number equal.\n", output, StringComparison.Ordinal);
        (_, output, _) = await RunAsync("demos", "show", file);
        Assert.Contains("16 pixels a side, camera front", output, StringComparison.Ordinal);
        Assert.All(await RecordedEpisodes.ReadAsync(file), episode => Assert.Equal(episode.Steps, episode.Frames!.Length));
    }

    [Fact]
    public async Task Equal_seeds_record_equal_files()
    {
        using var folder = new TemporaryFolder();
        foreach (string name in new[] { "one.parquet", "two.parquet" })
            await RunAsync("record", "fast", "--policy", "random", "--episodes", "2", "--out", folder[name]);
        Assert.Equal(await File.ReadAllBytesAsync(folder["one.parquet"]), await File.ReadAllBytesAsync(folder["two.parquet"]));
    }

    [Fact]
    public async Task A_replay_that_diverges_says_where_and_ends_with_3()
    {
        using var folder = new TemporaryFolder();
        await RunAsync("record", "fast", "--policy", "random", "--episodes", "2", "--out", folder["fast.parquet"]);
        DemonstrationEpisode[] episodes = await RecordedEpisodes.ReadAsync(folder["fast.parquet"]);
        float[] rewards = [.. episodes[1].Rewards];
        rewards[4]++;
        DemonstrationHeader header = await DemonstrationFile.ReadHeaderAsync(folder["fast.parquet"]);
        header = header with { Versions = new Dictionary<string, string>(header.Versions) { [".NET"] = "4.8" } };
        await DemonstrationFile.WriteAsync(folder["false.parquet"], header, [episodes[0], episodes[1] with { Rewards = rewards }]);
        (int code, string output, _) = await RunAsync("replay", folder["false.parquet"]);
        Assert.Equal(ExitCode.DidNotHold, code);
        Assert.Contains("diverges at episode 1, step 4: reward was ", output, StringComparison.Ordinal);
        Assert.Contains(".NET was 4.8 and is now ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_call_is_refused()
    {
        using var folder = new TemporaryFolder();
        string file = folder["x.parquet"];
        Verbs.RefusedBecause("'fast'", await RunAsync("record", "fats", "--out", file));
        Verbs.RefusedBecause("scripted expert of 'fast'", await RunAsync("record", "fast", "--out", file));
        Verbs.RefusedBecause("has no agent", await RunAsync("record", "fast", "--policy", "run", "--out", file));
        Verbs.RefusedBecause(".parquet", await RunAsync("record", "fast", "--policy", "random", "--out", folder["x.csv"]));
        Verbs.RefusedBecause("--skill", await RunAsync("record", "fast", "--policy", "random", "--skill", "centered", "--out", file));
        Verbs.RefusedBecause("not found", await RunAsync("replay", file));
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(file)!));
    }

    [Fact]
    public async Task Every_column_is_documented()
    {
        using var folder = new TemporaryFolder();
        await RunAsync("record", "drawn", "--policy", "random", "--episodes", "1", "--frames", "16", "--out", folder["all.parquet"]);
        DemonstrationEpisode episode = (await RecordedEpisodes.ReadAsync(folder["all.parquet"]))[0];
        (_, string output, _) = await RunAsync("demos", "columns", "--json");
        using JsonDocument columns = JsonDocument.Parse(output);
        string[] documented = [.. columns.RootElement.EnumerateArray().Select(column => column.GetProperty("name").GetString()!)];
        string[] images = ["observation_image", "next_observation_image"]; // of environments whose observations have one
        Assert.Subset(documented.ToHashSet(), images.ToHashSet());
        Assert.Equal(documented.Except(images).Order(StringComparer.Ordinal),
            DemonstrationColumns.Values(episode).Keys
                .Select(name => name.StartsWith("snapshot/", StringComparison.Ordinal) ? "snapshot/*" : name)
                .Distinct()
                .Order(StringComparer.Ordinal));
    }

    private static Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments) =>
        Verbs.RunAsync([new RecordCommand(Verbs.Services), new ReplayCommand(Verbs.Services), new DemosCommand()], arguments);
}
