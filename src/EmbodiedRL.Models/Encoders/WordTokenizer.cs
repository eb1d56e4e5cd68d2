using System.Text.Json;
using System.Text.Json.Nodes;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Facts;

namespace EmbodiedRL.Models.Encoders;

/// <summary>Word tokenizer: lower-case runs of letters and digits are words; everything else separates them.</summary>
/// <remarks>Its file is a <c>tokenizer.json</c> of the kind WordLevel, as other tools read it.</remarks>
public sealed class WordTokenizer
{
    /// <summary>Stands where a shorter sentence has no word.</summary>
    public const int Padding = 0;

    /// <summary>Stands for every word that is not in the vocabulary.</summary>
    public const int Unknown = 1;

    private const string PaddingWord = "[PAD]", UnknownWord = "[UNK]", Between = @"[^\p{L}\p{Nd}]+";

    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly string[] _words;

    /// <summary>A vocabulary.</summary>
    /// <param name="words">Words, or sentences to take the words from; order and repetition do not matter.</param>
    public WordTokenizer(IEnumerable<string> words)
        : this([
            PaddingWord,
            UnknownWord,
            .. words.SelectMany(Sentence.Words).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
        ])
    {
    }

    private WordTokenizer(string[] words)
    {
        _words = words;
        for (int id = 0; id < words.Length; id++) _ids.Add(words[id], id);
    }

    /// <summary>How many numbers there are, padding and unknown included.</summary>
    public int Size => _words.Length;

    /// <summary>The words it knows, in order.</summary>
    public IEnumerable<string> Words => _words.Skip(2);

    /// <summary>The sentence as numbers, one a word.</summary>
    public int[] Encode(string sentence) => [.. Sentence.Words(sentence).Select(word => _ids.GetValueOrDefault(word, Unknown))];

    /// <summary>The words of a sentence that are not in the vocabulary, each once, in order.</summary>
    public string[] UnknownWords(string sentence) =>
        [.. Sentence.Words(sentence).Where(word => !_ids.ContainsKey(word)).Distinct(StringComparer.Ordinal)];

    /// <summary>Writes the vocabulary.</summary>
    public void Save(string path)
    {
        var vocabulary = new JsonObject();
        for (int id = 0; id < _words.Length; id++) vocabulary[_words[id]] = id;
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
            ["model"] = new JsonObject { ["type"] = "WordLevel", ["unk_token"] = UnknownWord, ["vocab"] = vocabulary },
        };
        File.WriteAllText(path, file.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");
    }

    /// <summary>Reads a vocabulary.</summary>
    /// <exception cref="AssetMissingException">There is no such file.</exception>
    /// <exception cref="CorruptFileException">It is no vocabulary of whole words.</exception>
    public static WordTokenizer Load(string path)
    {
        try
        {
            using JsonDocument document =
                JsonDocument.Parse(InputFile.ReadBytes(path, "A vocabulary", "Restore or train the model again."));
            JsonElement model = document.RootElement.GetProperty("model");
            string type = model.GetProperty("type").GetString() ?? "";
            if (type != "WordLevel") throw new CorruptFileException(path, "a vocabulary of the kind WordLevel", $"'{type}'");
            string[] words = [.. model.GetProperty("vocab")
                .EnumerateObject()
                .OrderBy(word => word.Value.GetInt32())
                .Select(word => word.Name)];
            return words is [PaddingWord, UnknownWord, ..]
                ? new WordTokenizer(words)
                : throw new CorruptFileException(path, $"a vocabulary that begins with {PaddingWord} and {UnknownWord}",
                    string.Join(", ", words.Take(2)));
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
}
