using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Models.Encoders;

namespace EmbodiedRL.Rewards.Tests;

/// <summary>A model whose embeddings are written down: a picture of one pixel is a row of a table, by its first byte; so is a sentence,
/// by its words.</summary>
internal sealed class TableModel(int size, float[] pictures, params (string Text, float[] Embedding)[] texts) : IImageTextModel
{
    public string Name => "table";

    public int ImageSize => 1;

    public int EmbeddingSize => size;

    public TrainingRecord Record => TrainingRecord.None;

    /// <summary>Pictures encoded so far.</summary>
    public int Encoded { get; private set; }

    /// <summary>A batch with one row for each picture of the table.</summary>
    public FrameBatch All()
    {
        var batch = new FrameBatch(FrameSpec.Square(1), pictures.Length / size);
        for (int i = 0; i < batch.Rows; i++) batch.Pixels[3 * i] = (byte)i;
        return batch;
    }

    public void EncodeImages(ReadOnlySpan<byte> frames, int width, int height, Span<float> embeddings)
    {
        for (int i = 0; i < frames.Length / 3; i++, Encoded++)
            pictures.AsSpan(frames[3 * i] * size, size).CopyTo(embeddings[(i * size)..]);
    }

    public void EncodeTexts(IReadOnlyList<string> sentences, Span<float> embeddings)
    {
        for (int i = 0; i < sentences.Count; i++)
        {
            float[] known = texts.FirstOrDefault(text => text.Text == sentences[i]).Embedding
                ?? throw new UnknownNameException("sentence", sentences[i], texts.Select(text => text.Text));
            known.CopyTo(embeddings[(i * size)..]);
        }
    }

    public IReadOnlyList<string> UnknownWords(string text) => [];

    public void Dispose()
    {
    }
}
