using System.Text.Json.Nodes;
using EmbodiedRL.App.Commands;
using EmbodiedRL.Contracts;
using EmbodiedRL.Rendering.Images;
using EmbodiedRL.Training.Composition;

namespace EmbodiedRL.App.Tests.Commands;

[Collection(Serial.Name)]
public sealed class FinetuneCommandTests : IDisposable
{
    private static readonly string[] Small =
    [
        "--steps", "8", "--threads", "1", "--seed", "3", "--reasoning:prompts", "2", "--reasoning:completions", "4",
        "--reasoning:questions:kinds", "box,color", "--reasoning:questions:environments", "cartpole", "--reasoning:evaluate:questions", "6",
        "--reasoning:evaluate:samples", "2",
    ];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_run_leaves_a_model_that_answers_completions_with_their_rewards_and_a_report()
    {
        (int code, string output, string error) = await RunAsync("finetune", [.. Small, "--out", _folder["run"], "--json"]);
        Assert.True(code == ExitCode.Done, error);
        JsonNode summary = JsonNode.Parse(output)!;
        Assert.Equal("scene-reasoner", summary["model"]!.GetValue<string>());
        Assert.Equal((8, 6), (summary["steps"]!.GetValue<int>(), summary["episodes"]!.GetValue<int>()));
        Assert.InRange(summary["successBefore"]!.GetValue<double>(), 0, 1);
        Assert.Equal(["accuracy/box", "accuracy/color", "well-formed", "overlap", "brier"],
            summary["measures"]!.AsObject().Select(measure => measure.Key));
        Assert.Contains("Completions before training:", error, StringComparison.Ordinal);
        string report = File.ReadAllText(_folder["run/report.html"]);
        Assert.Contains("By kind of question", report, StringComparison.Ordinal);
        Assert.Contains("data:image/png", report, StringComparison.Ordinal);
        Assert.Contains("calibrated ", report, StringComparison.Ordinal);
        JsonNode sample = JsonNode.Parse(File.ReadLines(_folder["run/samples/after.jsonl"]).First())!;
        Assert.Equal(["answer", "calibrated"], sample["terms"]!.AsObject().Select(term => term.Key));

        ImageFile.WritePng(_folder["gray.png"], [.. Enumerable.Repeat((byte)128, 64 * 64 * 3)], 64, 64);
        (code, output, error) = await RunAsync("ask", "What color is the largest thing?", "--model", _folder["run/model"], "--image",
            _folder["gray.png"]);
        Assert.True(code == ExitCode.Done, error);
        Assert.NotEmpty(output.Trim());

        (code, _, error) = await RunAsync("resume", _folder["run"]);
        Assert.True(code == ExitCode.Done, error);
        (code, _, error) = await RunAsync("evaluate", _folder["run"]);
        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains("fine-tunes a language model", error, StringComparison.Ordinal);
        (code, output, error) = await RunAsync("resume", _folder["run"], "--steps", "16");
        Assert.True(code == ExitCode.Done, error);
        Assert.True(File.Exists(_folder["run/summary-8.json"]));
    }

    /// <summary>What the settings of a run say is what the run of another name does.</summary>
    [Fact]
    public async Task Several_seeds_are_summed_up_together()
    {
        (int code, string output, string error) = await RunAsync("finetune", [.. Small, "--out", _folder["seeds"], "--seeds", "2"]);
        Assert.True(code == ExitCode.Done, error);
        Assert.Contains("Seed 2: Answered rightly", output, StringComparison.Ordinal);
        Assert.True(File.Exists(_folder["seeds/seed-2/model/model.safetensors"]));
        Assert.NotNull(JsonNode.Parse(File.ReadAllText(_folder["seeds/summary.json"]))!["success"]);
    }

    [Theory]
    [InlineData("--reasoning:stepz", "1", "reasoning:stepz")]
    [InlineData("--reward", "task", "completions of a language model")]
    [InlineData("--model", "nobody", "no language model 'nobody'")]
    [InlineData("--reasoning:questions:file", "missing.jsonl", "missing.jsonl")]
    public async Task What_cannot_be_meant_is_refused_and_leaves_nothing(string option, string value, string reason)
    {
        (int code, string output, string error) = await RunAsync("finetune", [.. Small, option, value, "--out", _folder["run"]]);
        Assert.Equal((ExitCode.BadInput, ""), (code, output));
        Assert.Contains(reason, error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["run"]));
    }

    private static Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments) => Verbs.RunAsync(
        [
            new FinetuneCommand(RunServices.Shipped), new AskCommand(RunServices.Shipped), new ResumeCommand(RunServices.Shipped),
            new EvaluateCommand(RunServices.Shipped),
        ],
        arguments);

    private static Task<(int Code, string Output, string Error)> RunAsync(string verb, string[] arguments) =>
        RunAsync([verb, .. arguments]);
}
