using System.Text.Json;
using EmbodiedRL.App.Commands;
using EmbodiedRL.Rewards.Learned;
using EmbodiedRL.Training.Composition;

namespace EmbodiedRL.App.Tests.Commands;

/// <summary>Record, train offline, reward a run by the file, resume: each by its command.</summary>
[Collection(Serial.Name)]
public sealed class RewardTrainCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("preference", "budget=80")]
    [InlineData("progress", "window=1")]
    [InlineData("success-classifier", "budget=600")]
    public async Task Recorded_episodes_train_a_reward_that_settings_name(string kind, string option)
    {
        string file = _folder["random.parquet"];
        await DoneAsync("record", "fast", "--policy", "random", "--episodes", "30", "--out", file);
        string output = await DoneAsync("rewards", "train", kind, "--env", "fast", "--data", file, "--set", "passes=5", "--set", option,
            "--out", _folder["learned"], "--json");
        using JsonDocument record = JsonDocument.Parse(output);
        Assert.Equal((kind, "fast"),
            (record.RootElement.GetProperty("kind").GetString(), record.RootElement.GetProperty("environment").GetString()));
        Assert.Equal(64, record.RootElement.GetProperty("data").GetProperty(file).GetString()!.Length);
        Assert.Equal(output.TrimEnd(), (await File.ReadAllTextAsync(_folder["learned/reward.json"])).TrimEnd());

        await File.WriteAllTextAsync(_folder["run.json"],
            $$"""
            { "env": { "name": "fast", "count": 4 }, "agent": { "algorithm": "ppo", "horizon": 32, "minibatch": 32, "steps": 256 },
              "evaluate": { "episodes": 2 },
              "reward": { "terms": [ { "name": "learned", "source": "{{kind}}", "file": "learned/{{LearnedRecord.WeightsFile}}" } ] } }
            """);
        await DoneAsync("train", "--settings", _folder["run.json"], "--out", _folder["run"]);
        string copy = _folder["run/learned.reward.safetensors"];
        Assert.Equal(await File.ReadAllBytesAsync(_folder[$"learned/{LearnedRecord.WeightsFile}"]), await File.ReadAllBytesAsync(copy));

        // named by its folder it is the same term
        await DoneAsync("train", "--env", "fast", "--reward", _folder["learned"], "--env:count", "4", "--agent:horizon", "32",
            "--agent:minibatch", "32", "--agent:steps", "256", "--evaluate:episodes", "2", "--out", _folder["named"]);
        Assert.Equal(await File.ReadAllBytesAsync(copy), await File.ReadAllBytesAsync(_folder["named/learned.reward.safetensors"]));

        // a file that changed is not gone on with
        File.Copy(Path.Combine(AppContext.BaseDirectory, "xunit.v3.core.dll"), copy, overwrite: true);
        (int code, _, string error) = await RunAsync("resume", _folder["run"], "--steps", "512");
        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains("learned.reward.safetensors", error, StringComparison.Ordinal);
    }

    /// <summary>Swing-ups from rest begin alike, hang, swing and stand: three steps.</summary>
    [Fact]
    public async Task Pictures_of_recorded_successes_make_a_reward_that_a_run_and_an_audit_name()
    {
        (string file, string random, string steps) = (_folder["expert.parquet"], _folder["random.parquet"], _folder["steps"]);
        await ShippedAsync("record", "cartpole", "--policy", "expert", "--start", "task", "--episodes", "2", "--out", file);
        await ShippedAsync("record", "cartpole", "--policy", "random", "--episodes", "1", "--out", random);
        string[] training = ["rewards", "train", "stepwise-perceptual", "--env", "cartpole", "--frames", "50", "--out"];
        using JsonDocument record = JsonDocument.Parse(await ShippedAsync([.. training, steps, "--data", random, file, "--json"]));
        JsonElement figures = record.RootElement.GetProperty("figures");
        Assert.Equal((2, 100, 1), (figures.GetProperty("demonstrations").GetInt32(), figures.GetProperty("frames").GetInt32(),
            figures.GetProperty("failures-left-out").GetInt32()));
        double second = figures.GetProperty("step-2-begins-at").GetDouble(), third = figures.GetProperty("step-3-begins-at").GetDouble();
        Assert.True(second > 0 && second < third && third < 0.5, $"{second}, {third}: it is up before half of the episode");
        Assert.Equal(2, DemonstrationFrames.Read(Path.Combine(steps, LearnedRewardTraining.FileOf("stepwise-perceptual"))).Count);

        await ShippedAsync("train", "--env", "cartpole", "--reward", steps, "--env:count", "4", "--agent:steps", "256",
            "--evaluate:episodes", "2", "--out", _folder["run"]);
        Assert.True(File.Exists(_folder["run/steps.demonstrations.safetensors"]));
        string audit = await ShippedAsync("rewards", "audit", "--env", "cartpole", "--rewards", steps, "--episodes", "2", "--frames", "4",
            "--out", _folder["audit"]);
        Assert.Contains("steps", audit, StringComparison.Ordinal);

        Verbs.RefusedBecause("none among 1", await Verbs.RunAsync(Shipped, [.. training, _folder["x"], "--data", random]));
        Verbs.RefusedBecause("at least 15 frames",
            await Verbs.RunAsync(Shipped, [.. training[..5], "--frames", "10", "--out", _folder["x"], "--data", file]));
        Verbs.RefusedBecause("which alone reads pictures",
            await Verbs.RunAsync(Shipped, "rewards", "train", "progress", "--env", "cartpole", "--frames", "9", "--out", _folder["x"]));
        Assert.False(Directory.Exists(_folder["x"]));
    }

    [Theory]
    [InlineData("no reward source that is trained 'task'", "rewards", "train", "task", "--env", "fast", "--out", "x")]
    [InlineData("--data: expected a file of recorded episodes", "rewards", "train", "preference", "--env", "fast", "--out", "x")]
    [InlineData("was not found", "rewards", "train", "preference", "--env", "fast", "--data", "none.parquet", "--out", "x")]
    [InlineData("segmnet: there is no such setting", "rewards", "train", "preference", "--env", "fast", "--set", "segmnet=3", "--out", "x")]
    [InlineData("segment: expected 1 to 10000, found 0",
        "rewards", "train", "preference", "--env", "fast", "--set", "segment=0", "--out", "x")]
    [InlineData("found neither", "rewards", "train", "preference", "--out", "x")]
    [InlineData("--out: expected a file that ends in .jsonl", "rewards", "label", "--env", "fast", "--out", "labels.txt")]
    [InlineData("--pairs: expected 1 to 1000000, found 0", "rewards", "label", "--env", "drawn", "--out", "x.jsonl", "--pairs", "0")]
    [InlineData("frames of environment 'fast'", "rewards", "label", "--env", "fast", "--out", "x.jsonl")]
    public async Task Bad_input_is_one_clear_line_and_code_2(string says, params string[] arguments)
    {
        Verbs.RefusedBecause(says, await RunAsync([.. arguments.Select(argument => argument == "x" ? _folder["x"] : argument)]));
        Assert.False(Directory.Exists(_folder["x"]));
    }

    [Fact]
    public async Task Episodes_of_another_environment_are_refused()
    {
        string file = _folder["random.parquet"];
        await DoneAsync("record", "fast", "--policy", "random", "--episodes", "1", "--out", file);
        Verbs.RefusedBecause("of 'fast'", await Verbs.RunAsync([PartsCommand.Rewards(RunServices.Shipped)], "rewards", "train", "progress",
            "--env", "cartpole", "--data", file, "--out", _folder["x"]));
    }

    [Fact]
    public async Task Label_serves_its_page_until_it_is_interrupted()
    {
        using var interruption = new CancellationTokenSource();
        using var output = new StringWriter();
        using var error = new StringWriter();
        var services = new CommandServices(TextWriter.Synchronized(output), TextWriter.Synchronized(error), TimeProvider.System,
            interruption);
        Task<int> serving = CommandLine.RunAsync(["rewards", "label", "--env", "drawn", "--out", _folder["labels.jsonl"], "--port", "0",
            "--size", "64", "--segment", "5"], services, Commands);
        Assert.True(SpinWait.SpinUntil(() => serving.IsCompleted || output.ToString().Contains("Ctrl-C", StringComparison.Ordinal),
            TimeSpan.FromSeconds(60)));
        Assert.False(serving.IsCompleted, output.ToString() + error);
        using var client = new HttpClient();
        string status = await client.GetStringAsync($"{output.ToString().Split(' ')[0]}/pair", TestContext.Current.CancellationToken);
        Assert.Contains("\"environment\": \"drawn\"", status, StringComparison.Ordinal);
        await interruption.CancelAsync();
        Assert.Equal(ExitCode.Done, await serving);
        Assert.Contains("0 answers", error.ToString(), StringComparison.Ordinal);
    }

    private static IReadOnlyList<ICommand> Commands =>
    [
        PartsCommand.Rewards(Verbs.Services), new RecordCommand(Verbs.Services), new TrainCommand(Verbs.Services),
        new ResumeCommand(Verbs.Services),
    ];

    private static IReadOnlyList<ICommand> Shipped =>
        [PartsCommand.Rewards(RunServices.Shipped), new RecordCommand(RunServices.Shipped), new TrainCommand(RunServices.Shipped)];

    private static async Task<string> ShippedAsync(params string[] arguments)
    {
        (int code, string output, string error) = await Verbs.RunAsync(Shipped, arguments);
        Assert.True(code == ExitCode.Done, error);
        return output;
    }

    private static Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments) =>
        Verbs.RunAsync(Commands, arguments);

    private static async Task<string> DoneAsync(params string[] arguments)
    {
        (int code, string output, string error) = await RunAsync(arguments);
        Assert.True(code == ExitCode.Done, error);
        return output;
    }
}
