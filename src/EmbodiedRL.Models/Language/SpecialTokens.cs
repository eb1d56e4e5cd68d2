using EmbodiedRL.Models.Encoders.Pretrained;
using EmbodiedRL.Models.Language.Decoders;
using EmbodiedRL.Models.Tokenizers;

namespace EmbodiedRL.Models.Language;

/// <summary>Special tokens of a model folder: what pads and what ends.</summary>
/// <param name="Padding">Fills rows.</param>
/// <param name="Ends">End a completion.</param>
internal sealed record SpecialTokens(int Padding, IReadOnlyList<int> Ends)
{
    /// <summary>What <c>generation_config.json</c> says, and where that is silent the config and the tokenizer.</summary>
    public static SpecialTokens Read(string folder, ConfigReader config, ITextTokenizer? tokenizer)
    {
        string path = Path.Combine(folder, "generation_config.json");
        ConfigReader? generation = File.Exists(path) ? ConfigReader.Read(path) : null;
        int[] ends = generation?.Has("eos_token_id") == true ? generation.Integers("eos_token_id")
            : config.Has("eos_token_id") ? config.Integers("eos_token_id") : [];
        int padding = generation?.IntegerOrNull("pad_token_id") ?? config.IntegerOrNull("pad_token_id") ?? tokenizer?.PaddingId
            ?? ends.FirstOrDefault();
        return new SpecialTokens(padding, ends);
    }

    /// <summary>A spec with them.</summary>
    public LanguageModelSpec SpecOf(string name, DecoderSettings settings, int? imageToken = null) =>
        new(name, settings.VocabularySize, settings.HiddenSize, settings.ContextLength, Padding, Ends, imageToken);
}
