using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Language;
using EmbodiedRL.Models.Language.Decoders;
using EmbodiedRL.Models.Language.Generation;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Tests.Language.Generation;

[NoTensorLeaks]
public sealed class TextGeneratorTests
{
    private static readonly string[] Questions = ["how many cubes", "a", "what color is the ball?"];

    public static TheoryData<int, int, int, int> Sizes => new()
    {
        { 40, 6, 3, 12 }, { 32, 2, 2, 16 }, { 33, 3, 1, 10 }, { 64, 1, 1, 64 },
    };

    [Theory, MemberData(nameof(Sizes))]
    public void Packed_weights_draw_what_the_module_does(int hidden, int heads, int groups, int size)
    {
        DecoderSettings settings = TinyModel.Settings with
        {
            HiddenSize = hidden,
            Heads = heads,
            KeyValueHeads = groups,
            HeadSize = size,
            FeedForwardSize = hidden + 7,
            TiedEmbeddings = hidden == 33,
            OutputBias = hidden == 32,
            FeedForwardBias = hidden == 32,
        };
        using CausalLanguageModel model = TinyModel.Create(settings);
        Assert.SkipUnless(PackedSession.Fits(model.Decoder), "This machine has no fast path.");
        EncodedPrompt[] prompts = TinyModel.Prompts(Questions);
        var sampling = new SamplingSettings { MaximumTokens = 40, Temperature = 0.8 };
        Completions module = new TextGenerator(model) { UsesPackedWeights = false }.Generate(prompts, 3, sampling, 4),
            packed = new TextGenerator(model).Generate(prompts, 3, sampling, 4);
        for (int row = 0; row < module.Tokens.Count; row++)
        {
            Assert.Equal(module.Tokens[row], packed.Tokens[row]);
            Assert.Equal(module.LogProbabilities[row], packed.LogProbabilities[row], (a, b) => Math.Abs(a - b) < 1e-4);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Log_probabilities_are_those_of_a_pass_over_the_whole_row(bool packed)
    {
        using DisposeScope scope = NewDisposeScope();
        using CausalLanguageModel model = TinyModel.Create();
        EncodedPrompt[] prompts = TinyModel.Prompts(Questions);
        Completions found = new TextGenerator(model) { UsesPackedWeights = packed }
            .Generate(prompts, 2, new SamplingSettings { MaximumTokens = 20, Temperature = 0.7, TopK = 5 }, 9);
        using IDisposable still = no_grad();
        for (int row = 0; row < found.Tokens.Count; row++)
        {
            int[] prompt = prompts[row / 2].Ids, all = [.. prompt, .. found.Tokens[row]];
            using ModelInput input = ModelInput.PadLeft([all], 0);
            Tensor chosen = arange(all.Length).ge(prompt.Length).unsqueeze(0);
            Tensor log = TokenLikelihood.OfRows(model, input, chosen, temperature: 0.7).LogProbabilities;
            Assert.Equal(log.data<float>().ToArray(), found.LogProbabilities[row], (a, b) => Math.Abs(a - b) < 1e-4);
            // five tokens are left to draw from, so each is likelier than it was
            Assert.All(found.DrawnLogProbabilities[row].Zip(found.LogProbabilities[row]),
                pair => Assert.True(pair.First >= pair.Second - 1e-5));
        }
    }

    [Fact]
    public void What_is_drawn_depends_neither_on_the_batch_nor_on_its_order()
    {
        using CausalLanguageModel model = TinyModel.Create();
        EncodedPrompt[] prompts = TinyModel.Prompts(Questions);
        var settings = new SamplingSettings { MaximumTokens = 24 };
        var generator = new TextGenerator(model);
        Completions together = generator.Generate(prompts, 3, settings, 7),
            turned = generator.Generate([prompts[2], prompts[0]], 3, settings, 7, [2, 0]),
            alone = generator.Generate([prompts[1]], 1, settings, 7, [1]), other = generator.Generate(prompts, 3, settings, 8);
        for (int g = 0; g < 3; g++)
        {
            Assert.Equal(together.Tokens[6 + g], turned.Tokens[g]);
            Assert.Equal(together.Tokens[g], turned.Tokens[3 + g]);
        }

        Assert.Equal(together.Tokens[3], alone.Tokens[0]);
        Assert.NotEqual(together.Tokens[0], together.Tokens[1]);
        Assert.NotEqual(together.Tokens[0], other.Tokens[0]);
    }

    [Fact]
    public void Draws_follow_the_distribution()
    {
        using DisposeScope scope = NewDisposeScope();
        using CausalLanguageModel model = TinyModel.Create(TinyModel.Settings with { InitialScale = 0.15 });
        EncodedPrompt[] prompts = TinyModel.Prompts("abc");
        const int Draws = 6000;
        Completions found = new TextGenerator(model).Generate(prompts, Draws, new SamplingSettings { MaximumTokens = 1 }, 3);
        using IDisposable still = no_grad();
        using ModelInput input = ModelInput.PadLeft([prompts[0].Ids], 0);
        float[] shares = nn.functional.softmax(model.Logits(model.Hidden(input).select(1, 2)), -1).data<float>().ToArray();
        double[] counts = new double[shares.Length];
        foreach (int[] tokens in found.Tokens) counts[tokens[0]]++;
        // Pearson's statistic over tokens that are expected five times or more
        int[] frequent = [.. Enumerable.Range(0, shares.Length).Where(i => shares[i] * Draws >= 5)];
        double statistic = frequent.Sum(i => Math.Pow(counts[i] - (shares[i] * Draws), 2) / (shares[i] * Draws));
        Assert.True(frequent.Length > 10);
        Assert.True(statistic < frequent.Length + (5 * Math.Sqrt(2 * frequent.Length)), $"{statistic} over {frequent.Length} tokens");
    }

    [Fact]
    public void Stops_are_found_across_tokens_and_cut_from_texts()
    {
        using CausalLanguageModel model = TinyModel.Create();
        EncodedPrompt[] prompts = TinyModel.Prompts("how many cubes");
        var settings = new SamplingSettings { Greedy = true, MaximumTokens = 30, EndIds = [] };
        var generator = new TextGenerator(model);
        string whole = generator.Generate(prompts, 1, settings, 1).Texts[0];
        string stop = whole[10..13];
        int at = whole.IndexOf(stop, StringComparison.Ordinal);
        Completions stopped = generator.Generate(prompts, 1, settings with { Stops = ["never\u0001", stop] }, 1);
        Assert.Equal(whole[..at], stopped.Texts[0]);
        Assert.Equal(at + 3, stopped.Tokens[0].Length);
        Assert.False(stopped.Truncated[0]);

        // any id can end a completion, and is kept
        int end = new LetterTokenizer().Encode(whole)[4];
        int place = Array.IndexOf(new LetterTokenizer().Encode(whole), end);
        Completions ended = generator.Generate(prompts, 1, settings with { EndIds = [end] }, 1);
        Assert.Equal(end, ended.Tokens[0][^1]);
        Assert.Equal(place + 1, ended.Tokens[0].Length);
    }

    [Fact]
    public void Rows_that_end_leave_the_others_as_they_are()
    {
        using CausalLanguageModel model = TinyModel.Create();
        EncodedPrompt[] prompts = TinyModel.Prompts(Questions);
        var free = new SamplingSettings { MaximumTokens = 32, EndIds = [] };
        foreach (bool packed in (bool[])[true, false])
        {
            var generator = new TextGenerator(model) { UsesPackedWeights = packed };
            Completions whole = generator.Generate(prompts, 8, free, 2);
            int[] ends = [.. Enumerable.Range(2, 12)];
            Completions cut = generator.Generate(prompts, 8, free with { EndIds = ends }, 2);
            Assert.True(cut.Tokens.Select(tokens => tokens.Length).Distinct().Count() > 3, "rows end together");
            for (int row = 0; row < whole.Tokens.Count; row++)
            {
                int place = Array.FindIndex(whole.Tokens[row], token => ends.Contains(token));
                Assert.Equal(place < 0 ? whole.Tokens[row] : whole.Tokens[row][..(place + 1)], cut.Tokens[row]);
                Assert.Equal(place < 0, cut.Truncated[row]);
            }
        }
    }

    [Fact]
    public void Bad_settings_and_prompts_are_refused()
    {
        using CausalLanguageModel model = TinyModel.Create();
        EncodedPrompt[] prompts = TinyModel.Prompts("a");
        var generator = new TextGenerator(model);
        Assert.Throws<SettingsException>(() => generator.Generate(prompts, 1, new SamplingSettings { Temperature = 0 }, 1));
        Assert.Throws<SettingsException>(() => generator.Generate(prompts, 1, new SamplingSettings { TopP = 2 }, 1));
        EncodedPrompt[] tooLong = TinyModel.Prompts(new string('a', 96));
        Assert.Throws<SpecMismatchException>(() => generator.Generate(tooLong, 1, new SamplingSettings(), 1));
        Completions full = generator.Generate(TinyModel.Prompts(new string('a', 90)), 1, new SamplingSettings { EndIds = [] }, 1);
        Assert.Equal(6, full.Tokens[0].Length);
        Assert.True(full.Truncated[0]);
        using (IDisposable still = no_grad()) model.Decoder.Norm.Weight.fill_(float.NaN);
        Assert.Throws<NonFiniteException>(() => generator.Generate(prompts, 1, new SamplingSettings(), 1));
    }

    [Fact]
    public void A_thousand_calls_leave_no_tensor_behind()
    {
        using CausalLanguageModel model = TinyModel.Create(TinyModel.Settings with { Layers = 1 });
        EncodedPrompt[] prompts = TinyModel.Prompts("ab", "c");
        long before = TorchRuntime.LiveTensors;
        for (int call = 0; call < 1000; call++)
        {
            var generator = new TextGenerator(model) { UsesPackedWeights = call % 2 == 0 };
            generator.Generate(prompts, 2, new SamplingSettings { MaximumTokens = 3 }, (ulong)call);
            if (call == 1) before = TorchRuntime.LiveTensors;
            if (call > 1) Assert.Equal(before, TorchRuntime.LiveTensors);
        }
    }
}
