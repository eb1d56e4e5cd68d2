using EmbodiedRL.Models.Tokenizers;

namespace EmbodiedRL.Contracts;

/// <summary>Tokenizer of a few letters: id 0 pads, id 1 ends, then the letters in order.</summary>
public sealed class LetterTokenizer(string letters) : ITextTokenizer
{
    /// <summary>Ends a completion.</summary>
    public const int End = 1;

    public int VocabularySize => letters.Length + 2;

    public int PaddingId => 0;

    public int? ContextLength => null;

    public int[] Encode(string text, int maximumLength = int.MaxValue) =>
        [.. text.Select(letter => letters.IndexOf(letter, StringComparison.Ordinal) + 2).Take(maximumLength)];

    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = true)
    {
        var text = new System.Text.StringBuilder();
        foreach (int id in ids)
            if (id >= 2) text.Append(letters[id - 2]);
        return text.ToString();
    }
}
