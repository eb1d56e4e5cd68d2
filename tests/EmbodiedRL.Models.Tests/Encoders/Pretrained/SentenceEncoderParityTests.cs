using System.Text.Json;
using EmbodiedRL.Contracts;
using EmbodiedRL.Models.Encoders.Pretrained;
using EmbodiedRL.Models.Weights;

namespace EmbodiedRL.Models.Tests.Encoders.Pretrained;

/// <summary>all-MiniLM-L6-v2 with its published weights, where EMBODIED_MODELS holds them, against transformers.</summary>
[Trait("Category", "Parity")]
public sealed class SentenceEncoderParityTests
{
    private const double Tolerance = 1e-5; // relative to one plus the largest value, which is below one

    [Fact]
    public void Embeddings_are_those_of_the_library()
    {
        JsonElement cases = Fixtures.ReadJson("language/bert/cases.json");
        using Safetensors expected = Safetensors.Map(Fixtures.Require("language/bert/expected.safetensors"));
        using SentenceEncoder model = SentenceEncoder.Load(Fixtures.RequireModel(cases.GetProperty("model").GetString()!),
            maximumLength: cases.GetProperty("max_length").GetInt32());
        string[] texts = [.. cases.GetProperty("cases").EnumerateArray().Select(one => one.GetProperty("text").GetString()!)];
        float[] vector = new float[model.EmbeddingSize], wanted = expected["embeddings"].Floats();
        for (int i = 0; i < texts.Length; i++)
        {
            model.EncodeTexts([texts[i]], vector);
            Compare(wanted.AsSpan(i * vector.Length, vector.Length), vector, texts[i]);
        }

        string[] tasks = [.. cases.GetProperty("task_sentences").EnumerateArray().Select(one => one.GetString()!)];
        float[] together = new float[tasks.Length * vector.Length];
        model.EncodeTexts(tasks, together);
        Compare(expected["task_embeddings"].Floats(), together, "tasks");
    }

    private static void Compare(ReadOnlySpan<float> expected, ReadOnlySpan<float> found, string what)
    {
        for (int k = 0; k < expected.Length; k++)
            Assert.True(Math.Abs(expected[k] - found[k]) <= 2 * Tolerance, $"{what}: place {k}: {expected[k]} and {found[k]}");
    }
}
