using EmbodiedRL.Core;
using EmbodiedRL.Models.Tokenizers.Components;

namespace EmbodiedRL.Models.Tokenizers;

/// <summary>Byte-pair files: <c>vocab.json</c> and <c>merges.txt</c>.</summary>
internal static class BytePairFiles
{
    private const string Remedy = "Restore the file, or fetch it again.";

    /// <summary>Reads both files.</summary>
    /// <exception cref="AssetMissingException">A file is missing.</exception>
    /// <exception cref="CorruptFileException">A file is altered, or a merge names no token.</exception>
    public static BytePairModel Read(string vocabularyPath, string mergesPath, string suffix, string? unknown)
    {
        Vocabulary vocabulary = JsonFile.Read(vocabularyPath, "A vocabulary", root => new Vocabulary(
            root.EnumerateObject().Select(token => KeyValuePair.Create(token.Name, token.Value.GetInt32()))));
        try
        {
            return new BytePairModel(vocabulary, ReadMerges(mergesPath), new BytePairSettings { Suffix = suffix, Unknown = unknown });
        }
        catch (FormatException error)
        {
            throw new CorruptFileException(mergesPath, $"merges of {vocabularyPath}", error.Message, Remedy, error);
        }
    }

    /// <summary>Id of a token that must be there.</summary>
    /// <exception cref="CorruptFileException">It is not.</exception>
    public static int Require(ITokenModel model, string token, string path) => model.Vocabulary.IdOf(token)
        ?? throw new CorruptFileException(path, $"the token '{token}'", "a vocabulary without it", Remedy);

    private static List<(string, string)> ReadMerges(string path)
    {
        string text = System.Text.Encoding.UTF8.GetString(
            InputFile.ReadBytes(path, "A list of merges", "Check the path, or fetch the model's folder again."));
        var merges = new List<(string, string)>();
        // Only line feeds separate: other line breaks are tokens.
        foreach (string line in text.Split('\n'))
        {
            string merge = line.TrimEnd('\r');
            if (merge.Length == 0 || (merges.Count == 0 && merge.StartsWith("#version", StringComparison.Ordinal))) continue;
            merges.Add(ModelReader.MergeLine(merge));
        }

        return merges;
    }
}
