using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Models;
using EmbodiedRL.Models.Language;
using EmbodiedRL.Models.Language.Generation;
using EmbodiedRL.Rewards.Sources;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Reasoning;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Training.Tests.Reasoning;

/// <summary>That a reward is told what the network says, in the words that it was trained on.</summary>
[NoTensorLeaks]
public sealed class ReasonerAnswererTests
{
    private static readonly string[] Words =
        ["Goal", ":", "the", "pole", "standing", "upright", ".", "Is", "it", "reached", "yes", "no", "hanging", "down"];

    private static readonly FrameQuestion Upright = new("Goal: the pole standing upright. Is it reached?", "yes", "no", [""]);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("the pole hanging down")]
    [InlineData("the pole upright|the pole hanging down|it")]
    public void Log_odds_are_those_of_the_answers_token_read_row_by_row(string? thoughts)
    {
        using var answerer = new ReasonerAnswerer(Model());
        FrameQuestion question = Upright with { Thoughts = thoughts?.Split('|') };
        byte[] frames = Noise(70, 16);
        float[] odds = new float[70];
        answerer.Answer(frames, 16, 16, question, odds, CancellationToken.None);
        Assert.True(odds.Distinct().Count() > 60, "frames are told apart");

        using SceneReasoner alone = Model();
        foreach (int row in new[] { 0, 1, 69 })
            Assert.Equal(ByHand(alone, question, frames.AsSpan(row * 768, 768).ToArray()), odds[row], 1e-4);
    }

    [Fact]
    public void Frames_of_another_size_are_read_as_the_model_resizes_them()
    {
        using var answerer = new ReasonerAnswerer(Model());
        byte[] small = Noise(2, 16), large = new byte[2 * 32 * 32 * 3];
        for (int i = 0; i < large.Length; i++)
        {
            (int frame, int y, int x, int channel) = (i / 3072, i / 96 % 32, i / 3 % 32, i % 3);
            large[i] = small[(frame * 768) + (y / 2 * 48) + (x / 2 * 3) + channel];
        }

        float[] odds = new float[2], others = new float[2];
        answerer.Answer(small, 16, 16, Upright, odds, CancellationToken.None);
        answerer.Answer(large, 32, 32, Upright, others, CancellationToken.None);
        Assert.Equal(odds, others);
        Assert.Equal(16, answerer.ImageSize);
        Assert.Throws<SpecMismatchException>(() => answerer.Answer(small, 32, 32, Upright, odds, CancellationToken.None));
    }

    [Fact]
    public void Words_that_it_can_only_spell_are_named()
    {
        using var answerer = new ReasonerAnswerer(Model());
        Assert.Empty(answerer.UnknownWords(Upright.Text));
        Assert.Equal(["somersault"], answerer.UnknownWords("Goal: the pole somersault. Is it reached?"));
    }

    [Fact]
    public void A_model_of_another_kind_and_one_that_is_not_there_are_refused_by_name()
    {
        Assert.Contains("'scene-clip', of the kind 'scene-clip'", Assert.Throws<SettingsException>(() =>
            RunServices.Shipped.VisualAnswerer("scene-clip", TorchRuntime.ParseDevice("cpu"))).Message, StringComparison.Ordinal);
        Assert.Contains("vision-language model 'scene-resoner'", Assert.Throws<UnknownNameException>(() =>
            RunServices.Shipped.VisualAnswerer("scene-resoner", TorchRuntime.ParseDevice("cpu"))).Message, StringComparison.Ordinal);
    }

    /// <summary>The goals of training questions, of every environment that they show, are asked in the same words by a reward.</summary>
    [Fact]
    public void A_reward_asks_what_questions_of_the_kind_goal_ask()
    {
        var settings = new SceneQuestionSettings { Kinds = ["goal"], Seed = 5 };
        using var questions = new SceneQuestions(settings, RunServices.Shipped);
        HashSet<string> asked = [.. Enumerable.Range(0, 512).Select(i => questions.At(i).Prompt)];
        var known = new HashSet<string>();
        foreach (string name in settings.Environments)
        {
            using IVectorEnvironment environment = RunServices.Shipped.Environment(name, 1, 1);
            EnvironmentInfo info = environment.Info;
            foreach (string example in new Core.Facts.CaptionGrammar(info).Examples)
                if (AskedGoal.Of(example, info).Claims is [var claim]) known.Add(claim.Text);
        }

        Assert.Subset(known, asked);
        Assert.True(asked.Count > 10, $"{asked.Count} prompts");
    }

    /// <summary>Of the shipped weights, on balanced questions that training did not see; a coin would have an area of a half.</summary>
    [Fact]
    public void The_shipped_models_yes_goes_with_reached_goals()
    {
        using var questions = new SceneQuestions(
            new SceneQuestionSettings { Kinds = ["goal"], Split = QuestionSplit.Test, Environments = ["cartpole"] }, RunServices.Shipped);
        using IVectorEnvironment environment = RunServices.Shipped.Environment("cartpole", 1, 1);
        AskedClaim claim = Assert.Single(AskedGoal.Of(environment.Info.DefaultGoal, environment.Info).Claims);
        Question[] asked = [.. Enumerable.Range(0, 192).Select(i => questions.At(i)).Where(question => question.Prompt == claim.Text)];
        using var answerer = (ReasonerAnswerer)RunServices.Shipped.VisualAnswerer("scene-reasoner", TorchRuntime.ParseDevice("cpu"));
        float[] odds = new float[asked.Length];
        answerer.Answer([.. asked.SelectMany(question => question.Images[0].Rgb)], 64, 64,
            new FrameQuestion(claim.Text, "yes", "no", claim.Thoughts), odds, CancellationToken.None);
        float[] reached = [.. odds.Where((_, i) => asked[i].Reference == "yes")];
        float[] missed = [.. odds.Where((_, i) => asked[i].Reference == "no")];

        double area = reached.Average(one => missed.Average(other => one > other ? 1 : one == other ? 0.5 : 0));
        Assert.True(area > 0.8, $"area {area:0.000} over {reached.Length} reached and {missed.Length} missed goals");
    }

    /// <summary>One frame, by likelihoods of whole texts.</summary>
    private static double ByHand(SceneReasoner model, FrameQuestion question, byte[] frame)
    {
        using IDisposable still = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using EncodedPrompt prompt = model.Encode(new Question(question.Text, "", AnswerForm.Option)
        {
            Images = [new RgbImage(frame, 16, 16)],
        });
        string[] thoughts = question.Thoughts is { } given
            ? [.. given.Select(thought => $"<think>{thought}")]
            : [.. new TextGenerator(model).Generate([prompt], 1,
                new SamplingSettings { Greedy = true, MaximumTokens = 64, Stops = ["</think>"] }, 0).Texts];
        double Sum(string answer) => thoughts.Sum(thought => Math.Exp(Log($"{thought}</think><answer>{answer}")));
        double Log(string text)
        {
            int[] ids = [.. prompt.Ids, .. model.Tokenizer.Encode(text)];
            using ModelInput read = ModelInput.PadLeft([ids], model.Spec.PaddingId);
            using var seen = new ModelInput(read.Ids.alias(), read.Mask.alias()) { Images = prompt.Images };
            Tensor chosen = zeros([1, ids.Length], ScalarType.Bool);
            chosen.narrow(1, prompt.Ids.Length, ids.Length - prompt.Ids.Length).fill_(true);
            return TokenLikelihood.OfRows(model, seen, chosen).LogProbabilities.to(ScalarType.Float64).sum().item<double>();
        }

        return Math.Log(Sum("yes")) - Math.Log(Sum("no"));
    }

    private static SceneReasoner Model() => SceneReasoner.Create(Words, 3, new SceneReasonerSettings
    {
        ImageSize = 16,
        ImagePatch = 0,
        ImageChannels = [4, 6],
        EyeWidth = 16,
        HiddenSize = 16,
        Layers = 2,
        Heads = 2,
        FeedForwardSize = 24,
        ContextLength = 160,
    });

    private static byte[] Noise(int count, int size)
    {
        byte[] frames = new byte[count * size * size * 3];
        var rng = Rng.For(4, "frames");
        foreach (ref byte value in frames.AsSpan()) value = (byte)rng.Below(256);
        return frames;
    }
}
