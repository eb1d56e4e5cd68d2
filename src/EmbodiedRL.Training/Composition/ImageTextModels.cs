using System.Collections.Concurrent;
using EmbodiedRL.Models.Contrastive;
using TorchSharp;

namespace EmbodiedRL.Training.Composition;

/// <summary>Image-text models from a folder of weights, of which those that a manifest lists are compared with it first.</summary>
public static class ImageTextModels
{
    private static readonly ConcurrentDictionary<string, bool> Compared = new(StringComparer.Ordinal);

    /// <summary>Loads the model of a name. Its files are compared once in a process.</summary>
    /// <param name="name">In the catalog.</param>
    /// <param name="weights">Folder that holds a folder for each name; the manifest lies beside it.</param>
    /// <param name="device">Where the weights shall live.</param>
    /// <returns>The caller disposes it.</returns>
    /// <exception cref="Core.CorruptFileException">A file is not what the manifest lists, or not what its kind promises.</exception>
    /// <exception cref="Core.AssetMissingException">A file is not there.</exception>
    public static IImageTextModel Load(string name, string weights, torch.Device device)
    {
        string folder = Path.GetFullPath(Path.Combine(weights, name));
        if (!Compared.ContainsKey(folder))
        {
            AssetManifest.Require(Path.GetDirectoryName(Path.GetFullPath(weights))!, folder);
            Compared[folder] = true;
        }

        return Models.ModelCatalog.LoadImageTextModel(name, weights, device);
    }
}
