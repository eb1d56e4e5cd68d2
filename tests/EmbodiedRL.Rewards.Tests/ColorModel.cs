using EmbodiedRL.Core;
using EmbodiedRL.Models.Encoders;

namespace EmbodiedRL.Rewards.Tests;

/// <summary>A model simple enough to reckon by hand: a picture is its mean color, a sentence one of the colors it names.</summary>
internal sealed class ColorModel(int size = 4) : IImageTextModel
{
    public string Name => "color";

    public int ImageSize => size;

    public int EmbeddingSize => 3;

    public TrainingRecord Record => TrainingRecord.None;

    public int LargestBatch { get; private set; }

    public bool IsDisposed { get; private set; }

    public void EncodeImages(ReadOnlySpan<byte> frames, int width, int height, Span<float> embeddings)
    {
        int pixels = width * height * 3;
        LargestBatch = Math.Max(LargestBatch, frames.Length / pixels);
        for (int picture = 0; picture < frames.Length / pixels; picture++)
        {
            Span<float> embedding = embeddings.Slice(picture * 3, 3);
            embedding.Clear();
            for (int i = 0; i < pixels; i++) embedding[i % 3] += frames[(picture * pixels) + i];
            Normalize(embedding);
        }
    }

    public void EncodeTexts(IReadOnlyList<string> texts, Span<float> embeddings)
    {
        for (int i = 0; i < texts.Count; i++)
        {
            float[] color = texts[i] switch
            {
                "red" => [1, 0, 0],
                "green" => [0, 1, 0],
                "blue" => [0, 0, 1],
                "gray" => [1, 1, 1],
                _ => throw new UnknownNameException("color", texts[i], ["red", "green", "blue", "gray"]),
            };
            Normalize(color);
            color.CopyTo(embeddings.Slice(i * 3, 3));
        }
    }

    public IReadOnlyList<string> UnknownWords(string text) => [];

    public void Dispose() => IsDisposed = true;

    private static void Normalize(Span<float> vector)
    {
        float length = 0;
        foreach (float value in vector) length += value * value;
        length = MathF.Sqrt(length);
        for (int i = 0; i < 3; i++) vector[i] /= Math.Max(length, 1e-12f);
    }
}
