using System.Diagnostics;
using EmbodiedRL.App.Commands;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.App.Tests.Commands;

/// <summary>
/// Runs of the shipped program as a process of its own, on a shipped environment and on pixels: what happens to a process happens here.
/// </summary>
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
        "wrappers": [
          { "name": "sticky-actions", "probability": 0.2 },
          { "name": "frame-stack", "count": 2 },
          "normalize-observation",
          { "name": "time-limit", "steps": 50 } ],
        "randomize": { "parameters": [
          { "name": "mass", "minimum": 0.8, "maximum": 1.2 },
          { "name": "color", "change": "set", "maximum": 1 } ] },
        """;

    private const string Newest = "whole/checkpoints/update-000040/weights.safetensors";

    private readonly TemporaryFolder _folder = new();

    public ProcessTests()
    {
        File.WriteAllText(_folder["short.json"], Settings);
        // what is drawn over the pixels is not what the model was taught, and the check of the reward says so
        File.WriteAllText(_folder["wrapped.json"],
            Settings.Replace("\"name\": \"cartpole\",", $"\"name\": \"cartpole\", {Wrappers}", StringComparison.Ordinal)
                .Replace("\"goal\": {", "\"goal\": { \"untrusted\": true,", StringComparison.Ordinal));
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
            // the moment is meant to differ from run to run
            await Task.Delay(Environment.TickCount % 400, TestContext.Current.CancellationToken);
            victim.Kill();
            await victim.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal(ExitCode.Done, await Wait(Start("resume", _folder["parts"])));
        Assert.Equal(RunFiles.Metrics(_folder["whole"]), RunFiles.Metrics(_folder["parts"]));
        RunSummary whole = RunSummary.Read(_folder["whole/summary.json"]), parts = RunSummary.Read(_folder["parts/summary.json"]);
        Assert.Equal(whole.Measures, parts.Measures);
        Assert.Equal(whole.MeasuresBefore, parts.MeasuresBefore);
    }

    /// <summary>Killed again and again, from before its first checkpoint on.</summary>
    [Fact]
    public async Task A_run_killed_at_many_moments_equals_one_that_was_not()
    {
        Assert.Equal(ExitCode.Done, await Wait(Start("train", "--settings", _folder["short.json"], "--out", _folder["whole"])));
        var random = Rng.For((ulong)Environment.TickCount64, "kills"); // the moments are meant to differ from run to run
        var moments = new List<string>();
        for (int kill = 0; kill < 5; kill++)
        {
            bool isBegun = File.Exists(_folder["parts/settings.json"]);
            using Process victim = isBegun
                ? Start("resume", _folder["parts"])
                : Start("train", "--settings", _folder["short.json"], "--out", _folder["parts"]);
            int after = (int)random.Uniform(0, kill == 0 ? 2500 : 6000);
            moments.Add($"{after} ms");
            if (!victim.WaitForExit(after)) victim.Kill();
            await victim.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        if (!File.Exists(_folder["parts/settings.json"]))
            await Wait(Start("train", "--settings", _folder["short.json"], "--out", _folder["parts"]));
        else await Wait(Start("resume", _folder["parts"]));
        string where = string.Join(", ", moments);
        Assert.True(RunFiles.Metrics(_folder["whole"]).SequenceEqual(RunFiles.Metrics(_folder["parts"])), where);
        Assert.True(File.ReadAllBytes(_folder[Newest]).AsSpan()
            .SequenceEqual(File.ReadAllBytes(_folder[Newest.Replace("whole", "parts", StringComparison.Ordinal)])),
            where);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder["parts"], "*.tmp", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData("INT", ExitCode.Interrupted)]
    [InlineData("TERM", ExitCode.Terminated)]
    [InlineData("HUP", ExitCode.HungUp)]
    public async Task A_signal_is_a_clean_stop_with_a_way_on(string signal, int code)
    {
        using Process process = Start("train", "--settings", _folder["short.json"], "--out", _folder["run"], "--steps", "1000000");
        await UnderWay(process, _folder["run/checkpoints"]);
        await Send(signal, process);
        Assert.Contains($"./embodied resume {_folder["run"]}", await Ended(process, code), StringComparison.Ordinal);
    }

    /// <summary>What is begun with nohup outlives its terminal.</summary>
    [Fact]
    public async Task A_signal_that_is_ignored_from_outside_stays_ignored()
    {
        using Process process = StartBy([
            "env", "--ignore-signal=HUP", "dotnet", Program, "train", "--settings", _folder["short.json"], "--out", _folder["run"],
            "--steps", "1000000"
        ]);
        await UnderWay(process, _folder["run/checkpoints"]);
        await Send("HUP", process);
        await Send("TERM", process);
        Assert.Contains($"./embodied resume {_folder["run"]}", await Ended(process, ExitCode.Terminated), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_process_in_a_run_is_refused_until_the_first_has_ended_however_it_ended()
    {
        using Process first = Start("train", "--settings", _folder["short.json"], "--out", _folder["run"], "--steps", "1000000");
        await UnderWay(first, _folder["run/checkpoints"]);
        foreach (string[] second in new[] { new[] { "resume", _folder["run"] },
            ["train", "--settings", _folder["short.json"], "--out", _folder["run"]] })
        {
            using Process process = Start(second);
            string said = await Ended(process, ExitCode.BadInput);
            Assert.Contains($"in use by process {first.Id} ", said, StringComparison.Ordinal);
            Assert.Contains("train --settings", said, StringComparison.Ordinal);
        }

        first.Kill();
        await first.WaitForExitAsync(TestContext.Current.CancellationToken);
        using Process next = Start("resume", _folder["run"]);
        await While(next,
            () => !File.Exists(_folder["run/.lock.holder"])
                || !File.ReadAllText(_folder["run/.lock.holder"]).Contains($"process {next.Id} ", StringComparison.Ordinal));
        await Send("TERM", next);
        await Ended(next, ExitCode.Terminated);
    }

    [Fact]
    public async Task A_log_that_is_full_stops_no_training_and_the_end_says_so()
    {
        using Process process = StartBy([
            "bash", "-c", "exec dotnet \"$@\" 2>/dev/full", "bash", Program, "train", "--settings", _folder["short.json"], "--out",
            _folder["run"]
        ]);
        string answer = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(ExitCode.Done, process.ExitCode);
        Assert.Contains("could not be written to standard error", answer, StringComparison.Ordinal);
        Assert.True(File.Exists(_folder["run/summary.json"]));
    }

    private static string Program => typeof(CommandLine).Assembly.Location;

    private static async Task Send(string signal, Process process)
    {
        using Process kill = Process.Start("sh", ["-c", $"kill -{signal} {process.Id}"]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>What it said on stderr, when it has ended as it should.</summary>
    private static async Task<string> Ended(Process process, int code)
    {
        string said = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == code, $"exit {process.ExitCode} instead of {code}: {said}");
        Assert.DoesNotContain("   at ", said, StringComparison.Ordinal);
        return said;
    }

    /// <summary>
    /// Until it has put itself away while training; whoever looks late may find only later checkpoints, since old ones are thrown away.
    /// </summary>
    private static async Task UnderWay(Process process, string checkpoints)
    {
        bool IsUnderWay() =>
            Directory.Exists(checkpoints)
                && Directory.EnumerateDirectories(checkpoints, "update-*")
                    .Any(folder => !folder.EndsWith("-000000", StringComparison.Ordinal));
        await While(process, () => !IsUnderWay());
    }

    private static async Task While(Process process, Func<bool> waits)
    {
        while (waits() && !process.HasExited) await Task.Delay(5, TestContext.Current.CancellationToken);
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

    /// <summary>With the signals' usual meaning, which a shell takes away from what it runs in the background.</summary>
    private static Process Start(params string[] arguments) =>
        StartBy(["env", "--default-signal=INT,TERM,HUP", "dotnet", Program, .. arguments]);

    private static Process StartBy(string[] words) =>
        Process.Start(new ProcessStartInfo(words[0], words[1..]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
}
