using System.Text;
using EmbodiedRL.Models.Tokenizers.Unicode;

namespace EmbodiedRL.Models.Tokenizers.Components;

/// <summary>Decoder: rewrites tokens so that joining them gives text.</summary>
internal interface IDecoder
{
    /// <summary>The rewritten tokens.</summary>
    List<string> Decode(List<string> tokens);
}

/// <summary>Decoders one after the other.</summary>
internal sealed class SequenceDecoder(IReadOnlyList<IDecoder> parts) : IDecoder
{
    /// <inheritdoc/>
    public List<string> Decode(List<string> tokens)
    {
        foreach (IDecoder part in parts) tokens = part.Decode(tokens);
        return tokens;
    }
}

/// <summary>Decoder that rewrites each token alone; it is told the place and the number of tokens.</summary>
internal sealed class EachDecoder(Func<string, int, int, string> rewrite) : IDecoder
{
    /// <summary>Decoder of WordPiece: a space before every token that does not continue a word.</summary>
    public static EachDecoder WordPiece(string prefix, bool cleanUp) => new((token, place, _) =>
    {
        if (place > 0) token = token.StartsWith(prefix, StringComparison.Ordinal) ? token[prefix.Length..] : " " + token;
        return cleanUp ? CleanUp.Spaces(token) : token;
    });

    /// <summary>Decoder of metaspaces: spaces again, but none before the text.</summary>
    public static EachDecoder Metaspace(string replacement, PrependScheme scheme) => new((token, place, _) =>
        token.Replace(replacement, place == 0 && scheme != PrependScheme.Never ? "" : " ", StringComparison.Ordinal));

    /// <summary>Decoder of byte pairs with a suffix: a space after every word but the last.</summary>
    public static EachDecoder Suffix(string suffix) => new((token, place, count) =>
        token.Replace(suffix, place == count - 1 ? "" : " ", StringComparison.Ordinal));

    /// <summary>Strips a character from both ends of each token, at most so many times.</summary>
    public static EachDecoder Strip(char character, int start, int stop) => new((token, _, _) =>
    {
        int begin = 0, end = token.Length;
        while (begin < Math.Min(start, token.Length) && token[begin] == character) begin++;
        while (end > begin && token.Length - end < stop && token[end - 1] == character) end--;
        return token[begin..end];
    });

    /// <inheritdoc/>
    public List<string> Decode(List<string> tokens) => [.. tokens.Select((token, place) => rewrite(token, place, tokens.Count))];
}

/// <summary>Joins all tokens into one.</summary>
internal sealed class FuseDecoder : IDecoder
{
    /// <inheritdoc/>
    public List<string> Decode(List<string> tokens) => [string.Concat(tokens)];
}

/// <summary>Byte-level decoder: characters of the byte alphabet become bytes, and these UTF-8; a broken character becomes U+FFFD.</summary>
internal sealed class ByteLevelDecoder : IDecoder
{
    /// <inheritdoc/>
    public List<string> Decode(List<string> tokens)
    {
        var bytes = new List<byte>();
        foreach (string token in tokens)
            if (!ByteAlphabet.TryDecode(token, bytes))
                bytes.AddRange(Encoding.UTF8.GetBytes(token));
        return [Encoding.UTF8.GetString([.. bytes])];
    }
}

/// <summary>Byte-fallback decoder: runs of byte tokens become UTF-8, or a U+FFFD for each byte if they are none.</summary>
internal sealed class ByteFallbackDecoder : IDecoder
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <inheritdoc/>
    public List<string> Decode(List<string> tokens)
    {
        var result = new List<string>(tokens.Count);
        var bytes = new List<byte>();
        foreach (string token in tokens)
        {
            if (token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>'
                && byte.TryParse(token.AsSpan(3, 2), System.Globalization.NumberStyles.AllowHexSpecifier,
                    System.Globalization.CultureInfo.InvariantCulture, out byte value))
            {
                bytes.Add(value);
                continue;
            }

            Flush(bytes, result);
            result.Add(token);
        }

        Flush(bytes, result);
        return result;
    }

    private static void Flush(List<byte> bytes, List<string> into)
    {
        if (bytes.Count == 0) return;
        try
        {
            into.Add(Strict.GetString([.. bytes]));
        }
        catch (DecoderFallbackException)
        {
            into.Add(new string('\uFFFD', bytes.Count));
        }

        bytes.Clear();
    }
}

/// <summary>Clean-up of spaces that a tokenizer of words leaves before punctuation and contractions.</summary>
internal static class CleanUp
{
    private static readonly (string From, string To)[] Rules =
    [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
        (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ];

    /// <summary>The text without them.</summary>
    public static string Spaces(string text)
    {
        foreach ((string from, string to) in Rules) text = text.Replace(from, to, StringComparison.Ordinal);
        return text;
    }
}
