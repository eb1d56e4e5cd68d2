using EmbodiedRL.Core;
using EmbodiedRL.Models.Encoders.Pretrained;
using EmbodiedRL.Models.Language.Chat;
using EmbodiedRL.Models.Language.Decoders;
using EmbodiedRL.Models.Tokenizers;
using EmbodiedRL.Models.Weights;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Language.VisionLanguage;

/// <summary>What reads questions for a model with eyes: tokenizer and chat template of its folder.</summary>
/// <param name="Tokenizer">Null for a model that is given token ids only.</param>
/// <param name="Template">How conversations are written; null puts images before the words.</param>
internal sealed record VisionLanguageReader(ITextTokenizer? Tokenizer, ChatTemplate? Template)
{
    private const string Head = "lm_head.weight", Embeddings = ".embed_tokens.weight";

    /// <summary>That of a folder.</summary>
    public static VisionLanguageReader Read(string folder)
    {
        bool hasTokenizer = File.Exists(Path.Combine(folder, "tokenizer.json")) || File.Exists(Path.Combine(folder, "vocab.json"));
        return new VisionLanguageReader(hasTokenizer ? TokenizerFolder.Load(folder) : null, ChatTemplate.Load(folder));
    }

    /// <summary>Sizes and special tokens of a folder's model.</summary>
    public LanguageModelSpec SpecOf(string folder, ConfigReader config, DecoderSettings decoder, int imageToken)
    {
        ConfigReader tokens = !config.Has("eos_token_id") && config.Has("text_config") ? config.Object("text_config") : config;
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        return SpecialTokens.Read(folder, tokens, Tokenizer).SpecOf(name, decoder, imageToken);
    }

    /// <summary>Fills a network from a checkpoint.</summary>
    /// <param name="network">With room for weights.</param>
    /// <param name="weights">The checkpoint.</param>
    /// <param name="config">Says whether embeddings are tied.</param>
    /// <param name="nameOf">The checkpoint's name of a weight.</param>
    /// <exception cref="CorruptFileException">Config and checkpoint do not fit.</exception>
    public static void LoadWeights(VisionLanguageModule network, ModelWeights weights, ConfigReader config, Func<string, string> nameOf)
    {
        bool isTied = network.Head is null;
        string table = network.named_parameters().Select(pair => pair.name)
            .Single(name => name.EndsWith(Embeddings, StringComparison.Ordinal));
        // some files hold both although they are one
        if (isTied && weights.Find(Head) is { } head && weights.Find(nameOf(table)) is { } embeddings
            && !head.Bytes.Span.SequenceEqual(embeddings.Bytes.Span))
            throw config.Wrong("tie_word_embeddings", $"false, as {Head} and {nameOf(table)} differ", "true");
        ModuleWeights.Load(network, weights, nameOf,
            name => name.EndsWith("inv_freq", StringComparison.Ordinal) || (isTied && name == Head));
    }

    /// <summary>What is said where images are to be prepared without a processor.</summary>
    public static AssetMissingException NoProcessor(string name) => new($"The image processor of {name}",
        "preprocessor_config.json and processor_config.json in the model's folder", "Add the file, or give prepared images.");
}
