namespace EmbodiedRL.Models.Tokenizers;

/// <summary>Text tokenizer: makes of a text the token ids that a model reads, and of ids a text again.</summary>
/// <remarks>Thread-safe.</remarks>
public interface ITextTokenizer
{
    /// <summary>How many ids there are, added tokens included: one more than the largest.</summary>
    int VocabularySize { get; }

    /// <summary>Id that fills a text up to a length.</summary>
    int PaddingId { get; }

    /// <summary>The most tokens of a text that the model was made for; null if its files do not say.</summary>
    int? ContextLength { get; }

    /// <summary>Encodes a text with the special tokens that its model expects around it.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="maximumLength">
    /// The most ids, special tokens included: the text's own are cut off first, special tokens are kept.
    /// </param>
    /// <returns>Ids without padding; owned by the caller.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The special tokens alone are more than the maximum.</exception>
    int[] Encode(string text, int maximumLength = int.MaxValue);

    /// <summary>Decodes ids.</summary>
    /// <param name="ids">Ids of the vocabulary; unknown ones are left out.</param>
    /// <param name="skipSpecialTokens">Whether special tokens are left out.</param>
    /// <returns>Text; bytes that are no whole character become U+FFFD.</returns>
    string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = true);
}
