using System.Text.Json;
using EmbodiedRL.App.Commands;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Training.Captioning;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Tests;

namespace EmbodiedRL.App.Tests.Commands;

/// <summary>Measuring a small scene-clip of random weights, and what is refused before that.</summary>
[Collection(Serial.Name)]
[NoTensorLeaks]
public sealed class ModelsEvalCommandTests : IDisposable
{
    private static readonly RunServices Services = SpokenPoint.Services with
    {
        Environments = TestParts.Environments(("ball", count => new SpokenPoint("ball", count)),
            ("box", count => new SpokenPoint("box", count)), ("drawn", count => new DrawnPoint(count))),
    };

    private readonly TemporaryFolder _folder = new();

    public ModelsEvalCommandTests()
    {
        using var ball = new SpokenPoint("ball", 1);
        using var box = new SpokenPoint("box", 1);
        using var model = SceneClip.Create(new CaptionGrammar(ball.Info).Vocabulary.Concat(new CaptionGrammar(box.Info).Vocabulary), 5,
            SpokenPoint.Small.Model);
        model.Save(Path.Combine(Weights, "scene-clip"));
        Directory.CreateDirectory(_folder["sentences"]);
        File.WriteAllText(_folder["sentences/ball.json"], """
            {"environment": "ball", "sentences": [
              {"text": "a red ball on the left", "facts": [["left", false]]}, {"text": "What a day.", "facts": null}]}
            """);
        Directory.CreateDirectory(_folder["damaged"]);
        File.WriteAllText(_folder["damaged/ball.json"], """{"environment": "ball"}""");
    }

    private string Weights => _folder["weights"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task All_figures_are_told_and_written()
    {
        (int code, string output, string error) = await Run("models", "eval", "scene-clip", "--images", "50", "--sentences",
            _folder["sentences"], "--json", _folder["figures.json"]);
        Assert.True(code == ExitCode.Done, error);
        Assert.Contains("Measuring on box", error, StringComparison.Ordinal);
        foreach (string said in new[]
        {
            "scene-clip on ball: 50 images of each condition", "scene-clip on box", "trained", "paraphrase", "composition", "denial",
            "hard negatives", "camera roll", "black picture", "2 sentences of people",
        })
            Assert.Contains(said, output, StringComparison.Ordinal);

        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(_folder["figures.json"]));
        JsonElement root = json.RootElement;
        Assert.Equal(("scene-clip", 50), (root.GetProperty("model").GetString(), root.GetProperty("images").GetInt32()));
        Assert.Equal(["ball", "box"],
            root.GetProperty("environments").EnumerateArray().Select(one => one.GetProperty("environment").GetString()));
        Assert.Equal(24, root.GetProperty("sentences").GetArrayLength());
        Assert.Equal(2, root.GetProperty("written").GetArrayLength());
        Assert.Equal("refused", root.GetProperty("written")[1].GetProperty("outcome").GetString());
        Assert.Equal(2, root.GetProperty("writtenCounts")[0].GetProperty("sentences").GetInt32());
    }

    [Fact]
    public async Task A_folder_is_measured_as_a_name_is_on_chosen_environments()
    {
        string[] few = ["--envs", "ball", "--images", "50", "--json", _folder["figures.json"]];
        Assert.Equal(ExitCode.Done, (await Run(["models", "eval", "scene-clip", .. few])).Code);
        string named = File.ReadAllText(_folder["figures.json"]);
        (int code, string output, string error) = await Run(["models", "eval", Path.Combine(Weights, "scene-clip"), .. few]);
        Assert.True(code == ExitCode.Done, error);
        Assert.DoesNotContain("on box", output, StringComparison.Ordinal);
        Assert.Equal(named, File.ReadAllText(_folder["figures.json"]));
    }

    [Theory]
    [InlineData("'scene-clap'", "scene-clap")]
    [InlineData("'bal'", "scene-clip", "--envs", "bal")]
    [InlineData("no facts are written for it", "scene-clip", "--envs", "drawn")]
    [InlineData("found none", "scene-clip", "--envs", ",")]
    [InlineData("images: expected 50 to 1000000, found 3.", "scene-clip", "--images", "3")]
    [InlineData("sentence files", "scene-clip", "--sentences", "NOWHERE")]
    [InlineData("ball.json: expected sentences of people", "scene-clip", "--sentences", "DAMAGED")]
    [InlineData("--precision", "scene-clip", "--precision", "fp8")]
    public async Task Bad_input_is_one_clear_line_and_code_2(string says, params string[] arguments)
    {
        string[] words = [.. arguments.Select(word => word switch { "NOWHERE" => _folder["nowhere"],
            "DAMAGED" => _folder["damaged"],
            _ => word })];
        Verbs.RefusedBecause(says, await Run(["models", "eval", .. words]));
    }

    private Task<(int Code, string Output, string Error)> Run(params string[] arguments) =>
        Verbs.RunAsync([new ModelsCommand(Services with { Weights = Weights })], arguments);
}
