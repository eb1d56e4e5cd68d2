using EmbodiedRL.Core;
using EmbodiedRL.Models.Tensors;
using EmbodiedRL.Models.Weights;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Encoders.Pretrained;

/// <summary>Kinds of published models that can be read.</summary>
public enum PretrainedKind
{
    /// <summary><see cref="Pretrained.Clip"/>.</summary>
    Clip,

    /// <summary><see cref="Pretrained.OpenClip"/>.</summary>
    OpenClip,

    /// <summary><see cref="Pretrained.Siglip"/>.</summary>
    Siglip,

    /// <summary><see cref="Pretrained.SiglipNaflex"/>.</summary>
    SiglipNaflex,

    /// <summary><see cref="Pretrained.Bert"/>.</summary>
    Bert,
}

/// <summary>Folder of a published model, as a model hub has it.</summary>
public static class PretrainedFolder
{
    /// <summary>Name of the config in Hugging Face's layout.</summary>
    public const string ConfigFile = "config.json";

    private const string Known = "clip, siglip, siglip2 or bert";

    /// <summary>What a folder holds.</summary>
    /// <exception cref="AssetMissingException">It holds no config.</exception>
    /// <exception cref="CorruptFileException">It holds a model that is not supported.</exception>
    public static PretrainedKind KindOf(string folder)
    {
        // some hub folders hold both layouts: the one whose weights are there
        string openClip = Path.Combine(folder, OpenClip.ConfigFile), config = Path.Combine(folder, ConfigFile);
        bool hasOpenClip = File.Exists(openClip), hasConfig = File.Exists(config);
        if (hasOpenClip && (!hasConfig || !ModelWeights.IsIn(folder) || ModelWeights.IsIn(folder, OpenClip.Stem)))
            return PretrainedKind.OpenClip;
        if (!hasConfig)
            throw new AssetMissingException("A model's config", $"{config} and {openClip}", "Check the folder, or pull the model again.");
        string type = ConfigReader.Read(config).Text("model_type", "");
        return type switch
        {
            Clip.ModelType => PretrainedKind.Clip,
            Siglip.ModelType => PretrainedKind.Siglip,
            SiglipNaflex.ModelType => PretrainedKind.SiglipNaflex,
            Bert.ModelType => PretrainedKind.Bert,
            _ => throw new CorruptFileException(config, $"model_type {Known}", $"'{type}'", "Other models are not supported."),
        };
    }

    /// <summary>What the config says the model is, in any of the layouts; empty if it says nothing or there is none.</summary>
    public static string TypeOf(string folder)
    {
        string config = Path.Combine(folder, ConfigFile);
        return File.Exists(config) ? ConfigReader.Read(config).Text("model_type", "") : "";
    }

    /// <summary>Reads a two-tower network.</summary>
    /// <param name="folder">Holds config and checkpoint.</param>
    /// <param name="device">Where it shall live; the CPU if null.</param>
    /// <param name="type">What it shall compute in.</param>
    /// <returns>The caller disposes it.</returns>
    /// <exception cref="AssetMissingException">A file is not there.</exception>
    /// <exception cref="CorruptFileException">A file is cut off or altered, or config and weights do not belong together.</exception>
    public static TwoTowers LoadTowers(string folder, Device? device = null, ScalarType type = ScalarType.Float32)
    {
        PretrainedKind kind = KindOf(folder);
        Func<ConfigReader, NetworkWeights, TwoTowers> create = kind switch
        {
            PretrainedKind.Clip => Clip.Create,
            PretrainedKind.OpenClip => OpenClip.Create,
            PretrainedKind.Siglip => Siglip.Create,
            PretrainedKind.SiglipNaflex => SiglipNaflex.Create,
            _ => throw new CorruptFileException(Path.Combine(folder, ConfigFile), "a model of images and texts",
                $"a model of texts, {kind}",
                "Name it where a text encoder is asked for."),
        };
        bool isOpenClip = kind == PretrainedKind.OpenClip;
        return Load(folder, isOpenClip ? OpenClip.ConfigFile : ConfigFile, isOpenClip ? OpenClip.Stem : "model", device, type, create);
    }

    /// <summary>Reads a BERT.</summary>
    /// <inheritdoc cref="LoadTowers"/>
    public static Bert LoadBert(string folder, Device? device = null, ScalarType type = ScalarType.Float32)
    {
        PretrainedKind kind = KindOf(folder);
        if (kind != PretrainedKind.Bert)
            throw new CorruptFileException(Path.Combine(folder, ConfigFile), "a model of texts, bert", $"{kind}",
                "Name it where a model of images and texts is asked for.");
        return Load(folder, ConfigFile, "model", device, type, Bert.Create);
    }

    private static T Load<T>(string folder, string config, string stem, Device? device, ScalarType type,
        Func<ConfigReader, NetworkWeights, T> create)
    {
        ConfigReader read = ConfigReader.Read(Path.Combine(folder, config));
        var weights = NetworkWeights.Load(ModelWeights.Open(folder, stem), device ?? CPU, type);
        try
        {
            return create(read, weights);
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }
}
