using System.Text.Json;
using EmbodiedRL.App.Commands;
using EmbodiedRL.Rendering.Images;
using EmbodiedRL.Training.Auditing;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Demonstrations;

namespace EmbodiedRL.App.Tests.Commands;

[Collection(Serial.Name)]
public sealed class RewardAuditCommandTests : IDisposable
{
    private static readonly string[] Few =
        ["--episodes", "2", "--frames", "4", "--size", "32", "--threads", "1", "--red-team-states", "256"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Figures_report_and_data_set_are_written_and_scripts_find_the_rows()
    {
        File.WriteAllText(_folder["absent.json"],
            $$"""{ "terms": [ { "name": "seen", "source": "goal-baseline", "model": "{{_folder["nowhere"]}}" } ] }""");
        (int code, string output, string error) = await Run("--env", "cartpole", "--goal", "a pole standing upright on a cart",
            "--rewards", $"task,{_folder["absent.json"]}", "--out", _folder["audit"], "--json", _folder["audit.json"]);
        Assert.True(code == ExitCode.Done, error);
        Assert.Contains("voc-success", output, StringComparison.Ordinal);
        Assert.Contains("absent: not run: no model", output, StringComparison.Ordinal);

        using var json = JsonDocument.Parse(File.ReadAllText(_folder["audit.json"]));
        JsonElement[] rows = [.. json.RootElement.GetProperty("rows").EnumerateArray()];
        Assert.Equal(AuditMetrics.All.Select(metric => $"cartpole/task/{metric.Name}"),
            rows.Select(row => row.GetProperty("name").GetString()));
        JsonElement auroc = rows.Single(row => row.GetProperty("metric").GetString() == "auroc");
        Assert.InRange(auroc.GetProperty("value").GetDouble(), 0.7, 1);
        Assert.True(auroc.GetProperty("low").GetDouble() <= auroc.GetProperty("value").GetDouble());
        Assert.Equal(1, auroc.GetProperty("referenceValue").GetDouble());
        JsonElement negation = rows.Single(row => row.GetProperty("metric").GetString() == "negation");
        Assert.Equal((JsonValueKind.Null, "it reads no sentence"),
            (negation.GetProperty("value").ValueKind, negation.GetProperty("note").GetString()));
        Assert.Equal("absent", json.RootElement.GetProperty("notRun")[0].GetProperty("reward").GetString());
        JsonElement fraud = rows.Single(row => row.GetProperty("metric").GetString() == "fraud");
        Assert.InRange(fraud.GetProperty("value").GetDouble(), 0.1, 0.9);
        Assert.InRange(fraud.GetProperty("referenceValue").GetDouble(), 0.1, 0.7);
        JsonElement[] attacks = [.. json.RootElement.GetProperty("frauds").EnumerateArray()];
        Assert.Equal(["random", "optimizer"], attacks.Select(attack => attack.GetProperty("attack").GetString()));
        Assert.Equal(attacks.Max(attack => attack.GetProperty("value").GetDouble()), fraud.GetProperty("value").GetDouble());
        Assert.All(attacks, attack => Assert.All(attack.GetProperty("truths").EnumerateArray(),
            truth => Assert.InRange(truth.GetDouble(), 0, 0.5)));

        string report = File.ReadAllText(_folder["audit/report.html"]);
        Assert.Contains("near-miss", report, StringComparison.Ordinal);
        Assert.Contains("<h2>Red team</h2>", report, StringComparison.Ordinal);
        foreach (string attack in new[] { "random", "optimizer" })
            Assert.Equal(5 * 122 + 6, ImageFile.DecodeRgb(File.ReadAllBytes(_folder[$"audit/red-team/task-{attack}.png"])).Width);
        using var kept = JsonDocument.Parse(File.ReadAllText(_folder["audit/red-team/frauds.json"]));
        int numbers = kept.RootElement.GetProperty("state").GetArrayLength();
        Assert.All(kept.RootElement.GetProperty("frauds").EnumerateArray(), found => Assert.Equal([numbers, numbers, numbers, numbers],
            found.GetProperty("states").EnumerateArray().Select(state => state.GetArrayLength())));
        Assert.DoesNotContain("src=\"http", report, StringComparison.Ordinal);
        IReadOnlyDictionary<string, Array> episodes =
            await ParquetTable.ReadAsync(_folder["audit/meta/episodes/chunk-000/file-000.parquet"]);
        Assert.Contains("expert", (string[])episodes["kind"]);
        Assert.Equal(json.RootElement.GetProperty("trajectories").EnumerateArray().Sum(kind => kind.GetProperty("count").GetInt32()),
            episodes["kind"].Length);
    }

    [Fact]
    public async Task Without_a_file_the_answer_is_JSON_alone()
    {
        (int code, string output, string error) = await Run("--env", "cartpole", "--rewards", "task", "--out", _folder["audit"], "--json");
        Assert.True(code == ExitCode.Done, error);
        using var json = JsonDocument.Parse(output);
        Assert.Equal("a pole standing upright on a cart", json.RootElement.GetProperty("goal").GetString());
    }

    [Fact]
    public async Task Where_every_model_is_missing_that_is_said_and_is_bad_input()
    {
        File.WriteAllText(_folder["absent.json"],
            $$"""{ "terms": [ { "name": "seen", "source": "goal-baseline", "model": "{{_folder["nowhere"]}}" } ] }""");
        (int code, string output, string error) =
            await Run("--env", "cartpole", "--rewards", _folder["absent.json"], "--out", _folder["audit"], "--red-team", "none");
        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains("absent: not run: no model", output, StringComparison.Ordinal);
        Assert.Contains("No reward was audited", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("there is no", "--rewards", "tsk")]
    [InlineData("there is no attack 'randm'", "--red-team", "randm")]
    [InlineData("found 'none,random'", "--red-team", "none,random")]
    [InlineData("redTeam:states: expected", "--red-team-states", "5")]
    [InlineData("redTeam:policySteps: expected", "--red-team-steps", "-1")]
    [InlineData("names that differ", "--rewards", "task,task")]
    [InlineData("expected one reward", "--rewards", ",")]
    [InlineData("--goal", "--goal", " ")]
    [InlineData("whose truth 'cartpole' knows", "--goal", "a dog", "--rewards", "task")]
    [InlineData("frames: expected", "--frames", "2", "--rewards", "task")]
    [InlineData("is no run", "--out", "OCCUPIED", "--rewards", "task")]
    public async Task Bad_input_ends_with_its_own_code(string says, params string[] arguments)
    {
        Directory.CreateDirectory(_folder["occupied"]);
        File.WriteAllText(_folder["occupied/mine.txt"], "mine");
        string[] meant = [.. arguments.Select(argument => argument == "OCCUPIED" ? _folder["occupied"] : argument)];
        string[] elsewhere = arguments.Contains("--out") ? [] : ["--out", _folder["audit"]];
        (int code, string output, string error) = await RunPlain(["--env", "cartpole", .. meant, .. elsewhere]);
        Assert.Equal((ExitCode.BadInput, ""), (code, output));
        Assert.Contains(says, error, StringComparison.OrdinalIgnoreCase);
        Assert.False(Path.Exists(_folder["audit/report.html"]));
    }

    private static Task<(int Code, string Output, string Error)> Run(params string[] arguments) => RunPlain([.. arguments, .. Few]);

    private static Task<(int Code, string Output, string Error)> RunPlain(string[] arguments) =>
        Verbs.RunAsync(CommandCatalog.Of(RunServices.Shipped), ["rewards", "audit", .. arguments]);
}
