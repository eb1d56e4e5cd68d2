using EmbodiedRL.Core.Facts;
using EmbodiedRL.Models.Encoders;

namespace EmbodiedRL.Training.Tests;

/// <summary>
/// A model that reads where the red ball of <see cref="SpokenPoint"/> is: its embedding encodes the truth of left, right and middle.
/// </summary>
/// <param name="inverted">Takes left for right.</param>
internal sealed class PositionModel(bool inverted = false) : IImageTextModel
{
    private const float Half = 0.5f;
    private const double MetersAcross = 4.1421356;   // 10 tan 22.5 degrees: 45 degrees seen from 5 m

    public string Name => "position";

    public int ImageSize => 64;

    public int EmbeddingSize => 3;

    public TrainingRecord Record => TrainingRecord.None;

    /// <summary>(x / 2, (1 - x^2) / 2, what is missing to length 1); without red (0, 0, 1), as the baseline.</summary>
    public void EncodeImages(ReadOnlySpan<byte> frames, int width, int height, Span<float> embeddings)
    {
        int values = width * height * 3;
        for (int picture = 0; picture < frames.Length / values; picture++)
        {
            Span<float> embedding = embeddings.Slice(picture * 3, 3);
            (embedding[0], embedding[1], embedding[2]) = (0, 0, 1);
            if (MiddleOfRed(frames.Slice(picture * values, values), width) is not { } middle) continue;
            float x = (float)Math.Clamp(((middle / width) - 0.5) * MetersAcross, -1, 1);
            (embedding[0], embedding[1]) = (Half * (inverted ? -x : x), Half * (1 - (x * x)));
            embedding[2] = MathF.Sqrt(1 - (embedding[0] * embedding[0]) - (embedding[1] * embedding[1]));
        }
    }

    public void EncodeTexts(IReadOnlyList<string> texts, Span<float> embeddings)
    {
        for (int i = 0; i < texts.Count; i++)
        {
            string[] words = Sentence.Words(texts[i]);
            float sign = words.Contains("not") ? -1 : 1, x = 0, y = 0;
            if (words.Contains("left")) x -= sign;
            if (words.Contains("right")) x += sign;
            if (words.Contains("middle")) y += sign;
            float length = MathF.Sqrt((x * x) + (y * y));
            ReadOnlySpan<float> embedding = length > 0 ? [x / length, y / length, 0] : [0, 0, 1];
            embedding.CopyTo(embeddings[(i * 3)..]);
        }
    }

    public IReadOnlyList<string> UnknownWords(string text) => [];

    public void Dispose()
    {
    }

    private static double? MiddleOfRed(ReadOnlySpan<byte> frame, int width)
    {
        double sum = 0, weight = 0;
        for (int pixel = 0; pixel < frame.Length / 3; pixel++)
        {
            (byte red, byte green) = (frame[pixel * 3], frame[(pixel * 3) + 1]);
            if (red < 1.5 * green || red < 60) continue;
            (sum, weight) = (sum + ((red - green) * ((pixel % width) + 0.5)), weight + red - green);
        }

        return weight > 0 ? sum / weight : null;
    }
}
