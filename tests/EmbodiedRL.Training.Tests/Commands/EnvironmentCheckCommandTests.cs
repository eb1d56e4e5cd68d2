using System.Text.Json;
using EmbodiedRL.Simulation.Checking;
using EmbodiedRL.Training.Commands;
using EmbodiedRL.Training.Evaluation;
using EmbodiedRL.Training.Tests.Runs;

namespace EmbodiedRL.Training.Tests.Commands;

public sealed class EnvironmentCheckCommandTests
{
    [Fact]
    public async Task A_promise_that_holds_ends_with_0()
    {
        (int code, string output, string error) = await Verbs.RunAsync("envs", "check", "fast", "--only", "reward", "--only", "finite");
        Assert.True(code == ExitCode.Done, error);
        Assert.Equal("fast: 2 of 2 checks hold.\n", output);
    }

    [Fact]
    public async Task A_broken_promise_is_told_with_what_to_do_and_ends_with_3()
    {
        (int code, string output, _) = await Verbs.RunAsync("envs", "check", "fast", "--only", "description", "--only", "reward");
        Assert.Equal(ExitCode.DidNotHold, code);
        Assert.Contains("fast: description does not hold.", output, StringComparison.Ordinal);
        Assert.Contains("expected a scene seen from two sides at least, found 0 cameras. Add a <camera> to the scene.", output, StringComparison.Ordinal);
        Assert.Contains("fast: 1 of 2 checks hold.", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_are_checked_and_answered_in_json()
    {
        (int code, string output, _) = await Verbs.RunAsync("envs", "check", "--all", "--json", "--only", "description");
        Assert.Equal(ExitCode.DidNotHold, code);
        using JsonDocument answer = JsonDocument.Parse(output);
        Assert.Equal(Verbs.Stations.Environments, answer.RootElement.EnumerateArray().Select(report => report.GetProperty("environment").GetString()));
        JsonElement finding = answer.RootElement[0].GetProperty("checks")[0].GetProperty("findings")[0];
        Assert.All(new[] { "expected", "found", "advice" }, key => Assert.NotEqual("", finding.GetProperty(key).GetString()));
    }

    [Fact]
    public async Task A_wrong_call_is_refused()
    {
        Verbs.RefusedBecause("found none of them", await Verbs.RunAsync("envs", "check"));
        Verbs.RefusedBecause("found more than one of them", await Verbs.RunAsync("envs", "check", "fast", "--all"));
        Verbs.RefusedBecause("'fast'", await Verbs.RunAsync("envs", "check", "fats"));
        Verbs.RefusedBecause("'finite'", await Verbs.RunAsync("envs", "check", "fast", "--only", "infinite"));
    }

    [Fact]
    public void Pictures_tell_whether_the_body_shows()
    {
        Assert.True(DrawnCheck.Run((count, _) => new DrawnPoint(count)).Holds);
        CheckOutcome speck = DrawnCheck.Run((count, _) => new DrawnPoint(count, radius: 0.02f));
        Assert.Contains("camera 'front'", Assert.Single(speck.Findings).Found, StringComparison.Ordinal);
    }
}
