namespace EmbodiedRL.Models.Tokenizers;

/// <summary>Encoded batch: texts of equal length, padded at the right.</summary>
/// <param name="Ids">[B, L] token ids.</param>
/// <param name="Mask">[B, L] 1 for a token, 0 for padding.</param>
/// <param name="Count">B.</param>
/// <param name="Length">L.</param>
public sealed record EncodedBatch(long[] Ids, long[] Mask, int Count, int Length);

/// <summary>Batches of texts.</summary>
public static class TokenBatches
{
    /// <summary>Encodes texts, truncated and padded to a length.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="texts">B texts.</param>
    /// <param name="contextLength">L; null for the length of the longest of them, at most the tokenizer's context.</param>
    /// <param name="paddingId">Id of padding; null for the tokenizer's.</param>
    /// <exception cref="ArgumentOutOfRangeException">The special tokens alone are more than the length.</exception>
    public static EncodedBatch EncodeBatch(
        this ITextTokenizer tokenizer, IReadOnlyList<string> texts, int? contextLength = null, int? paddingId = null)
    {
        int most = contextLength ?? tokenizer.ContextLength ?? int.MaxValue;
        int[][] encoded = [.. texts.Select(text => tokenizer.Encode(text, most))];
        int length = contextLength ?? (encoded.Length > 0 ? encoded.Max(ids => ids.Length) : 0);
        long[] batch = new long[encoded.Length * length], mask = new long[batch.Length];
        Array.Fill(batch, paddingId ?? tokenizer.PaddingId);
        for (int row = 0; row < encoded.Length; row++)
            for (int i = 0; i < encoded[row].Length; i++)
                (batch[row * length + i], mask[row * length + i]) = (encoded[row][i], 1);
        return new EncodedBatch(batch, mask, encoded.Length, length);
    }
}
