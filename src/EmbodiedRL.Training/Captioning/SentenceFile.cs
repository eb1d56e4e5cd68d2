using System.Collections.Immutable;
using System.Text.Json;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Facts;

namespace EmbodiedRL.Training.Captioning;

/// <summary>Sentence that a person wrote, with what it is meant to say.</summary>
/// <param name="Text">As it was written.</param>
/// <param name="Facts">Names of facts, and whether each is denied; null if it states no fact of the scene.</param>
public sealed record WrittenSentence(string Text, IReadOnlyList<(string Fact, bool Denied)>? Facts);

/// <summary>File of sentences that people wrote about one environment.</summary>
/// <remarks>
/// JSON: <c>{"environment": NAME, "sentences": [{"text": SENTENCE, "facts": [[FACT, DENIED], ...]}, ...]}</c>; facts are null where a
/// sentence states none.
/// </remarks>
/// <param name="Path">Of the file.</param>
/// <param name="Environment">Whose facts are meant.</param>
/// <param name="Sentences">In the file's order.</param>
public sealed record SentenceFile(string Path, string Environment, IReadOnlyList<WrittenSentence> Sentences)
{
    private const string Expected = "sentences of people (environment; sentences with text and facts)", Remedy = "Mend the file.";

    /// <summary>Reads all files of a folder.</summary>
    /// <exception cref="AssetMissingException">There is no such folder, or no JSON file in it.</exception>
    /// <exception cref="CorruptFileException">A file is of another shape.</exception>
    public static IReadOnlyList<SentenceFile> ReadFolder(string folder)
    {
        string[] files = Directory.Exists(folder) ? Directory.GetFiles(folder, "*.json") : [];
        if (files.Length == 0)
            throw new AssetMissingException("A folder of sentence files", folder, "Name a folder that holds *.json files of sentences.");
        return [.. files.Order(StringComparer.Ordinal).Select(Read)];
    }

    /// <summary>Reads one file.</summary>
    /// <exception cref="CorruptFileException">It is of another shape.</exception>
    public static SentenceFile Read(string path)
    {
        byte[] bytes = InputFile.ReadBytes(path, "A file of sentences", Remedy);
        try
        {
            using JsonDocument document = JsonDocument.Parse(InputFile.WithoutMark(bytes).ToArray());
            JsonElement root = document.RootElement;
            return new SentenceFile(path, root.GetProperty("environment").GetString() ?? throw new JsonException("environment is null"),
                [.. root.GetProperty("sentences").EnumerateArray().Select(ReadSentence)]);
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new CorruptFileException(path, Expected, $"something else ({error.Message.TrimEnd('.')})", Remedy, error);
        }
    }

    /// <summary>What a sentence is meant to say, as a caption of an environment.</summary>
    /// <param name="sentence">Of this file, with facts.</param>
    /// <param name="info">The environment.</param>
    /// <exception cref="CorruptFileException">The environment has no such fact.</exception>
    public Caption Intended(WrittenSentence sentence, EnvironmentInfo info) => new(sentence.Text, CaptionKind.Unseen,
    [
        .. sentence.Facts!.Select(said => new Claim(info.Facts.FirstOrDefault(fact => fact.Name == said.Fact)
            ?? throw new CorruptFileException(Path, $"facts of '{info.Name}'", $"'{said.Fact}' in \"{sentence.Text}\"", Remedy),
            said.Denied)),
    ]);

    private static WrittenSentence ReadSentence(JsonElement sentence)
    {
        string text = sentence.GetProperty("text").GetString() ?? throw new JsonException("a text is null");
        JsonElement facts = sentence.GetProperty("facts");
        if (facts.ValueKind == JsonValueKind.Null) return new WrittenSentence(text, null);
        ImmutableArray<(string, bool)> said = [.. facts.EnumerateArray().Select(fact => fact.GetArrayLength() == 2
            ? (fact[0].GetString() ?? throw new JsonException($"a fact of \"{text}\" is null"), fact[1].GetBoolean())
            : throw new JsonException($"a fact of \"{text}\" is no pair"))];
        return said.Length > 0 ? new WrittenSentence(text, said) : throw new JsonException($"\"{text}\" has an empty list of facts");
    }
}
