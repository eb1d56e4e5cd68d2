using System.Text.Json;
using EmbodiedRL.Algorithms.Kernel;
using EmbodiedRL.Algorithms.Reasoning;
using EmbodiedRL.Contracts;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Algorithms.Tests.Reasoning;

/// <summary>Losses, gradients and what is reported, against a published trainer's code.</summary>
[Trait("Category", "Parity"), NoTensorLeaks]
public sealed class TokenLossParityTests
{
    public static TheoryData<string, string, bool> Cases()
    {
        var rows = new TheoryData<string, string, bool>();
        foreach (string file in Fixtures.Family("learning", "grpo_losses*.json"))
        {
            if (!File.Exists(Path.Combine(Fixtures.Root, file)))
            {
                rows.Add(file, "", false);
                continue;
            }

            foreach (JsonProperty entry in Fixtures.ReadJson(file).GetProperty("expected").EnumerateObject())
            {
                rows.Add(file, entry.Name, true);
                rows.Add(file, entry.Name, false);
            }
        }

        return rows;
    }

    [Theory, MemberData(nameof(Cases))]
    public void Losses_gradients_and_metrics_agree(string file, string name, bool isDouble)
    {
        JsonElement fixture = Fixtures.ReadJson(file), inputs = fixture.GetProperty("inputs");
        JsonElement expected = fixture.GetProperty("expected").GetProperty(name), config = expected.GetProperty("config");
        ScalarType type = isDouble ? ScalarType.Float64 : ScalarType.Float32;
        double tolerance = isDouble ? 1e-9 : 1e-5;
        using DisposeScope scope = NewDisposeScope();
        TokenLossOptions options = Options(config, inputs);
        Assert.Empty(options.Violations());
        Tensor Read(string key) => Matrix(inputs.GetProperty(key), type);
        bool Has(string key) => config.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.True;
        Tensor logps = Read("logps").requires_grad_(true), entropies = Read("entropies").requires_grad_(true), mask = Read("mask");
        if (Has("use_tool_mask")) mask = mask * Read("tool_mask");
        double accumulation = Optional(config, "gradient_accumulation_steps") ?? 1;
        double tokens = Optional(config, "num_items_in_batch") is { } items
            ? items / (Optional(config, "steps_per_generation") ?? 1)
            : mask.sum().ToDouble();
        TokenLossTerms terms = TokenLoss.Compute(
            new TokenLossInputs(logps, mask, tensor(inputs.GetProperty("advantages").Numbers(), type))
            {
                Old = options.Loss == TokenLossKind.Rloo || Has("use_old") ? Read("old_logps") : null,
                Reference = options.Beta > 0 ? Read("ref_logps") : null,
                Entropies = entropies,
                SamplerRatios = Has("vllm_correction") ? Read("sampler_ratio") : null,
                Sequences = mask.shape[0] * accumulation,
                Tokens = tokens * accumulation,
                MaximumLength = Optional(config, "max_completion_length"),
            },
            options);

        Assert.Equal(expected.GetProperty("loss").Number(), terms.Value, tolerance);
        terms.Loss.backward();
        AssertNear(expected.GetProperty("grad_logps"), logps.grad, tolerance, type);
        if (expected.TryGetProperty("grad_entropies", out JsonElement byEntropies))
            AssertNear(byEntropies, entropies.grad, tolerance, type);
        if (expected.TryGetProperty("metrics", out JsonElement metrics)) AssertMetrics(metrics, terms);
    }

    private static void AssertMetrics(JsonElement metrics, TokenLossTerms terms)
    {
        (string Key, double Found)[] all =
        [
            ("policy_loss", terms.PolicyLoss), ("kl", terms.Kl), ("entropy", terms.Entropy), ("clip_ratio/low_mean", terms.ClipLow),
            ("clip_ratio/high_mean", terms.ClipHigh), ("clip_ratio/region_mean", terms.ClipLow + terms.ClipHigh),
            ("clip_ratio/low_min", terms.ClipLowLeast), ("clip_ratio/high_max", terms.ClipHighMost),
            ("cispo_clip_ratio", terms.ClipHigh), ("vespo/phi_seq_mean", terms.Weight),
        ];
        foreach ((string key, double found) in all)
            if (metrics.TryGetProperty(key, out JsonElement value) && double.IsFinite(value.Number()))
                Assert.True(Math.Abs(value.Number() - found) < 2e-6, $"{key}: expected {value.Number()}, found {found}.");
    }

    private static TokenLossOptions Options(JsonElement config, JsonElement inputs)
    {
        string loss = config.GetProperty("loss_type").GetString()!;
        double? threshold = Optional(config, "off_policy_mask_threshold");
        JsonElement vespo = inputs.GetProperty("vespo"), sapo = inputs.GetProperty("sapo_temperatures");
        return new TokenLossOptions
        {
            Loss = Enum.Parse<TokenLossKind>(loss.Replace("_", "", StringComparison.Ordinal), ignoreCase: true),
            Ratio = config.TryGetProperty("importance_sampling_level", out JsonElement level) && level.GetString() == "sequence"
                ? RatioLevel.Sequence
                : RatioLevel.Token,
            ClipLow = Optional(config, "epsilon_low") ?? 0.2,
            ClipHigh = Optional(config, "epsilon_high") ?? 0.2,
            Delta = Optional(config, "delta") ?? 0,
            Beta = Optional(config, "beta") ?? 0,
            Kl = KlEstimator.K3,
            WeighsKl = config.TryGetProperty("use_bias_correction_kl", out JsonElement weighs) && weighs.GetBoolean(),
            Entropy = Optional(config, "entropy_coef") ?? 0,
            EntropyQuantile = Optional(config, "top_entropy_quantile") ?? 1,
            MasksOffPolicy = threshold is not null,
            OffPolicyThreshold = threshold ?? 0,
            PositiveTemperature = sapo.GetProperty("positive").Number(),
            NegativeTemperature = sapo.GetProperty("negative").Number(),
            PositiveShape = vespo.GetProperty("k_pos").Number(),
            PositiveRate = vespo.GetProperty("lambda_pos").Number(),
            NegativeShape = vespo.GetProperty("k_neg").Number(),
            NegativeRate = vespo.GetProperty("lambda_neg").Number(),
        };
    }

    private static double? Optional(JsonElement config, string key) =>
        config.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.Number() : null;

    internal static Tensor Matrix(JsonElement rows, ScalarType type)
    {
        double[][] values = [.. rows.EnumerateArray().Select(row => row.Numbers())];
        return tensor(values.SelectMany(row => row).ToArray(), [values.Length, values[0].Length], type);
    }

    internal static void AssertNear(JsonElement expected, Tensor? found, double tolerance, ScalarType type)
    {
        Assert.NotNull(found);
        using Tensor wanted = Matrix(expected, type);
        double far = (wanted - found).abs().max().ToDouble();
        Assert.True(far <= tolerance, $"gradients differ by {far}.");
    }
}
