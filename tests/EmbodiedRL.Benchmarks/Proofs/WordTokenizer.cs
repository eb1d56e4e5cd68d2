using EmbodiedRL.Core;
using EmbodiedRL.Models.Tokenizers;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary>Tokenizer of a few words with spaces between: id 0 pads, id 1 ends, then the words in order.</summary>
/// <param name="words">All there are.</param>
internal sealed class WordTokenizer(IReadOnlyList<string> words) : ITextTokenizer
{
    /// <summary>Ends a completion.</summary>
    public const int End = 1;

    private const int First = 2;

    private readonly Dictionary<string, int> _ids = words.Select((word, place) => (word, place))
        .ToDictionary(one => one.word, one => one.place + First, StringComparer.Ordinal);

    public int VocabularySize => words.Count + First;

    public int PaddingId => 0;

    public int? ContextLength => null;

    public int[] Encode(string text, int maximumLength = int.MaxValue) =>
        [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(maximumLength).Select(word =>
            _ids.TryGetValue(word, out int id) ? id : throw new UnknownNameException("word", word, words))];

    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = true)
    {
        var found = new List<string>();
        foreach (int id in ids)
            if (id >= First) found.Add(words[id - First]);
        return string.Join(' ', found);
    }
}
