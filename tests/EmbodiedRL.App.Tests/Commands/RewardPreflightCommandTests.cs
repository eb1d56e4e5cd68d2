using System.Text.Json;
using EmbodiedRL.App.Commands;
using EmbodiedRL.Training.Composition;

namespace EmbodiedRL.App.Tests.Commands;

[Collection(Serial.Name)]
public sealed class RewardPreflightCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Verdict_report_and_pictures_are_written_and_scripts_find_the_figures()
    {
        (int code, string output, string error) =
            await Run("--reward", "task", "--out", _folder["preflight"], "--json", _folder["answer.json"]);
        Assert.True(code == ExitCode.Done, error);
        Assert.Contains("in cartpole: go.", output, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(File.ReadAllText(_folder["answer.json"]));
        JsonElement root = json.RootElement, figures = root.GetProperty("figures");
        Assert.Equal(("go", ""), (root.GetProperty("verdict").GetString(), root.GetProperty("kind").GetString()));
        Assert.InRange(figures.GetProperty("range").GetDouble(), 0.5, 1.5);
        Assert.InRange(figures.GetProperty("rises").GetProperty("start").GetDouble(), 0.8, 1);
        Assert.Equal(JsonValueKind.Null, figures.GetProperty("lookVariance").ValueKind);
        Assert.Equal(["task", "wholeRange"],
            root.GetProperty("paths").EnumerateArray().Select(path => path.GetProperty("start").GetString()).Distinct());
        Assert.InRange(root.GetProperty("check").GetProperty("agreement").GetDouble(), 0.85, 1);
        string page = File.ReadAllText(_folder["preflight/report.html"]);
        Assert.Contains("<div class=\"figure\">go</div>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("src=\"http", page, StringComparison.Ordinal);
        foreach (string picture in new[] { "landscape.png", "frames.png" })
            Assert.True(new FileInfo(_folder[$"preflight/{picture}"]).Length > 5_000, picture);
    }

    [Fact]
    public async Task A_reward_turned_round_ends_with_the_code_of_a_check_that_did_not_hold()
    {
        File.WriteAllText(_folder["turned.json"], """{ "terms": [ { "name": "turned", "source": "task", "weight": -1 } ] }""");
        (int code, string output, string error) = await Run("--reward", _folder["turned.json"], "--out", _folder["preflight"], "--json");
        Assert.True(code == ExitCode.DidNotHold, error);
        using var json = JsonDocument.Parse(output);
        Assert.Equal("no-go", json.RootElement.GetProperty("verdict").GetString());
        Assert.Contains("is inverted", json.RootElement.GetProperty("reasons")[0].GetString(), StringComparison.Ordinal);
        Assert.True(File.Exists(_folder["preflight/report.html"])); // it is there to be looked at
    }

    [Theory]
    [InlineData("--goal", "--goal", " ")]
    [InlineData("there is no", "--reward", "tsk")]
    [InlineData("no camera", "--env:render:camera", "behind", "--reward", "task")]
    [InlineData("is no run", "--out", "OCCUPIED", "--reward", "task")]
    public async Task Bad_input_ends_with_its_own_code_and_leaves_nothing(string says, params string[] arguments)
    {
        Directory.CreateDirectory(_folder["occupied"]);
        File.WriteAllText(_folder["occupied/mine.txt"], "mine");
        string[] meant = [.. arguments.Select(argument => argument == "OCCUPIED" ? _folder["occupied"] : argument)];
        string[] elsewhere = arguments.Contains("--out") ? [] : ["--out", _folder["preflight"]];
        (int code, string output, string error) = await Run([.. meant, .. elsewhere]);
        Assert.Equal((ExitCode.BadInput, ""), (code, output));
        Assert.Contains(says, error, StringComparison.OrdinalIgnoreCase);
        Assert.False(Path.Exists(_folder["preflight"]));
        Assert.Equal(["mine.txt"], Directory.EnumerateFiles(_folder["occupied"]).Select(Path.GetFileName));
    }

    private static Task<(int Code, string Output, string Error)> Run(params string[] arguments) =>
        Verbs.RunAsync(CommandCatalog.Of(RunServices.Shipped),
            ["rewards", "preflight", "--env", "cartpole", "--threads", "1", .. arguments]);
}
