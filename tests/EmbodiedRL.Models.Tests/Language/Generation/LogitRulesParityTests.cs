using System.Text.Json;
using EmbodiedRL.Contracts;
using EmbodiedRL.Models.Language.Generation;
using EmbodiedRL.Models.Tests.Encoders.Pretrained;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Tests.Language.Generation;

/// <summary>Rules for logits against those of transformers.</summary>
[Trait("Category", "Parity")]
[NoTensorLeaks]
public sealed class LogitRulesParityTests
{
    private const string Folder = "language/generation";
    private const double Tolerance = 1e-5;

    [Fact]
    public void Rules_keep_and_change_what_those_of_the_library_do()
    {
        JsonElement cases = Fixtures.ReadJson(Folder + "/processors.json").GetProperty("cases");
        using var expected = Expected.Read(Folder, "processors.safetensors");
        using DisposeScope scope = NewDisposeScope();
        Assert.True(cases.GetArrayLength() > 0);
        foreach (JsonElement test in cases.EnumerateArray())
        {
            string key = test.GetProperty("key").GetString()!;
            Tensor given = expected[key.StartsWith("ties.", StringComparison.Ordinal) ? "ties.input_logits" : "logits"];
            for (int row = 0; row < given.shape[0]; row++)
            {
                float[] logits = given[row].data<float>().ToArray();
                int[] ids = [.. expected["input_ids"][row].data<long>().Select(id => (int)id)];
                Apply(test.GetProperty("processor").GetString()!, test.GetProperty("arguments"), logits, ids);
                // ties are kept or not; their logits stay
                float[] right = (expected.Find(key + ".logits") ?? given)[row].data<float>().ToArray();
                long[] kept = expected[key + ".kept"][row].data<long>().ToArray();
                for (int i = 0; i < right.Length; i++)
                {
                    Assert.True(kept[i] != 0 == float.IsFinite(logits[i]), $"{key}, row {row}: token {i} is {logits[i]}, not {right[i]}");
                    if (kept[i] != 0) Assert.True(Math.Abs(right[i] - logits[i]) <= Tolerance * (1 + Math.Abs(right[i])), key);
                }
            }
        }
    }

    private static void Apply(string processor, JsonElement arguments, float[] logits, int[] ids)
    {
        double Number(string name) => arguments.GetProperty(name).GetDouble();
        int least = arguments.TryGetProperty("min_tokens_to_keep", out JsonElement given) ? given.GetInt32() : 1;
        switch (processor.Split(' ', '(')[0])
        {
            case "TemperatureLogitsWarper":
                LogitRules.Heat(logits, Number("temperature"));
                break;
            case "TopKLogitsWarper":
                LogitRules.KeepTop(logits, (int)Number("top_k"));
                break;
            case "TopPLogitsWarper":
                LogitRules.KeepNucleus(logits, Number("top_p"), least);
                break;
            case "MinPLogitsWarper":
                LogitRules.KeepMinimum(logits, Number("min_p"), least);
                break;
            case "TypicalLogitsWarper":
                LogitRules.KeepTypical(logits, Number("mass"), least);
                break;
            case "RepetitionPenaltyLogitsProcessor":
                LogitRules.Penalize(logits, ids, Number("penalty"));
                break;
            case "NoRepeatNGramLogitsProcessor":
                LogitRules.ForbidRepeats(logits, ids, (int)Number("ngram_size"));
                break;
            case "RepetitionPenalty":
                LogitRules.Apply(logits, ids, new SamplingSettings
                {
                    RepetitionPenalty = 1.2,
                    NoRepeatNgram = 3,
                    Temperature = 0.7,
                    TopK = 30,
                    TopP = 0.9,
                    MinP = 0.02,
                });
                break;
            default:
                Assert.Fail($"No rule for {processor}.");
                break;
        }
    }
}
