using System.Text.Json;
using EmbodiedRL.Contracts;
using EmbodiedRL.Models.Language;
using EmbodiedRL.Models.Language.Generation;
using EmbodiedRL.Models.Tests.Encoders.Pretrained;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Tests.Language.Decoders;

/// <summary>Decoders of random weights against transformers, for both layouts of configs.</summary>
[Trait("Category", "Parity")]
[NoTensorLeaks]
public sealed class DecoderParityTests
{
    // relative to one plus the largest value
    private const double Value = 1e-5, Gradient = 2e-5, FirstStep = 1e-6, ThirdStep = 1e-5;

    public static TheoryData<string, string> Cases
    {
        get
        {
            string root = Path.Combine(Fixtures.Root, "language");
            string[] found = Directory.Exists(root)
                ? [.. Directory.EnumerateFiles(root, "config*.json", SearchOption.AllDirectories)
                    .Where(path => IsDecoder(path)).Select(path => Path.GetRelativePath(Fixtures.Root, path)).Order(StringComparer.Ordinal)]
                : [];
            var cases = new TheoryData<string, string>();
            foreach (string path in found.Length > 0 ? found : ["language/llama/config.json"])
                cases.Add(Path.GetDirectoryName(path)!, Path.GetFileName(path));
            return cases;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void States_logits_and_losses_are_those_of_the_library(string folder, string config)
    {
        using var expected = Expected.Read(folder, "expected.safetensors");
        using DisposeScope scope = NewDisposeScope();
        using CausalLanguageModel model = CausalLanguageModel.Load(Fixtures.Require(folder), config: config);
        using IDisposable still = no_grad();
        Tensor mask = expected["attention_mask"], there = mask.unsqueeze(2);
        using ModelInput input = InputOf(expected);
        var states = new List<Tensor>();
        Tensor hidden = model.Hidden(input, null, states);
        Assert.Equal(expected.Names.Count(name => name.StartsWith("hidden_states.", StringComparison.Ordinal)), states.Count);
        for (int i = 0; i < states.Count; i++) expected.Compare($"hidden_states.{i}", states[i], Value, Value, there);
        expected.Compare("logits", model.Logits(hidden), Value, Value, there);

        Tensor judged = mask.narrow(1, 1, mask.shape[1] - 1) * mask.narrow(1, 0, mask.shape[1] - 1);
        Tensor chosen = cat([zeros([mask.shape[0], 1], ScalarType.Int64), judged], 1).to(ScalarType.Bool);
        (Tensor log, Tensor? entropy) = TokenLikelihood.OfRows(model, input, chosen, withEntropy: true);
        Tensor kept = expected["token_log_probs"].masked_select(judged.to(ScalarType.Bool));
        Assert.True((log - kept).abs().max().ToSingle() <= Value * (1 + kept.abs().max().ToSingle()), "log-probabilities differ");
        Tensor all = nn.functional.log_softmax(expected["logits"].narrow(1, 0, mask.shape[1] - 1), -1);
        Tensor spread = (all.exp() * all).sum(-1).neg().masked_select(judged.to(ScalarType.Bool));
        Assert.True((entropy! - spread).abs().max().ToSingle() < 1e-4, "entropies differ");
        expected.Compare("loss", TokenLikelihood.Loss(model, input, expected["labels"]), Value, Value);
        if (expected.Find("inv_freq") is { } angles)
            Assert.Equal(angles.data<float>().ToArray(),
                model.Causal.Decoder.Settings.Rotary.InverseFrequencies(model.Causal.Decoder.Settings.HeadSize).Select(a => (float)a),
                (a, b) => Math.Abs(a - b) <= 1e-6 * (1 + b));
    }

    [Theory, MemberData(nameof(Cases))]
    public void Gradients_and_steps_are_those_of_the_library(string folder, string config)
    {
        using var expected = Expected.Read(folder, "expected.safetensors");
        Assert.SkipWhen(expected.Find("grad_norm") is null, "No gradients in this fixture.");
        using DisposeScope scope = NewDisposeScope();
        using CausalLanguageModel model = CausalLanguageModel.Load(Fixtures.Require(folder), config: config);
        using ModelInput input = InputOf(expected);
        (string Name, Parameter Weight)[] weights = [.. model.Module.named_parameters().Select(pair => (pair.name, pair.parameter))];
        float[] losses = expected["adamw_losses"].data<float>().ToArray();
        using var optimizer = optim.AdamW(weights.Select(pair => pair.Weight), lr: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8,
            weight_decay: 0.01);
        for (int step = 0; step < 4; step++)
        {
            optimizer.zero_grad();
            Tensor loss = TokenLikelihood.Loss(model, input, expected["labels"]);
            Assert.Equal(losses[step], loss.ToSingle(), Value * (1 + losses[step]));
            if (step == 3) break;
            loss.backward();
            if (step == 0)
            {
                foreach (string name in expected.Names.Where(name => name.StartsWith("grad.", StringComparison.Ordinal)))
                    expected.Compare(name, weights.Single(pair => pair.Name == name["grad.".Length..]).Weight.grad, Gradient, Gradient);
                Tensor norm = stack(weights.Select(pair => pair.Weight.grad!.norm())).norm();
                expected.Compare("grad_norm", norm, Gradient, Gradient);
            }

            optimizer.step();
            foreach (string name in expected.Names.Where(name => name.StartsWith($"adamw{step + 1}.", StringComparison.Ordinal)))
                expected.Compare(name, weights.Single(pair => pair.Name == name["adamw1.".Length..]).Weight,
                    step == 0 ? FirstStep : ThirdStep, step == 0 ? FirstStep : ThirdStep);
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void Greedy_completions_are_those_of_the_library(string folder, string config)
    {
        using var expected = Expected.Read(folder, "expected.safetensors");
        using DisposeScope scope = NewDisposeScope();
        using CausalLanguageModel model = CausalLanguageModel.Load(Fixtures.Require(folder), config: config);
        using ModelInput input = InputOf(expected);
        int[][] prompts = [.. RowsOf(input)];
        int length = (int)expected["greedy.with_cache"].shape[1];
        var generator = new TextGenerator(model);
        var settings = new SamplingSettings { Greedy = true, MaximumTokens = length, EndIds = [] };
        EncodedPrompt[] encoded = [.. prompts.Select(ids => new EncodedPrompt(ids, null))];
        Completions found = generator.Generate(encoded, 2, settings, 1);
        for (int row = 0; row < prompts.Length; row++)
        {
            int[] ids = [.. expected["greedy.with_cache"][row].data<long>().Select(id => (int)id)];
            Assert.Equal(ids, found.Tokens[2 * row]);
            Assert.Equal(ids, found.Tokens[(2 * row) + 1]);
            Assert.True(found.Truncated[2 * row]);
        }

        // the same without a cache, and the logits of the last step
        int[][] whole = [.. prompts.Select((ids, row) => (int[])[.. ids, .. found.Tokens[2 * row][..^1]])];
        using IDisposable still = no_grad();
        using ModelInput all = ModelInput.PadLeft(whole, model.Spec.PaddingId);
        Tensor logits = model.Logits(model.Hidden(all).select(1, all.Ids.shape[1] - 1));
        expected.Compare("greedy.last_step_logits", logits, Value, Value);
        for (int row = 0; row < prompts.Length; row++)
            Assert.Equal(nn.functional.log_softmax(logits[row], 0)[found.Tokens[2 * row][^1]].ToSingle(),
                found.LogProbabilities[2 * row][^1], 1e-4);

        if (expected.Find("greedy_eos.sequences") is not { } stopped) return;
        int end = Fixtures.ReadJson(folder + "/expected.json").GetProperty("greedy_eos").GetProperty("eos_token_id").GetInt32();
        Completions ended = generator.Generate(encoded, 1, settings with { EndIds = [end] }, 1);
        for (int row = 0; row < prompts.Length; row++)
        {
            int[] ids = [.. stopped[row].data<long>().Select(id => (int)id)];
            Assert.Equal(ids[..ended.Tokens[row].Length], ended.Tokens[row]);
            Assert.Equal(!ended.Tokens[row].Contains(end), ended.Truncated[row]);
            Assert.All(ids[ended.Tokens[row].Length..], id => Assert.Equal(0, id));
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void Drawn_distributions_are_those_of_the_library(string folder, string config)
    {
        using var expected = Expected.Read(folder, "expected.safetensors");
        Assert.SkipWhen(expected.Find("sampling.logits_last") is null, "No sampling in this fixture.");
        Assert.NotEmpty(config);
        using DisposeScope scope = NewDisposeScope();
        for (int row = 0; row < 3; row++)
        {
            float[] logits = expected["sampling.logits_last"][row].data<float>().ToArray();
            long[] kept = expected["sampling.kept_top_p_0.9"][row].data<long>().ToArray();
            float[] log = expected["sampling.log_probs_temperature_0.7_top_p_0.9"][row].data<float>().ToArray();
            LogitRules.Apply(logits, [], new SamplingSettings { Temperature = 0.7, TopP = 0.9 });
            Tensor found = nn.functional.log_softmax(tensor(logits), 0);
            for (int i = 0; i < kept.Length; i++)
            {
                Assert.Equal(kept[i] != 0, float.IsFinite(logits[i]));
                if (kept[i] != 0) Assert.Equal(log[i], found[i].ToSingle(), 1e-4);
            }
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void Long_rows_are_those_of_the_library(string folder, string config)
    {
        using var expected = Expected.Read(folder, "expected.safetensors");
        Assert.SkipWhen(expected.Find("long.input_ids") is null, "No long rows in this fixture.");
        using DisposeScope scope = NewDisposeScope();
        using CausalLanguageModel model = CausalLanguageModel.Load(Fixtures.Require(folder), config: config);
        using IDisposable still = no_grad();
        Tensor ids = expected["long.input_ids"];
        using var input = new ModelInput(ids.alias(), ones_like(ids).to(ScalarType.Bool));
        Tensor logits = model.Logits(model.Hidden(input));
        long last = expected["long.logits_last_8"].shape[1];
        expected.Compare("long.logits_last_8", logits.narrow(1, ids.shape[1] - last, last), Value, Value);

        // read in pieces of different lengths, with a cache
        using KeyValueCache cache = model.CreateCache((int)ids.shape[0], (int)ids.shape[1]);
        Tensor? hidden = null;
        for (long start = 0, piece = 1; start < ids.shape[1]; start += piece, piece = Math.Min(piece + 7, ids.shape[1] - start))
        {
            using var part = new ModelInput(ids.narrow(1, start, piece), ones([ids.shape[0], piece], ScalarType.Bool));
            hidden = model.Hidden(part, cache);
        }

        expected.Compare("long.logits_last_8", cat([logits.narrow(1, ids.shape[1] - last, last - 1),
            model.Logits(hidden!.narrow(1, hidden.shape[1] - 1, 1))], 1), Value, Value);
    }

    private static ModelInput InputOf(Expected expected) =>
        new(expected["input_ids"].alias(), expected["attention_mask"].to(ScalarType.Bool));

    private static IEnumerable<int[]> RowsOf(ModelInput input)
    {
        for (int row = 0; row < input.Ids.shape[0]; row++)
            yield return [.. input.Ids[row].masked_select(input.Mask[row]).data<long>().Select(id => (int)id)];
    }

    private static bool IsDecoder(string path)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(path));
        return document.RootElement.TryGetProperty("model_type", out JsonElement type) && type.GetString() is ("llama" or "qwen2")
            && File.Exists(Path.Combine(Path.GetDirectoryName(path)!, "expected.safetensors"));
    }
}
