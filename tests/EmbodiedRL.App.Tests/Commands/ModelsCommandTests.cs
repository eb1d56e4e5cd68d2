using System.Text.Json;
using EmbodiedRL.App.Commands;
using EmbodiedRL.Contracts;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Training.Captioning;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Tests;

namespace EmbodiedRL.App.Tests.Commands;

[Collection(Serial.Name)]
[NoTensorLeaks]
public sealed class ModelsCommandTests : IDisposable
{
    private static readonly string[] Files = [
        "README.md", "card.json", "config.json", "model.safetensors", "tokenizer.json", "training.json"
    ];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_model_is_trained_listed_and_loaded_by_name()
    {
        File.WriteAllText(_folder["EmbodiedRL.sln"], "");
        (int code, string output, string error) = await Run("models", "list");
        Assert.Equal(ExitCode.Done, code);
        Assert.Contains("make them with: ./embodied models train scene-clip", output, StringComparison.Ordinal);

        (code, output, error) = await Run("models", "train", "scene-clip", "--steps", "4", "--seed", "9", "--threads", "1", "--json");
        Assert.True(code == ExitCode.Done, error);
        Assert.Contains("batches", error, StringComparison.Ordinal);
        string folder = Path.Combine(Weights, "scene-clip");
        Assert.Equal(Files, Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal([folder], Directory.GetFileSystemEntries(Weights));
        Assert.Equal(Files.Select(file => $"weights/scene-clip/{file}"), AssetManifest.Read(_folder["assets"]).Select(entry => entry.Path));

        ModelCard card = ModelCard.Read(folder)!;
        Assert.Equal("./embodied models train scene-clip --envs ball,box --steps 4 --seed 9 --threads 1", card.Command);
        using JsonDocument answer = JsonDocument.Parse(output);
        Assert.Equal(card.Figures[0].Rank!.Median,
            answer.RootElement.GetProperty("figures")[0].GetProperty("rank").GetProperty("median").GetDouble());

        using (SceneClip model = SceneClip.Load(folder))
        {
            Assert.Equal((card.Vocabulary, card.Parameters), (model.Words.Count(), model.ParameterCount));
            Assert.Equal(card.Command, model.Metadata["command"]);
        }

        (_, output, _) = await Run("models", "list", "--json");
        using JsonDocument list = JsonDocument.Parse(output);
        JsonElement listed = list.RootElement[0];
        Assert.Equal("scene-clip", listed.GetProperty("name").GetString());
        Assert.True(listed.GetProperty("present").GetBoolean());
        Assert.Equal(AssetManifest.Sha256Of(Path.Combine(folder, "model.safetensors")), listed.GetProperty("sha256").GetString());
        Assert.Equal(card.Figures.Count, listed.GetProperty("figures").GetArrayLength());
    }

    [Fact]
    public async Task Interrupted_it_leaves_the_old_model_whole_and_nothing_beside_it()
    {
        string folder = Path.Combine(Weights, "scene-clip");
        Directory.CreateDirectory(folder);
        foreach (string file in Files) File.WriteAllText(Path.Combine(folder, file), $"old {file}");
        using var interruption = new CancellationTokenSource();
        await interruption.CancelAsync();
        (int code, _, string error) =
            await Run(interruption, "models", "train", "scene-clip", "--envs", "ball", "--threads", "1", "--replace-shipped");
        Assert.Equal(ExitCode.Interrupted, code);
        Assert.Contains("is as it was", error, StringComparison.Ordinal);
        Assert.Equal([folder], Directory.GetFileSystemEntries(Weights));
        foreach (string file in Files) Assert.Equal($"old {file}", File.ReadAllText(Path.Combine(folder, file)));
    }

    /// <summary>Every run that names the model reads these weights, so nobody replaces them by the way.</summary>
    [Fact]
    public async Task A_model_that_runs_read_is_replaced_only_on_purpose()
    {
        string folder = Path.Combine(Weights, "scene-clip"), made = "";
        Directory.CreateDirectory(folder);
        foreach (string file in Files) File.WriteAllText(Path.Combine(folder, file), $"old {file}");
        string[] train = ["models", "train", "scene-clip", "--envs", "ball", "--steps", "2", "--threads", "1"];
        try
        {
            (int code, string output, string error) = await Run(train);
            made = output.Split('\n').First(line => line.StartsWith("Model: ", StringComparison.Ordinal))["Model: ".Length..];
            Assert.True(code == ExitCode.Done, error);
            Assert.Contains($"EMBODIED_WEIGHTS={Path.GetDirectoryName(Path.GetFullPath(made))}", error, StringComparison.Ordinal);
            Assert.True(File.Exists(Path.Combine(made, "model.safetensors")));
            foreach (string file in Files) Assert.Equal($"old {file}", File.ReadAllText(Path.Combine(folder, file)));
        }
        finally
        {
            if (made.Length > 0) Directory.Delete(Path.GetDirectoryName(made)!, recursive: true);
        }

        Assert.Equal(ExitCode.Done, (await Run([.. train, "--replace-shipped"])).Code);
        Assert.NotEqual("old model.safetensors", File.ReadAllText(Path.Combine(folder, "model.safetensors")));
    }

    /// <summary>A model without one environment and without one fact of the other is measured on both, for another one's card.</summary>
    [Fact]
    public async Task Figures_of_the_card_are_measured_anew_with_those_of_what_another_model_was_not_taught()
    {
        string[] train = ["models", "train", "scene-clip", "--steps", "2", "--threads", "1"];
        Assert.Equal(ExitCode.Done, (await Run(train)).Code);
        string others = _folder["without"], folder = Path.Combine(Weights, "scene-clip");
        Assert.Equal(ExitCode.Done, (await Run([.. train, "--envs", "ball", "--without", "ball/left", "--out", others])).Code);
        ModelCard before = ModelCard.Read(folder)!;

        string[] eval = ["models", "eval", "scene-clip", "--images", "50"];
        Assert.Equal(ExitCode.BadInput, (await Run([.. eval, "--left-out", others])).Code);
        Assert.Equal(ExitCode.BadInput, (await Run([.. eval, "--card", "--envs", "ball"])).Code);
        Assert.Equal(ExitCode.BadInput, (await Run([.. eval, "--card", "--left-out", _folder["nowhere"]])).Code);
        Assert.Equal(ExitCode.BadInput, (await Run([.. eval, "--card", "--left-out", folder])).Code);
        Assert.Equal(RunJson.Of(before), RunJson.Of(ModelCard.Read(folder)!));

        (int code, _, string error) = await Run([.. eval, "--card", "--left-out", others]);
        Assert.True(code == ExitCode.Done, error);
        ModelCard card = ModelCard.Read(folder)!;
        Assert.Equal([("ball", "left"), ("box", "")], card.LeftOut.Select(row => (row.Environment, string.Join(',', row.LeftOut))));
        Assert.All(card.LeftOut, row => Assert.NotNull(row.Rank));
        Assert.Contains("--without ball/left", Assert.Single(card.LeftOutCommands), StringComparison.Ordinal);
        Assert.Equal((before.Command, 50), (card.Command, card.Measured));
        Assert.Equal(ModelCardPage.Of(card), File.ReadAllText(Path.Combine(folder, "README.md")));
    }

    /// <summary>The figures of a card are those of the weights beside it, to the last bit.</summary>
    [Fact]
    public void Figures_of_the_card_are_found_again()
    {
        using var training = new CaptionTraining(SpokenPoint.Small with { Steps = 40 }, SpokenPoint.Services, TimeProvider.System);
        training.Run(null, CancellationToken.None);
        ModelFigures figures = training.Measure([], CancellationToken.None);
        training.Model.Save(_folder["model"]);

        using SceneClip loaded = SceneClip.Load(_folder["model"]);
        CaptioningSettings other = SpokenPoint.Small with { Seed = 77 }; // the seed of the training has no part in it
        ModelFigures found = new CaptionMeasurement(other.Measurement, SpokenPoint.Services)
            .Measure(loaded, other.Environments, [], null, CancellationToken.None);
        Assert.Equal(RunJson.Of(figures), RunJson.Of(found));
    }

    [Theory]
    [InlineData("'nothing'", "models", "train", "nothing")]
    [InlineData("'ball'", "models", "train", "scene-clip", "--envs", "bal")]
    [InlineData("steps", "models", "train", "scene-clip", "--steps", "0")]
    [InlineData("environments", "models", "train", "scene-clip", "--envs", ",")]
    [InlineData("holds no model", "models", "train", "scene-clip", "--out", "OTHERS")]
    [InlineData("is a file", "models", "train", "scene-clip", "--out", "FILE")]
    [InlineData("threads", "models", "train", "scene-clip", "--threads", "0")]
    [InlineData("--out", "models", "train", "scene-clip", "--replace-shipped", "--out", "OTHERS")]
    [InlineData("sentence files", "models", "train", "scene-clip", "--sentences", "OTHERS")]
    [InlineData("Required", "models", "train")]
    public async Task Bad_input_is_one_clear_line_and_code_2(string says, params string[] arguments)
    {
        Directory.CreateDirectory(_folder["others"]);
        File.WriteAllText(_folder["others/letter.txt"], "dear");
        string[] words = [.. arguments.Select(word => word switch { "OTHERS" => _folder["others"],
            "FILE" => _folder["others/letter.txt"],
            _ => word })];
        (int code, string output, string error) = await Run(words);
        Assert.Equal((ExitCode.BadInput, ""), (code, output));
        Assert.Contains(says, Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    private string Weights => _folder["assets/weights"];

    private async Task<(int Code, string Output, string Error)> Run(params string[] arguments)
    {
        using var interruption = new CancellationTokenSource();
        return await Run(interruption, arguments);
    }

    private async Task<(int Code, string Output, string Error)> Run(CancellationTokenSource interruption, params string[] arguments)
    {
        using StringWriter output = new(), error = new();
        ICommand[] commands = [new ModelsCommand(SpokenPoint.Services with { Weights = Weights })];
        int code = await CommandLine.RunAsync(arguments, new CommandServices(output, error, TimeProvider.System, interruption), commands);
        return (code, output.ToString(), error.ToString());
    }
}
