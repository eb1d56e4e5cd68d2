using System.Text;
using EmbodiedRL.Models.Tokenizers;

namespace EmbodiedRL.Models.Language.Generation;

/// <summary>Finds texts that end a completion, also across the borders of tokens.</summary>
internal sealed class StopSearch(ITextTokenizer tokenizer, IReadOnlyList<string> stops)
{
    // a token is at least a byte, but for special ones that are left out
    private readonly int _window = stops.Max(Encoding.UTF8.GetByteCount) + 8;

    /// <summary>Whether a stop lies in the last tokens of a completion.</summary>
    public bool Ends(List<int> tokens)
    {
        int start = Math.Max(0, tokens.Count - _window);
        string text = tokenizer.Decode([.. tokens[start..]]);
        foreach (string stop in stops)
            if (text.Contains(stop, StringComparison.Ordinal)) return true;
        return false;
    }
}
