using System.Text.Json.Nodes;
using EmbodiedRL.App.Commands;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Rendering.Images;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Reasoning;

namespace EmbodiedRL.App.Tests.Commands;

[Collection(Serial.Name)]
public sealed class AskCommandTests : IDisposable
{
    private const string Largest = "What color is the largest thing?";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_shipped_model_says_what_is_largest()
    {
        using var source = new SceneQuestions(
            new SceneQuestionSettings { Seed = 7, Split = QuestionSplit.Test, Kinds = ["largest"] }, RunServices.Shipped);
        IReadOnlyList<Question> questions = source.Next(10);
        int right = 0;
        foreach (Question question in questions)
        {
            ImageFile.WritePng(_folder["scene.png"], question.Images[0]);
            (int code, string output, string error) = await Ask(question.Prompt, "--image", _folder["scene.png"]);
            Assert.True(code == ExitCode.Done, error);
            Assert.Equal("", error);
            if (output.Contains($"<answer>{question.Reference}</answer>", StringComparison.Ordinal)) right++;
        }

        Assert.InRange(right, 8, 10); // its card says 0.99 where guessing is right in 0.20
    }

    [Fact]
    public async Task Samples_are_drawn_by_the_seed()
    {
        Gray();
        string[] arguments = [Largest, "--image", _folder["gray.png"], "--samples", "6", "--temperature", "2", "--json"];
        string first = (await Ask(arguments)).Output, again = (await Ask(arguments)).Output;
        Assert.Equal(first, again);
        Assert.NotEqual(first, (await Ask([.. arguments, "--seed", "2"])).Output);
        JsonArray answers = JsonNode.Parse(first)!["answers"]!.AsArray();
        Assert.Equal(6, answers.Count);
        Assert.All(answers, answer => Assert.True(answer!["logProbability"]!.GetValue<double>() < 0));
    }

    [Fact]
    public async Task Words_it_never_learned_are_named()
    {
        Gray();
        (int code, _, string error) = await Ask("Is there a marvellous dragon?", "--image", _folder["gray.png"]);
        Assert.Equal(ExitCode.Done, code);
        Assert.Contains("does not know 'marvellous', 'dragon'", error, StringComparison.Ordinal);
        Assert.DoesNotContain("'there'", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("expected one picture", Largest)]
    [InlineData("question: expected a value", " ", "--image", "gray.png")]
    [InlineData("--samples: expected 1 to 256, found 0", Largest, "--image", "gray.png", "--samples", "0")]
    [InlineData("maximumTokens: expected at least 1", Largest, "--image", "gray.png", "--tokens", "0")]
    [InlineData("no language model 'nobody'", Largest, "--image", "gray.png", "--model", "nobody")]
    [InlineData("missing.png", Largest, "--image", "missing.png")]
    public async Task What_cannot_be_asked_is_refused(string reason, params string[] arguments)
    {
        Gray();
        (int code, string output, string error) =
            await Ask([.. arguments.Select(word => word.EndsWith(".png", StringComparison.Ordinal) ? _folder[word] : word)]);
        Assert.Equal((ExitCode.BadInput, ""), (code, output));
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    private void Gray() => ImageFile.WritePng(_folder["gray.png"], [.. Enumerable.Repeat((byte)128, 32 * 32 * 3)], 32, 32);

    private static Task<(int Code, string Output, string Error)> Ask(params string[] arguments) =>
        Verbs.RunAsync([new AskCommand(RunServices.Shipped)], ["ask", .. arguments]);
}
