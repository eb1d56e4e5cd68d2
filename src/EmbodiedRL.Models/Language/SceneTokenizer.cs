using System.Text;
using System.Text.Json;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Tokenizers;

namespace EmbodiedRL.Models.Language;

/// <summary>Tokenizer of <see cref="SceneReasoner"/>: whole words and numbers, with the space before them, and single characters.</summary>
/// <remarks>
/// Every token but the special ones is a piece of text; a text is cut into the longest pieces from the left, so that decoding is joining.
/// Printable ASCII survives both ways whatever the words; other characters become one unknown token.
/// </remarks>
public sealed class SceneTokenizer : ITextTokenizer
{
    /// <summary>Ids of the special tokens.</summary>
    public const int Padding = 0, Image = 1, Ask = 2, End = 3, Unknown = 4;

    private const string Kind = "scene-reasoner-pieces";
    private const string Punctuation = ".,;:?!'\"()";
    private const int Numbers = 65;

    private static readonly string[] Special = ["<pad>", "<image>", "<ask>", "<end>", "<unknown>"];

    private static readonly string[] Fixed =
    [
        "<think>", "</think>", "<answer>", "</answer>", "<confidence>", "</confidence>", "[{\"label\":\"", "\",\"box\":[", "]}]",
        "]},{\"label\":\"",
        "[[", "]]", "],[", "[\"", "\",\"", "\"]", "{\"size\":[", "],\"counts\":[", "]}",
        .. Enumerable.Range(0, 11).Select(tenth => $"{tenth / 10}.{tenth % 10}"),
        .. Enumerable.Range(0, Numbers).Select(number => $"{number}"), .. Enumerable.Range(0, Numbers).Select(number => $" {number}"),
        .. Enumerable.Range(' ', '~' + 1 - ' ').Select(letter => $"{(char)letter}"), "\n",
    ];

    private readonly string[] _tokens;
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly int _longest;

    /// <summary>A vocabulary.</summary>
    /// <param name="words">Beside numbers, tags and characters; each is known with and without a space before it.</param>
    public SceneTokenizer(IEnumerable<string> words)
        : this([.. Special, .. Fixed.Concat(words.SelectMany(word => new[] { word, $" {word}" })).Distinct(StringComparer.Ordinal)])
    {
    }

    private SceneTokenizer(string[] tokens)
    {
        _tokens = tokens;
        for (int id = Special.Length; id < tokens.Length; id++)
        {
            if (tokens[id].Length == 0 || !_ids.TryAdd(tokens[id], id)) throw new FormatException($"token {id} is empty or there twice");
            _longest = Math.Max(_longest, tokens[id].Length);
        }
    }

    /// <inheritdoc/>
    public int VocabularySize => _tokens.Length;

    /// <inheritdoc/>
    public int PaddingId => Padding;

    /// <inheritdoc/>
    public int? ContextLength => null;

    /// <summary>Reads a vocabulary from its file.</summary>
    /// <exception cref="AssetMissingException">There is no such file.</exception>
    /// <exception cref="CorruptFileException">It is no vocabulary of this kind.</exception>
    public static SceneTokenizer Load(string path) => JsonFile.Read(path, "A tokenizer of scene-reasoner", root =>
    {
        if (root.Text("type") != Kind) throw new FormatException($"type '{root.Text("type")}' instead of '{Kind}'");
        string[] tokens = [.. root.GetProperty("tokens").EnumerateArray().Select(token => token.GetString() ?? "")];
        if (!tokens.AsSpan().StartsWith(Special)) throw new FormatException("it does not begin with the special tokens");
        return new SceneTokenizer(tokens);
    });

    /// <summary>Writes the vocabulary.</summary>
    public void Save(string path) => AtomicFile.WriteText(path,
        JsonSerializer.Serialize(new Dictionary<string, object> { ["type"] = Kind, ["tokens"] = _tokens }) + "\n");

    /// <inheritdoc/>
    /// <remarks>No special tokens are put around: a model places images and the end of a prompt itself.</remarks>
    public int[] Encode(string text, int maximumLength = int.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maximumLength);
        var ids = new List<int>();
        var lookup = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
        for (int at = 0; at < text.Length && ids.Count < maximumLength;)
        {
            int length = Math.Min(_longest, text.Length - at), id = Unknown;
            while (length > 0 && !lookup.TryGetValue(text.AsSpan(at, length), out id)) length--;
            ids.Add(length > 0 ? id : Unknown);
            at += Math.Max(1, length);
        }

        return [.. ids];
    }

    /// <summary>Words of a text that are in the vocabulary only letter by letter, so that a model has not learned what they mean.</summary>
    public IReadOnlyList<string> SpelledWords(string text) =>
        [.. text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(word => word.Trim(Punctuation.ToCharArray()))
            .Where(word => word.Length > 1 && IsSpelled(word) && IsSpelled($" {word}")).Distinct()];

    private bool IsSpelled(string word) =>
        Encode(word).Any(id => id == Unknown || (_tokens[id].Length == 1 && char.IsAsciiLetter(_tokens[id][0])));

    /// <inheritdoc/>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = true)
    {
        var text = new StringBuilder();
        foreach (int id in ids)
        {
            if (id < 0 || id >= _tokens.Length) continue;
            if (id == Unknown) text.Append('\uFFFD');
            else if (id >= Special.Length || !skipSpecialTokens) text.Append(_tokens[id]);
        }

        return text.ToString();
    }
}
