using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using EmbodiedRL.App.Commands;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Rendering.Images;
using EmbodiedRL.Rewards.Sources;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Tests;
using Parquet;

namespace EmbodiedRL.App.Tests.Commands;

[Collection(Serial.Name)]
public sealed class ScoreCommandTests : IDisposable
{
    private static readonly byte[] Red = [200, 0, 0], Green = [0, 200, 0], Blue = [0, 0, 200];

    private readonly TemporaryFolder _folder = new();

    public ScoreCommandTests()
    {
        ImageFile.WritePng(_folder["red.png"], Plain(Red, 16, 16));
        ImageFile.WritePng(_folder["green.png"], Plain(Green, 40, 40));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task One_row_a_picture_and_one_column_a_sentence()
    {
        (int code, string output, string error) =
            await Score("red.png", "green.png", "--goal", "red", "--goal", "green", "--baseline", "gray");
        Assert.True(code == ExitCode.Done, error);
        string[][] rows = [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];
        Assert.Equal(["picture", "\"red\"", "\"green\""], rows[0]);
        Assert.Equal([_folder["red.png"], _folder["green.png"]], [rows[1][0], rows[2][0]]);
        Assert.Equal(["1.000", "1.000"], [rows[1][1], rows[2][2]]);
        Assert.True(Number(rows[1][2]) < 0.8 && Number(rows[2][1]) < 0.8);
        Assert.Contains("--env NAME adds its percentile", error, StringComparison.Ordinal);
    }

    /// <summary>The same number as the reward of a run, for the same picture.</summary>
    [Fact]
    public async Task Scripts_get_the_very_numbers_of_the_reward()
    {
        (_, string output, _) = await Score("green.png", "--goal", "red", "--baseline", "gray", "--alpha", "0.25", "--json");
        using JsonDocument answer = JsonDocument.Parse(output);
        JsonElement root = answer.RootElement, row = root.GetProperty("rows")[0];
        Assert.Equal(("color", "gray", 0.25, "red"),
            (root.GetProperty("model").GetString(), root.GetProperty("baseline").GetString(), root.GetProperty("alpha").GetDouble(),
                root.GetProperty("goals")[0].GetString()));
        Assert.Equal((_folder["green.png"], JsonValueKind.Null),
            (row.GetProperty("file").GetString(), row.GetProperty("seconds").ValueKind));
        float[] texts = new float[6], picture = [0, 1, 0];
        new ColorModel().EncodeTexts(["red", "gray"], texts);
        Assert.Equal(new GoalBaselineProjection(texts.AsSpan(0, 3), texts.AsSpan(3), 3, 0.25f).Score(picture),
            row.GetProperty("scores")[0].GetSingle(), 1e-5);
    }

    /// <summary>The verdict is that of <c>rewards check</c>, and a percentile is a rank among the same states.</summary>
    [Fact]
    public async Task Of_an_environment_each_score_has_its_percentile_and_each_sentence_its_verdict()
    {
        string[] arguments = ["score", _folder["red.png"], "--goal", "the pole hanging down", "--goal", "a dog", "--env", "cartpole"];
        (int code, string output, string error) = await Verbs.RunAsync(CommandCatalog.Of(RunServices.Shipped), [.. arguments, "--json"]);
        Assert.True(code == ExitCode.Done, error);
        using var answer = JsonDocument.Parse(output);
        JsonElement[] verdicts = [.. answer.RootElement.GetProperty("verdicts").EnumerateArray()];
        Assert.Equal([("trust", "trained"), ("refuse", "unseen")],
            verdicts.Select(verdict => (verdict.GetProperty("verdict").GetString()!, verdict.GetProperty("kind").GetString()!)));
        Assert.All(answer.RootElement.GetProperty("rows")[0].GetProperty("percentiles").EnumerateArray(),
            share => Assert.InRange(share.GetDouble(), 0, 1));

        (_, output, _) = await Verbs.RunAsync(CommandCatalog.Of(RunServices.Shipped), arguments);
        Assert.Contains("\"the pole hanging down\" (trained): trust.", output, StringComparison.Ordinal);
        Assert.Contains("\"a dog\" (unseen): refuse.\n- ", output, StringComparison.Ordinal);
        (_, output, _) = await Verbs.RunAsync(CommandCatalog.Of(RunServices.Shipped),
            ["rewards", "check", "--env", "cartpole", "--goal", "the pole hanging down", "--json"]);
        using var check = JsonDocument.Parse(output);
        Assert.Equal(check.RootElement.GetProperty("agreement").GetDouble(), verdicts[0].GetProperty("agreement").GetDouble(), 1e-6);
    }

    [Fact]
    public async Task Any_source_that_scores_by_a_sentence_can_be_asked()
    {
        (_, string output, _) = await Score("green.png", "--goal", "red", "--baseline", "gray", "--source", "cosine", "--json");
        using JsonDocument answer = JsonDocument.Parse(output);
        Assert.Equal("cosine", answer.RootElement.GetProperty("source").GetString());
        Assert.Equal(JsonValueKind.Null, answer.RootElement.GetProperty("alpha").ValueKind);
        Assert.Equal(0, answer.RootElement.GetProperty("rows")[0].GetProperty("scores")[0].GetSingle(), 1e-5);
        foreach (string[] wrong in new[] { new[] { "--source", "task" }, ["--source", "cosin"], ["--source", "cosine", "--alpha", "0"] })
        {
            (int code, _, string error) = await Score(["green.png", "--goal", "red", "--baseline", "gray", .. wrong]);
            Assert.NotEqual(ExitCode.Done, code);
            Assert.Contains(wrong[1], error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_picture_that_is_not_square_is_judged_by_its_middle()
    {
        byte[] wide = [.. Enumerable.Range(0, 20)
            .SelectMany(_ => Enumerable.Range(0, 60).SelectMany(x => x is >= 20 and < 40 ? Red : Blue))];
        ImageFile.WritePng(_folder["wide.png"], new RgbImage(wide, 60, 20));
        (_, string output, _) = await Score("wide.png", "--goal", "red", "--baseline", "gray", "--json");
        using JsonDocument answer = JsonDocument.Parse(output);
        Assert.Equal(1, answer.RootElement.GetProperty("rows")[0].GetProperty("scores")[0].GetDouble(), 1e-3);
    }

    [Fact]
    public async Task A_video_gives_a_row_every_so_many_seconds()
    {
        using (var writer = new VideoWriter(_folder["film.mp4"], 64, 48, framesPerSecond: 10))
        {
            for (int frame = 0; frame < 20; frame++) writer.Write(Plain(frame < 10 ? Red : Green, 64, 48).Rgb); // green from 1 s on
            writer.Finish();
        }

        (int code, string output, string error) =
            await Score("film.mp4", "--goal", "red", "--baseline", "gray", "--every", "0.5", "--json");
        Assert.True(code == ExitCode.Done, error);
        using JsonDocument answer = JsonDocument.Parse(output);
        (double At,
            double Score)[] rows = [.. answer.RootElement.GetProperty("rows").EnumerateArray()
                .Select(row => (row.GetProperty("seconds").GetDouble(), row.GetProperty("scores")[0].GetDouble()))];
        Assert.Equal([0, 0.5, 1, 1.5], rows.Select(row => row.At));
        Assert.All(rows, row => Assert.Equal(row.At < 1, row.Score > 0.9));
        (_, output, _) = await Score("film.mp4", "--goal", "red", "--baseline", "gray");
        Assert.Contains("film.mp4 at 1 s  ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Words_the_model_has_never_seen_are_warned_of()
    {
        (int code, string output, string error) = await Score("red.png", "--goal", "a red pall", "--baseline", "gray");
        Assert.Equal(ExitCode.Done, code);
        Assert.Equal(2, output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        string[] said = error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal((2, true), (said.Length, said[1].Contains("--env", StringComparison.Ordinal)));
        Assert.Contains("\"a red pall\"", said[0], StringComparison.Ordinal);
        Assert.Contains("'a', 'pall'", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_baseline_is_the_environments()
    {
        RunServices withCartpole = Verbs.Services with
        {
            Environments = Verbs.Services.Environments.Copy().Add("cartpole", "a drawn point", run => new DrawnPoint(run.Count))
        };
        foreach (string[] words in new[] { Array.Empty<string>(), ["--env", "drawn"] })
        {
            (_, string output, string error) =
                await Verbs.RunAsync(withCartpole, ["score", _folder["red.png"], "--model", "color", "--goal", "red", "--json", .. words]);
            using JsonDocument answer = JsonDocument.Parse(output);
            Assert.Equal("a point on a line", answer.RootElement.GetProperty("baseline").GetString());
            Assert.Contains("'point'", error, StringComparison.Ordinal);
        }

        Verbs.RefusedBecause("--baseline: expected what every picture shows", await Score("red.png", "--goal", "red"));
    }

    [Fact]
    public async Task Published_models_are_compared_by_their_folders_and_progress_is_written_as_lerobot_reads_it()
    {
        string model = WriteModel("clip");
        (int code, string output, string error) = await Score("red.png", "green.png", "--goal", "red", "--baseline", "gray",
            "--model", model,
            "--precision", "fp32", "--json", "--parquet", _folder["progress.parquet"]);
        Assert.True(code == ExitCode.Done, error);
        using JsonDocument answer = JsonDocument.Parse(output);
        Assert.Equal(["color", model], answer.RootElement.GetProperty("models").EnumerateArray().Select(name => name.GetString()));
        double[][] scores = [.. answer.RootElement.GetProperty("rows").EnumerateArray()
            .Select(row => row.GetProperty("scores").EnumerateArray().Select(score => score.GetDouble()).ToArray())];
        Assert.Equal([2, 2], scores.Select(row => row.Length));
        Assert.Equal(1, scores[0][0], 1e-3); // the other model's column comes after the first one's
        Assert.All(scores, row => Assert.InRange(row[1], -1, 1));
        Assert.NotEqual(scores[0][1], scores[1][1]);
        (_, string alone, _) = await Verbs.RunAsync("score", _folder["red.png"], "--goal", "red", "--baseline", "gray",
            "--model", model, "--precision", "fp32");
        Assert.Contains(scores[0][1].ToString("0.000", CultureInfo.InvariantCulture), alone, StringComparison.Ordinal);

        await using ParquetReader reader = await ParquetReader.CreateAsync(_folder["progress.parquet"]);
        Assert.Equal(["index", "episode_index", "frame_index", "progress_sparse"], reader.Schema.DataFields.Select(field => field.Name));
        using ParquetRowGroupReader group = reader.OpenRowGroupReader(0);
        long[] episodes = new long[2];
        float[] progress = new float[2];
        await group.ReadAsync<long>(reader.Schema.DataFields[1], episodes, null, default);
        await group.ReadAsync<float>(reader.Schema.DataFields[3], progress, null, default);
        Assert.Equal([0L, 1L], episodes);
        Assert.Equal(scores.Select(row => (float)Math.Clamp(row[0], 0, 1)), progress);
    }

    [Fact]
    public async Task A_model_that_is_known_but_not_here_says_how_to_get_it()
    {
        RunServices elsewhere = Verbs.Services with { Hub = Verbs.Services.Hub with { Cache = _folder["cache"], Models = null } };
        Verbs.RefusedBecause("./embodied models pull clip-vit-b-32", await Verbs.RunAsync(elsewhere,
            "score", _folder["red.png"], "--goal", "red", "--baseline", "gray", "--model", "clip-vit-b-32"));
        File.Delete(Path.Combine(WriteModel("cut"), "model.safetensors"));
        Verbs.RefusedBecause("model.safetensors", await Score("red.png", "--goal", "red", "--baseline", "gray", "--model", _folder["cut"]));
    }

    [Theory]
    [InlineData("The picture was not found", "none.png", "--goal", "red", "--baseline", "gray")]
    [InlineData("The video was not found", "none.mp4", "--goal", "red", "--baseline", "gray")]
    [InlineData("a PNG, JPEG or WebP picture", "text.png", "--goal", "red", "--baseline", "gray")]
    [InlineData("a video that ffmpeg can read", "text.mp4", "--goal", "red", "--baseline", "gray")]
    [InlineData("mean the same", "red.png", "--goal", "gray", "--baseline", "gray")]
    [InlineData("--alpha: expected 0 to 1, found 2", "red.png", "--goal", "red", "--baseline", "gray", "--alpha", "2")]
    [InlineData("--every: expected 0.001", "red.png", "--goal", "red", "--baseline", "gray", "--every", "0")]
    [InlineData("--goal: expected a value", "red.png", "--goal", " ", "--baseline", "gray")]
    [InlineData("There is no environment 'fsat'", "red.png", "--goal", "red", "--env", "fsat")]
    [InlineData("device", "red.png", "--goal", "red", "--baseline", "gray", "--device", "gpu")]
    [InlineData("--precision: expected auto, fp32 or bf16, found 'fp8'", "red.png", "--goal", "red", "--baseline", "gray",
        "--precision", "fp8")]
    [InlineData("--goal", "red.png", "--baseline", "gray")]
    public async Task Bad_input_is_one_clear_line_and_code_2(string says, params string[] arguments)
    {
        File.WriteAllText(_folder["text.png"], "no picture");
        File.WriteAllText(_folder["text.mp4"], "no video");
        Verbs.RefusedBecause(says, await Score(arguments));
    }

    [Fact]
    public async Task An_unknown_model_is_named()
    {
        Verbs.RefusedBecause("There is no image-text model 'colur'. Did you mean 'color'?",
            await Verbs.RunAsync("score", _folder["red.png"], "--goal", "red", "--baseline", "gray", "--model", "colur"));
    }

    private Task<(int Code, string Output, string Error)> Score(params string[] words) =>
        Verbs.RunAsync([
            "score",
            "--model",
            "color",
            .. words.Select(word => Path.HasExtension(word) && char.IsLetter(word[0]) ? _folder[word] : word)
        ]);

    /// <summary>A checkpoint of random weights with a tokenizer that spells every word.</summary>
    private string WriteModel(string name)
    {
        string folder = _folder[name], source = Path.Combine(Fixtures.RepositoryRoot, "tests", "fixtures", "contrastive", "clip-hf");
        Directory.CreateDirectory(folder);
        foreach (string file in new[] { "config.json", "model.safetensors" })
            File.Copy(Path.Combine(source, file), Path.Combine(folder, file));
        var vocabulary = new JsonObject { ["<|startoftext|>"] = 598, ["<|endoftext|>"] = 599 };
        for (int letter = 0; letter < 26; letter++)
            (vocabulary[$"{(char)('a' + letter)}"], vocabulary[$"{(char)('a' + letter)}</w>"]) = (letter + 10, letter + 40);
        File.WriteAllText(Path.Combine(folder, "vocab.json"), vocabulary.ToJsonString());
        File.WriteAllText(Path.Combine(folder, "merges.txt"), "#version: 0.2\n");
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), """{"tokenizer_class":"CLIPTokenizer"}""");
        File.WriteAllText(Path.Combine(folder, "preprocessor_config.json"), """
            {"image_processor_type":"CLIPImageProcessor","size":{"shortest_edge":32},"crop_size":{"height":32,"width":32},
             "image_mean":[0.5,0.5,0.5],"image_std":[0.5,0.5,0.5],"resample":3}
            """);
        return folder;
    }

    private static RgbImage Plain(byte[] color, int width, int height) =>
        new([.. Enumerable.Repeat(color, width * height).SelectMany(c => c)], width, height);

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
