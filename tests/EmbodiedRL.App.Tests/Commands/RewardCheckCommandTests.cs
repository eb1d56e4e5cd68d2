using System.Text.Json;
using EmbodiedRL.App.Commands;
using EmbodiedRL.Contracts;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.App.Tests.Commands;

[Collection(Serial.Name)]
public sealed class RewardCheckCommandTests : IDisposable
{
    private const string Upright = "a pole on a cart standing upright";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_shipped_models_default_goal_is_trusted()
    {
        (int code, JsonElement answer) = await Check("--goal", Upright);
        Assert.Equal(ExitCode.Done, code);
        Assert.Equal("trust", answer.GetProperty("verdict").GetString());
        Assert.Equal("trained", answer.GetProperty("kind").GetString());
        Assert.Equal("upright", answer.GetProperty("follows").GetString());
        Assert.False(answer.GetProperty("inverted").GetBoolean());
        Assert.InRange(answer.GetProperty("agreement").GetDouble(), 0.85, 1);
        Assert.Empty(answer.GetProperty("reasons").EnumerateArray());
    }

    /// <summary>A second prompt or a sign can turn a reward whose first prompt is known.</summary>
    [Fact]
    public async Task A_reward_turned_round_by_its_weight_is_refused()
    {
        File.WriteAllText(_folder["turned.json"],
            """{ "reward": { "terms": [ { "name": "seen", "source": "goal-baseline", "weight": -1 } ] } }""");
        (int code, JsonElement answer) = await Check("--goal", Upright, "--settings", _folder["turned.json"]);
        Assert.Equal(ExitCode.DidNotHold, code);
        Assert.Equal("refuse", answer.GetProperty("verdict").GetString());
        Assert.True(answer.GetProperty("inverted").GetBoolean());
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    public async Task A_blank_goal_is_bad_usage(string goal)
    {
        (int code, _, string error) = await Run("rewards", "check", "--env", "cartpole", "--goal", goal);
        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains("--goal", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Train_does_not_begin_on_a_refused_reward_unless_it_is_asked_to()
    {
        string[] arguments =
            ["train", "--env", "cartpole", "--goal", "a dog", "--steps", "64", "--evaluate:episodes", "2", "--agent:horizon", "16"];
        (int code, _, string error) = await Run([.. arguments, "--out", _folder["refused"]]);
        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains("is not to be trusted", error, StringComparison.Ordinal);
        Assert.Contains("--untrusted", error, StringComparison.Ordinal);
        Assert.False(Path.Exists(_folder["refused"]));

        (code, _, error) = await Run([.. arguments, "--untrusted", "--out", _folder["anyway"]]);
        Assert.True(code == ExitCode.Done, error);
        var summary = RunSummary.Read(_folder["anyway/summary.json"]);
        Assert.Equal("refuse", summary.Verdict);
        Assert.NotEmpty(summary.Warnings);
        Assert.Contains("Warning: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_negative_control_needs_no_trust()
    {
        (int code, _, string error) = await Run("demo", "--shuffle-weights", "--steps", "64", "--evaluate:episodes", "2",
            "--agent:horizon", "16", "--out", _folder["control"]);
        Assert.True(code == ExitCode.Done, error);
    }

    private static async Task<(int Code, JsonElement Answer)> Check(params string[] arguments)
    {
        (int code, string output, string error) = await Run(["rewards", "check", "--env", "cartpole", .. arguments, "--json"]);
        Assert.True(output.Length > 0, error);
        return (code, JsonDocument.Parse(output).RootElement);
    }

    private static Task<(int Code, string Output, string Error)> Run(params string[] arguments) =>
        Verbs.RunAsync(CommandCatalog.Of(RunServices.Shipped), arguments);
}
