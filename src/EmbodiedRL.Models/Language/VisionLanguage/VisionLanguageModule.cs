using EmbodiedRL.Models.Language.Decoders;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Language.VisionLanguage;

/// <summary>Decoder with eyes: <c>model</c> holds both, and <c>lm_head</c> makes logits where embeddings are not tied.</summary>
/// <remarks>Owns its weights.</remarks>
internal sealed class VisionLanguageModule : nn.Module
{
    /// <summary>Joins parts.</summary>
    /// <param name="decoder">Under its name; owned from now on.</param>
    /// <param name="eyes">Under their names; owned from now on.</param>
    public VisionLanguageModule((string Name, Decoder Module) decoder, params (string Name, nn.Module Module)[] eyes)
        : base(nameof(VisionLanguageModule))
    {
        Decoder = decoder.Module;
        register_module("model", new ModuleGroup([.. eyes, (decoder.Name, Decoder)]));
        DecoderSettings settings = Decoder.Settings;
        if (settings.TiedEmbeddings) return;
        Head = new LinearLayer(settings.HiddenSize, settings.VocabularySize, false, Decoder.Type, Decoder.Device);
        register_module("lm_head", Head);
    }

    /// <summary>Layers.</summary>
    public Decoder Decoder { get; }

    /// <summary>To logits; null where the table of embeddings does it.</summary>
    public LinearLayer? Head { get; }
}
