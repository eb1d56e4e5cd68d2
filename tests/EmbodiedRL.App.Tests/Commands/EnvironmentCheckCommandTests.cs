using System.Text.Json;
using EmbodiedRL.App.Commands;
using EmbodiedRL.Simulation.Checking;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Evaluation;
using EmbodiedRL.Training.Tests;

namespace EmbodiedRL.App.Tests.Commands;

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
        (int code, string output, _) = await Verbs.RunAsync("envs", "check", "drawn", "--only", "description", "--only", "reward");
        Assert.Equal(ExitCode.DidNotHold, code);
        Assert.Contains("drawn: description does not hold.", output, StringComparison.Ordinal);
        Assert.Contains("expected a scene seen from two sides at least, found", output, StringComparison.Ordinal);
        Assert.Contains("drawn: 1 of 2 checks hold.", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_are_checked_and_answered_in_json()
    {
        (int code, string output, _) = await Verbs.RunAsync("envs", "check", "--all", "--json", "--only", "description");
        Assert.Equal(ExitCode.DidNotHold, code);
        using JsonDocument answer = JsonDocument.Parse(output);
        Assert.Equal(Verbs.Services.Environments.Names,
            answer.RootElement.EnumerateArray().Select(report => report.GetProperty("environment").GetString()));
        JsonElement finding = answer.RootElement[0].GetProperty("checks")[0].GetProperty("findings")[0];
        Assert.All(new[] { "expected", "found", "advice" }, key => Assert.NotEqual("", finding.GetProperty(key).GetString()));
    }

    /// <summary>What they cannot keep is said with the reason, and nothing else is broken.</summary>
    [Theory]
    [InlineData("pendulum", "'normalize-observation' learns", "seen through a free one")]
    [InlineData("leg", "'normalize-observation' and 'normalize-reward' learn", "knows no facts")]
    [InlineData("gripper", "'normalize-observation' learns", "knows no facts")]
    public async Task What_settings_compose_is_checked_as_it_is_trained_in(string name, params string[] reasons)
    {
        string file = Path.Combine(AppContext.BaseDirectory, "examples", "settings", $"{name}.json");
        (int code, string output, string error) = await Verbs.RunAsync(RunServices.Shipped, "envs", "check", "--settings", file);
        Assert.True(code == ExitCode.Done, output + error);
        Assert.All(output.Split('\n')[..^2], line => Assert.Contains("does not hold and is not promised", line, StringComparison.Ordinal));
        Assert.All(reasons, reason => Assert.Contains(reason, output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_broken_within_is_not_excused_by_a_wrapper_that_learns()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["fast.json"], """{ "env": { "name": "fast", "wrappers": [ "normalize-observation" ] } }""");
        (int bare, _, _) = await Verbs.RunAsync("envs", "check", "fast", "--only", "rows");
        (int code, string output, _) = await Verbs.RunAsync("envs", "check", "--settings", folder["fast.json"], "--only", "rows");
        Assert.Equal((ExitCode.DidNotHold, ExitCode.DidNotHold), (bare, code));
        Assert.Contains("fast: rows does not hold. ", output, StringComparison.Ordinal);
        Assert.DoesNotContain("not promised", output, StringComparison.Ordinal);
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
        Assert.True(VisibilityCheck.Run((count, _) => new DrawnPoint(count)).Holds);
        CheckOutcome speck = VisibilityCheck.Run((count, _) => new DrawnPoint(count, radius: 0.02f));
        Assert.Contains("camera 'front'", Assert.Single(speck.Findings).Found, StringComparison.Ordinal);
    }
}
