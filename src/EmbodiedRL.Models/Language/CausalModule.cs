using EmbodiedRL.Models.Language.Decoders;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Language;

/// <summary>Decoder with a layer to logits: <c>model</c> and, where embeddings are not tied, <c>lm_head</c>.</summary>
/// <remarks>Owns its weights.</remarks>
public sealed class CausalModule : nn.Module
{
    /// <summary>Room for weights; to be filled by <see cref="Decoders.Decoder.Draw"/> or from a checkpoint.</summary>
    /// <param name="settings">Sizes.</param>
    /// <param name="type">Of the weights.</param>
    /// <param name="device">Where they live; the CPU if null.</param>
    public CausalModule(DecoderSettings settings, ScalarType type = ScalarType.Float32, Device? device = null) : base(nameof(CausalModule))
    {
        Decoder = new Decoder(settings, type, device);
        register_module("model", Decoder);
        if (settings.TiedEmbeddings) return;
        Head = new LinearLayer(settings.HiddenSize, settings.VocabularySize, false, type, Decoder.Device);
        register_module("lm_head", Head);
    }

    /// <summary>Layers.</summary>
    public Decoder Decoder { get; }

    /// <summary>To logits; null where the table of embeddings does it.</summary>
    public LinearLayer? Head { get; }

    /// <summary>[V, H], what makes logits.</summary>
    public Tensor HeadWeight => Head?.Weight ?? Decoder.Embeddings.Weight;

    /// <summary>Logits of hidden states.</summary>
    /// <param name="hidden">[..., H].</param>
    /// <returns>[..., V], owned by the caller's dispose scope.</returns>
    public Tensor Logits(Tensor hidden) => Head is null ? nn.functional.linear(hidden, Decoder.Embeddings.Weight) : Head.forward(hidden);
}
