using EmbodiedRL.App.Commands;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Training.Demonstrations;
using EmbodiedRL.Training.Loop;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.App.Tests.Commands;

/// <summary>What a verb is asked and cannot do: it says so in words, ends with 2 and leaves nothing.</summary>
[Collection(Serial.Name)]
public sealed class RefusalTests : IDisposable
{
    private const string Falling = """
        <mujoco model="falling">
          <worldbody><body name="sled"><joint name="rail" type="slide" axis="0 0 1"/><geom name="sled" size="0.1"/></body></worldbody>
          <actuator><motor name="push" joint="rail" ctrlrange="-1 1" ctrllimited="true"/></actuator>
        </mujoco>
        """;

    private const string Heavy = """
        {
          "env": { "mjcf": { "file": "falling.xml", "episodeSteps": 10, "reward": "1" }, "count": 2,
                   "randomize": { "parameters": [ { "name": "gravity", "minimum": 1e30, "maximum": 1e30 } ] } },
          "reward": { "terms": [ { "name": "task", "source": "task" } ] },
          "agent": { "steps": 64, "horizon": 16, "minibatch": 16, "hiddenSizes": [4] },
          "evaluate": { "episodes": 2 }
        }
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("--seed", "abc", "--seed: expected a whole number from 0 to")]
    [InlineData("--steps", "9223372036854775807", "agent:steps: expected 1 to")]
    [InlineData("--agent:horizon", "2147483647", "agent:horizon: expected 1 to")]
    [InlineData("--agent:hiddenSizes", "2000000000", "agent:hiddenSizes:0: expected 1 to")]
    [InlineData("--settings", "", "--settings: expected a value")]
    [InlineData("--settings", "/dev/zero", "/dev/zero: expected a file with content")]
    public async Task Train_says_in_words_what_it_cannot_do_and_leaves_nothing(string option, string value, string words)
    {
        (int code, _, string error) = await Run("train", option, value, "--out", _folder["run"]);
        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains(words, error, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", error, StringComparison.Ordinal);
        Assert.False(Path.Exists(_folder["run"]));
    }

    [Theory]
    [InlineData("65536", "100000")]
    [InlineData("65536", "1000000")]
    public async Task A_rollout_that_no_machine_holds_is_refused_before_it_is_made(string count, string horizon)
    {
        (int code, _, string error) = await Run("train", "--env:count", count, "--agent:horizon", horizon, "--out", _folder["run"]);
        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains($"A rollout of {count} environments times {horizon} steps needs", error, StringComparison.Ordinal);
        Assert.False(Path.Exists(_folder["run"]));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("/proc/x")]
    [InlineData("/dev/null")]
    [InlineData("/dev/null/x")]
    public async Task A_folder_that_cannot_be_is_blamed_on_its_option(string path)
    {
        (int code, _, string error) = await Run("train", "--agent:steps", "64", "--out", path);
        Assert.Equal(ExitCode.BadInput, code);
        Assert.StartsWith("Error: --out: ", error[error.IndexOf("Error: ", StringComparison.Ordinal)..], StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_could_not_begin_takes_its_folder_away_and_leaves_one_that_was_there()
    {
        Directory.CreateDirectory(_folder["there"]);
        foreach (string name in new[] { "there", "new" })
        {
            RunFolder run = RunFolder.Create(_folder[name]);
            File.WriteAllText(run.Settings, "{}");
            Directory.CreateDirectory(run.Checkpoints);
            run.Abandon();
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder["there"]));
        Assert.False(Path.Exists(_folder["new"]));
    }

    [Fact]
    public async Task Episodes_that_diverge_are_counted_and_told()
    {
        await File.WriteAllTextAsync(_folder["falling.xml"], Falling);
        await File.WriteAllTextAsync(_folder["heavy.json"], Heavy);
        (int code, _, string error) = await Run("train", "--settings", _folder["heavy.json"], "--out", _folder["run"]);
        Assert.True(code == ExitCode.Done, error);
        Assert.Contains("episodes of training ended because the physics diverged", error, StringComparison.Ordinal);
        Assert.Contains("episodes of evaluation ended because the physics diverged", error, StringComparison.Ordinal);
        Assert.Equal(2,
            RunSummary.Read(_folder["run/summary.json"]).Warnings.Count(warning => warning.Contains("diverged", StringComparison.Ordinal)));
        Assert.Contains(RunFiles.Metrics(_folder["run"]), line => line.Contains("\"rollout/diverged\":", StringComparison.Ordinal));
    }

    /// <summary>
    /// Every bit of the part that holds the header, and of that which holds values: none may be shown as if it were right.
    /// </summary>
    [Fact]
    public async Task Show_reads_a_file_of_demonstrations_to_its_end()
    {
        string path = _folder["whole.parquet"];
        using IVectorEnvironment environment = new FastEnv(1);
        DemonstrationEpisode[] played = [.. new DemonstrationRecording(environment, new RandomPolicy(environment.Info.Actions, 1))
        {
            Seed = 3
        }.Play(2)];
        await DemonstrationFile.WriteAsync(path,
            DemonstrationHeader.Of(environment.Info, null, 3, StartDistribution.Task, "nobody"), played);
        (int code, string whole, string error) = await Run("demos", "show", path);
        Assert.True(code == ExitCode.Done, error);
        Assert.Contains("every episode fits its hash", whole, StringComparison.Ordinal);

        byte[] content = await File.ReadAllBytesAsync(path);
        int refused = 0;
        for (int place = 10; place < content.Length; place += 97)
        {
            byte[] damaged = [.. content];
            damaged[place] ^= 4;
            await File.WriteAllBytesAsync(_folder["damaged.parquet"], damaged);
            (code, string shown, error) = await Run("demos", "show", _folder["damaged.parquet"]);
            Assert.DoesNotContain("mistake of the program", error, StringComparison.Ordinal);
            if (code == ExitCode.BadInput) refused++;
            else Assert.Equal(whole, shown);
        }

        Assert.True(refused > 20, $"only {refused} were refused");
    }

    private static async Task<(int Code, string Output, string Error)> Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        using var interruption = new CancellationTokenSource();
        int code = await CommandLine.RunAsync(arguments, new CommandServices(output, error, TimeProvider.System, interruption));
        return (code, output.ToString(), error.ToString());
    }
}
