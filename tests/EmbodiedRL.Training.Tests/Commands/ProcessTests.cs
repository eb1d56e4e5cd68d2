using System.Diagnostics;
using EmbodiedRL.Contracts;
using EmbodiedRL.Training.Commands;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.Training.Tests.Commands;

/// <summary>Runs of the shipped program as a process of its own, on a shipped environment and on pixels: what happens to a process happens here.</summary>
[Collection(Serial.Name)]
public sealed class ProcessTests : IDisposable
{
    private const string Settings = """
        {
          "env": { "name": "cartpole", "count": 8 },
          "goal": { "prompt": "a pole standing upright on a cart" },
          "agent": { "steps": 5120, "horizon": 16, "minibatch": 32, "hiddenSizes": [16] },
          "evaluate": { "episodes": 4 },
          "checkpoint": { "every": 640 },
          "threads": 1
        }
        """;

    /// <summary>What is put around the environment, each with a state of its own.</summary>
    private const string Wrappers = """
        "wrappers": [ { "name": "sticky-actions", "args": { "probability": 0.2 } }, { "name": "frame-stack", "args": { "count": 2 } }, "normalise-observation", { "name": "time-limit", "args": { "steps": 50 } } ],
        "randomise": { "parameters": [ { "name": "mass", "minimum": 0.8, "maximum": 1.2 }, { "name": "colour", "change": "set", "maximum": 1 } ] },
        """;

    private readonly TemporaryFolder _folder = new();

    public ProcessTests()
    {
        File.WriteAllText(_folder["short.json"], Settings);
        File.WriteAllText(_folder["wrapped.json"], Settings.Replace("\"name\": \"cartpole\",", $"\"name\": \"cartpole\", {Wrappers}", StringComparison.Ordinal));
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("short.json")]
    [InlineData("wrapped.json")]
    public async Task A_run_killed_at_a_random_moment_and_resumed_equals_one_that_was_not(string settings)
    {
        Assert.Equal(ExitCode.Done, await Wait(Start("train", "--settings", _folder[settings], "--out", _folder["whole"])));

        using (Process victim = Start("train", "--settings", _folder[settings], "--out", _folder["parts"]))
        {
            await UnderWay(victim, _folder["parts/checkpoints"]);
            await Task.Delay(Environment.TickCount % 400, TestContext.Current.CancellationToken); // the moment is meant to differ from run to run
            victim.Kill();
            await victim.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal(ExitCode.Done, await Wait(Start("resume", _folder["parts"])));
        Assert.Equal(RunFiles.Metrics(_folder["whole"]), RunFiles.Metrics(_folder["parts"]));
        RunSummary whole = RunSummary.Read(_folder["whole/summary.json"]), parts = RunSummary.Read(_folder["parts/summary.json"]);
        Assert.Equal(whole.Measures, parts.Measures);
        Assert.Equal(whole.MeasuresBefore, parts.MeasuresBefore);
    }

    [Fact]
    public async Task Ctrl_C_is_a_clean_stop_with_a_way_on()
    {
        using Process process = Start("train", "--settings", _folder["short.json"], "--out", _folder["run"], "--steps", "1000000");
        await UnderWay(process, _folder["run/checkpoints"]);
        using (Process signal = Process.Start("sh", ["-c", $"kill -INT {process.Id}"])) await signal.WaitForExitAsync(TestContext.Current.CancellationToken);
        string said = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(ExitCode.Interrupted, process.ExitCode);
        Assert.Contains($"./embodied resume {_folder["run"]}", said, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", said, StringComparison.Ordinal);
    }

    /// <summary>Until it has put itself away while training; whoever looks late may find only later checkpoints, since old ones are thrown away.</summary>
    private static async Task UnderWay(Process process, string checkpoints)
    {
        bool IsUnderWay() => Directory.Exists(checkpoints) && Directory.EnumerateDirectories(checkpoints, "update-*").Any(folder => !folder.EndsWith("-000000", StringComparison.Ordinal));
        while (!IsUnderWay() && !process.HasExited) await Task.Delay(5, TestContext.Current.CancellationToken);
    }

    private static async Task<int> Wait(Process process)
    {
        using (process)
        {
            string said = await process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            Assert.True(process.ExitCode == ExitCode.Done, said);
            return process.ExitCode;
        }
    }

    private static Process Start(params string[] arguments)
    {
        string program = typeof(CommandLine).Assembly.Location;
        return Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
    }
}
