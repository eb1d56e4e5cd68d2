using System.Buffers;
using EmbodiedRL.Models.Tokenizers.Components;
using EmbodiedRL.Models.Tokenizers.Unicode;

namespace EmbodiedRL.Models.Tokenizers;

/// <summary>Added token: a token that is found in a text before the text is cut into pieces.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its text.</param>
/// <param name="Special">Whether it has a meaning to the model, so that it is left out of decoded text on request.</param>
/// <param name="SingleWord">Whether it counts only where no word goes on before or after it.</param>
/// <param name="StripLeft">Whether it takes the spaces before it.</param>
/// <param name="StripRight">Whether it takes the spaces after it.</param>
/// <param name="Normalized">Whether it is looked for in the normalized text; otherwise in the text as it is.</param>
public sealed record AddedToken(
    int Id, string Content, bool Special = true, bool SingleWord = false, bool StripLeft = false, bool StripRight = false,
    bool Normalized = false);

/// <summary>Part of a text: an added token, or what lies between them.</summary>
/// <param name="Id">Of the added token; null for text.</param>
/// <param name="Begin">Where it begins.</param>
/// <param name="End">Where it ends.</param>
internal readonly record struct TextPart(int? Id, int Begin, int End);

/// <summary>Search for added tokens: leftmost first, of those the longest.</summary>
internal sealed class AddedTokenSearch
{
    private readonly SearchValues<string>? _any;
    private readonly TokenTrie _trie = new();
    private readonly List<AddedToken> _tokens = [];

    /// <summary>A search for tokens by the text that each has where it is looked for.</summary>
    public AddedTokenSearch(IEnumerable<(string Text, AddedToken Token)> tokens)
    {
        var texts = new List<string>();
        foreach ((string text, AddedToken token) in tokens)
        {
            if (text.Length == 0) continue;
            _trie.Add(text, _tokens.Count);
            _tokens.Add(token);
            texts.Add(text);
        }

        if (texts.Count > 0) _any = SearchValues.Create([.. texts], StringComparison.Ordinal);
    }

    /// <summary>The text as parts, none empty.</summary>
    /// <param name="text">The text.</param>
    /// <param name="specialsAsText">Whether special tokens are text like any other.</param>
    public IEnumerable<TextPart> Find(string text, bool specialsAsText)
    {
        int done = 0;
        for (int at = 0; _any is not null && at < text.Length;)
        {
            int found = text.AsSpan(at).IndexOfAny(_any);
            if (found < 0) break;
            int begin = at + found;
            (AddedToken token, int end) = Longest(text, begin);
            at = end;
            if ((specialsAsText && token.Special) || (token.SingleWord && !StandsAlone(text, begin, end))) continue;
            if (token.StripLeft)
                while (begin > done && char.IsWhiteSpace(text[begin - 1])) begin--;
            if (token.StripRight)
                while (end < text.Length && char.IsWhiteSpace(text[end])) end++;
            if (begin < done) continue;
            if (begin > done) yield return new TextPart(null, done, begin);
            yield return new TextPart(token.Id, begin, end);
            done = end;
            at = Math.Max(at, end);
        }

        if (done < text.Length) yield return new TextPart(null, done, text.Length);
    }

    private (AddedToken Token, int End) Longest(string text, int begin)
    {
        int node = TokenTrie.Root, best = -1, end = begin;
        for (int i = begin; i < text.Length && _trie.TryStep(ref node, text[i]); i++)
            if (_trie.IdAt(node) is >= 0 and int found)
                (best, end) = (found, i + 1);
        return (_tokens[best], end);
    }

    private static bool StandsAlone(string text, int begin, int end)
    {
        if (end < text.Length && Characters.IsWord(Characters.At(text, end, out _))) return false;
        if (begin == 0) return true;
        int before = begin > 1 && char.IsLowSurrogate(text[begin - 1]) && char.IsHighSurrogate(text[begin - 2]) ? begin - 2 : begin - 1;
        return !Characters.IsWord(Characters.At(text, before, out _));
    }
}
