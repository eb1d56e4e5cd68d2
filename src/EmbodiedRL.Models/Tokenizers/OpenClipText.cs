using System.Text;
using System.Text.Json;
using EmbodiedRL.Models.Tokenizers.Repair;
using EmbodiedRL.Models.Tokenizers.Unicode;

namespace EmbodiedRL.Models.Tokenizers;

/// <summary>Text settings of open_clip: how <c>open_clip_config.json</c> wants text cleaned, and by whose tokenizer it is cut.</summary>
/// <param name="ContextLength">The most tokens of a text; null if the file does not say.</param>
/// <param name="IsHuggingFace">Whether the tokenizer is one of Hugging Face, not CLIP's own.</param>
/// <param name="Clean">What is done to a text first.</param>
internal sealed record OpenClipText(int? ContextLength, bool IsHuggingFace, Func<string, string> Clean)
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="EmbodiedRL.Core.CorruptFileException">It is altered, or asks for what is not supported.</exception>
    public static OpenClipText Read(string path) => JsonFile.Read(path, "An open_clip config", root =>
    {
        JsonElement? text = root.Find("model_cfg")?.Find("text_cfg");
        bool huggingFace = text?.Find("hf_tokenizer_name") is not null;
        string? clean = null;
        foreach (JsonProperty setting in text?.Find("tokenizer_kwargs")?.EnumerateObject() ?? default)
            clean = setting.Name == "clean"
                ? setting.Value.GetString()
                : throw new FormatException($"the tokenizer setting '{setting.Name}' is not supported; supported is clean");
        clean ??= huggingFace ? "whitespace" : "lower";
        return new OpenClipText(text?.Find("context_length")?.GetInt32(), huggingFace, clean switch
        {
            "lower" => Lower,
            "whitespace" when huggingFace => Whitespace,
            "canonicalize" when huggingFace => Canonical,
            var other => throw new FormatException($"the way '{other}' to clean text is not supported; supported are lower, and with a "
                + "tokenizer of Hugging Face whitespace and canonicalize"),
        });
    });

    /// <summary>Repairs a text, resolves entities, collapses spaces, and lower-cases as Python does.</summary>
    public static string Lower(string text) => Characters.PythonLower(Whitespace(text));

    private static string Whitespace(string text) => Collapse(Repaired(text), dropped: "");

    /// <summary>Also without punctuation: SigLIP.</summary>
    private static string Canonical(string text) => Characters.PythonLower(
        Collapse(Repaired(text).Replace('_', ' '), dropped: "!\"#$%&'()*+,-./:;<=>?@[\\]^`{|}~"));

    private static string Repaired(string text) => HtmlEntities.Unescape(HtmlEntities.Unescape(TextRepair.Repair(text)));

    private static string Collapse(string text, string dropped)
    {
        var result = new StringBuilder(text.Length);
        foreach (char character in text)
        {
            if (dropped.Contains(character)) continue;
            if (!Characters.IsPythonSpace(character)) result.Append(character);
            else if (result.Length > 0 && result[^1] != ' ') result.Append(' ');
        }

        return result.ToString().TrimEnd(' ');
    }
}
