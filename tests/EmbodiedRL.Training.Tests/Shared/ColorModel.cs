using EmbodiedRL.Core.Facts;
using EmbodiedRL.Models.Encoders;

namespace EmbodiedRL.Training.Tests;

/// <summary>
/// A model simple enough to reckon by hand: a picture is the mean color of its middle square, a sentence the sum of the colors it names.
/// </summary>
internal sealed class ColorModel : IImageTextModel
{
    private static readonly Dictionary<string,
        float[]> Words = new() { ["red"] = [1, 0, 0], ["green"] = [0, 1, 0], ["blue"] = [0, 0, 1], ["gray"] = [1, 1, 1] };

    public string Name => "color";

    public int ImageSize => 16;

    public int EmbeddingSize => 3;

    public TrainingRecord Record { get; init; } = TrainingRecord.None;

    public void EncodeImages(ReadOnlySpan<byte> frames, int width, int height, Span<float> embeddings)
    {
        int values = width * height * 3, side = Math.Min(width, height), left = (width - side) / 2, top = (height - side) / 2;
        for (int picture = 0; picture < frames.Length / values; picture++)
        {
            Span<float> embedding = embeddings.Slice(picture * 3, 3);
            embedding.Clear();
            for (int y = top; y < top + side; y++)
                for (int i = 3 * left; i < 3 * (left + side); i++)
                    embedding[i % 3] += frames[(picture * values) + (y * width * 3) + i];
            Normalize(embedding);
        }
    }

    public void EncodeTexts(IReadOnlyList<string> texts, Span<float> embeddings)
    {
        for (int i = 0; i < texts.Count; i++)
        {
            Span<float> embedding = embeddings.Slice(i * 3, 3);
            embedding.Clear();
            foreach (string word in Sentence.Words(texts[i]))
                for (int channel = 0; channel < 3; channel++)
                    embedding[channel] += Words.TryGetValue(word, out float[]? color) ? color[channel] : 0.01f;
            Normalize(embedding);
        }
    }

    public IReadOnlyList<string> UnknownWords(string text) => [.. Sentence.Words(text).Where(word => !Words.ContainsKey(word))];

    public void Dispose()
    {
    }

    private static void Normalize(Span<float> vector)
    {
        float length = 0;
        foreach (float value in vector) length += value * value;
        length = MathF.Sqrt(length);
        for (int i = 0; i < 3; i++) vector[i] /= Math.Max(length, 1e-12f);
    }
}
