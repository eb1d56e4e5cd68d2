using EmbodiedRL.Core;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Models.Encoders.Pretrained;

namespace EmbodiedRL.Models;

/// <summary>What a run lends to its models.</summary>
/// <param name="Weights">Folder that holds a folder of weights for each name.</param>
/// <param name="Device">Where the model shall live; the CPU if null.</param>
/// <param name="Compare">Compares a model's folder with the manifest before it is read; null does not.</param>
/// <param name="Encoder">Loads a published sentence encoder by its name; null where there is none to be had.</param>
/// <param name="Precision">What images are encoded in.</param>
public sealed record ModelContext(string Weights, TorchSharp.torch.Device? Device = null, Action<string>? Compare = null,
    Func<string, ITextEncoder>? Encoder = null, Precision Precision = Precision.Auto)
{
    /// <summary>The folder of a model, compared.</summary>
    /// <exception cref="AssetMissingException">A file is not there.</exception>
    /// <exception cref="CorruptFileException">A file is not what the manifest lists.</exception>
    public string FolderOf(string name)
    {
        string folder = Path.Combine(Weights, name);
        Compare?.Invoke(folder);
        return folder;
    }

    /// <summary>Loads a published sentence encoder.</summary>
    /// <exception cref="AssetMissingException">It is not on this machine; says the command that pulls it.</exception>
    public ITextEncoder SentenceEncoder(string name) => Encoder is not null
        ? Encoder(name)
        : throw new AssetMissingException("The sentence encoder", name, $"./embodied models pull {name}");
}

/// <summary>Registry of image-text models. A model of one's own is added to a copy.</summary>
public static class ModelCatalog
{
    /// <summary>What the project comes with.</summary>
    public static Registry<ModelContext,
        IImageTextModel> Shipped
    { get; } = new Registry<ModelContext, IImageTextModel>(PartKinds.ImageTextModel)
        .Add(SceneClip.CatalogName, "a small two-tower model that the project trained on captioned renders of its own scenes",
            run => SceneClip.Load(run.FolderOf(SceneClip.CatalogName), run.Device, run.Precision))
        .Add(SceneClipMinilm.CatalogName, "scene-clip that reads sentences by a pretrained encoder (all-MiniLM-L6-v2, to be pulled)",
            run => SceneClipMinilm.Load(run.FolderOf(SceneClipMinilm.CatalogName), run.FolderOf(SceneClip.CatalogName), run.SentenceEncoder,
                run.Device, run.Precision))
        .Seal();
}
