using EmbodiedRL.Core;
using EmbodiedRL.Models.Contrastive;

namespace EmbodiedRL.Models;

/// <summary>The models that settings can name.</summary>
public static class ModelCatalog
{
    private static readonly SortedDictionary<string, Func<string, TorchSharp.torch.Device?, IImageTextModel>> Loaders = new(StringComparer.Ordinal)
    {
        [SceneClip.CatalogName] = SceneClip.Load,
    };

    /// <summary>Image-text models by name, sorted.</summary>
    public static IReadOnlyCollection<string> ImageTextModels => Loaders.Keys;

    /// <summary>Loads an image-text model.</summary>
    /// <param name="name">One of <see cref="ImageTextModels"/>.</param>
    /// <param name="weights">Folder that holds a folder of weights for each name.</param>
    /// <param name="device">Where it shall live; the CPU if null.</param>
    /// <returns>The model; the caller disposes it.</returns>
    /// <exception cref="UnknownNameException">There is no such model.</exception>
    /// <exception cref="AssetMissingException">Its weights are not there; says how to make them.</exception>
    /// <exception cref="CorruptFileException">Its weights are cut off or altered.</exception>
    public static IImageTextModel LoadImageTextModel(string name, string weights, TorchSharp.torch.Device? device = null) =>
        Loaders.TryGetValue(name, out var load) ? load(Path.Combine(weights, name), device) : throw new UnknownNameException("image-text model", name, Loaders.Keys);
}
