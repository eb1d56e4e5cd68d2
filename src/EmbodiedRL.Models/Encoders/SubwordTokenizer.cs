using System.Text.Json;
using System.Text.Json.Nodes;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Facts;

namespace EmbodiedRL.Models.Encoders;

/// <summary>
/// Subword tokenizer: words as <see cref="Sentence"/> cuts them, each as the longest pieces that are known, from the left (WordPiece).
/// </summary>
/// <remarks>
/// <para>A word whose stem and ending are both known is not a piece of its own: "kneels" is "kneel" and "##s", so that "kneeling" and
/// "kneels" share what is learned of "kneel". Single letters are pieces too, so that every word of a to z and 0 to 9 can be cut.</para>
/// <para>Its file is a <c>tokenizer.json</c> of the kind WordPiece, as other tools read it; contractions are spelled out before
/// ("isn't" is "is not"), which they do not do. A file of the kind WordLevel, whole words alone, is read as well.</para>
/// </remarks>
public sealed class SubwordTokenizer
{
    /// <summary>Stands where a shorter sentence has no piece.</summary>
    public const int Padding = 0;

    /// <summary>Stands for a word that cannot be cut into pieces.</summary>
    public const int Unknown = 1;

    private const string PaddingPiece = "[PAD]", UnknownPiece = "[UNK]", Continued = "##", Between = @"[^\p{L}\p{Nd}]+",
        Letters = "abcdefghijklmnopqrstuvwxyz0123456789";
    private const int LongestWord = 100, ShortestStem = 3;

    private static readonly string[] Endings = ["s", "es", "ed", "ing", "er", "ly", "ward", "wards"];

    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly string[] _pieces;
    private readonly int _spelled; // from this number on, single letters that only spell words out

    /// <summary>A vocabulary.</summary>
    /// <param name="words">Words, or sentences to take the words from; order and repetition do not matter.</param>
    public SubwordTokenizer(IEnumerable<string> words) : this(Pieces([.. words.SelectMany(Sentence.Words)]))
    {
    }

    private SubwordTokenizer(string[] pieces)
    {
        _pieces = pieces;
        for (int id = 0; id < pieces.Length; id++) _ids.Add(pieces[id], id);
        int last = Array.FindLastIndex(pieces, piece => !IsLetter(piece));
        int first = Array.FindIndex(pieces, last + 1, piece => piece.Length == 1);
        _spelled = first < 0 ? pieces.Length : first;
    }

    /// <summary>How many numbers there are, padding and unknown included.</summary>
    public int Size => _pieces.Length;

    /// <summary>The pieces it was made of, in order, single letters left out.</summary>
    public IEnumerable<string> Words => _pieces[2.._spelled];

    /// <summary>The sentence as numbers, one a piece.</summary>
    public int[] Encode(string sentence)
    {
        var ids = new List<int>();
        foreach (string word in Sentence.Words(sentence)) Cut(word, ids);
        return [.. ids];
    }

    /// <summary>The words of a sentence that are known neither whole nor by their pieces, each once, in order.</summary>
    public string[] UnknownWords(string sentence) => [.. Sentence.Words(sentence).Where(IsUnknown).Distinct(StringComparer.Ordinal)];

    /// <summary>Writes the vocabulary.</summary>
    public void Save(string path)
    {
        var vocabulary = new JsonObject();
        for (int id = 0; id < _pieces.Length; id++) vocabulary[_pieces[id]] = id;
        var file = new JsonObject
        {
            ["version"] = "1.0",
            ["normalizer"] = new JsonObject { ["type"] = "Lowercase" },
            ["pre_tokenizer"] = new JsonObject
            {
                ["type"] = "Split",
                ["pattern"] = new JsonObject { ["Regex"] = Between },
                ["behavior"] = "Removed",
                ["invert"] = false
            },
            ["model"] = new JsonObject
            {
                ["type"] = "WordPiece",
                ["unk_token"] = UnknownPiece,
                ["continuing_subword_prefix"] = Continued,
                ["max_input_chars_per_word"] = LongestWord,
                ["vocab"] = vocabulary,
            },
        };
        File.WriteAllText(path, file.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");
    }

    /// <summary>Reads a vocabulary.</summary>
    /// <exception cref="AssetMissingException">There is no such file.</exception>
    /// <exception cref="CorruptFileException">It is no vocabulary of pieces or whole words.</exception>
    public static SubwordTokenizer Load(string path)
    {
        try
        {
            using JsonDocument document =
                JsonDocument.Parse(InputFile.ReadBytes(path, "A vocabulary", "Restore or train the model again."));
            JsonElement model = document.RootElement.GetProperty("model");
            string type = model.GetProperty("type").GetString() ?? "";
            if (type is not ("WordPiece" or "WordLevel"))
                throw new CorruptFileException(path, "a vocabulary of the kind WordPiece or WordLevel", $"'{type}'");
            string[] pieces = [.. model.GetProperty("vocab")
                .EnumerateObject()
                .OrderBy(word => word.Value.GetInt32())
                .Select(word => word.Name)];
            return pieces is [PaddingPiece, UnknownPiece, ..]
                ? new SubwordTokenizer(pieces)
                : throw new CorruptFileException(path, $"a vocabulary that begins with {PaddingPiece} and {UnknownPiece}",
                    string.Join(", ", pieces.Take(2)));
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException
            or FormatException or ArgumentException)
        {
            throw new CorruptFileException(path,
                "a tokenizer.json",
                $"something else ({error.Message})",
                "Restore or train the model again.",
                error);
        }
    }

    /// <summary>Padding, unknown, words and endings in order, and single letters to begin and to go on with.</summary>
    private static string[] Pieces(HashSet<string> words)
    {
        var endings = new HashSet<string>(StringComparer.Ordinal);
        var whole = new SortedSet<string>(words, StringComparer.Ordinal);
        foreach (string word in words)
            foreach (string ending in Endings)
                if (word.Length >= ShortestStem + ending.Length && word.EndsWith(ending, StringComparison.Ordinal)
                    && words.Contains(word[..^ending.Length]))
                {
                    whole.Remove(word);
                    endings.Add(Continued + ending);
                }

        string[] letters = [.. Letters.Select(letter => letter.ToString())];
        return
        [
            PaddingPiece, UnknownPiece, .. whole, .. endings.Order(StringComparer.Ordinal),
            .. letters.Where(letter => !whole.Contains(letter)),
            .. letters.Select(letter => Continued + letter).Where(piece => !endings.Contains(piece)),
        ];
    }

    private static bool IsLetter(string piece) => piece.Length == 1 || (piece.Length == Continued.Length + 1 && piece.StartsWith(Continued,
        StringComparison.Ordinal));

    private void Cut(string word, List<int> ids)
    {
        int before = ids.Count;
        for (int start = 0; start < word.Length && word.Length <= LongestWord;)
        {
            int end = word.Length;
            string prefix = start > 0 ? Continued : "";
            int id = Unknown;
            while (end > start && !_ids.TryGetValue(prefix + word[start..end], out id)) end--;
            if (end == start) break;
            ids.Add(id);
            start = end;
            if (start == word.Length) return;
        }

        ids.RemoveRange(before, ids.Count - before);
        ids.Add(Unknown);
    }

    private bool IsUnknown(string word)
    {
        var ids = new List<int>();
        Cut(word, ids);
        return ids.Contains(Unknown) || ids.Any(id => id >= _spelled);
    }
}
