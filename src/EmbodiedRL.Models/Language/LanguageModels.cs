using EmbodiedRL.Core;
using EmbodiedRL.Models.Encoders.Pretrained;
using EmbodiedRL.Models.Language.Decoders;
using EmbodiedRL.Models.Language.VisionLanguage;
using EmbodiedRL.Models.Tensors;
using EmbodiedRL.Models.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Language;

/// <summary>Language models in Hugging Face's layout, by what their configs say they are.</summary>
public static class LanguageModels
{
    /// <summary>Values of <c>model_type</c> that can be opened.</summary>
    public static IReadOnlyList<string> KnownTypes { get; } = [.. DecoderSettings.KnownTypes, .. SmolVlm.ModelTypes, QwenVl.ModelType,
        SceneReasoner.CatalogName];

    /// <summary>Opens a model of any of the <see cref="KnownTypes"/>.</summary>
    /// <param name="folder">Holds config, checkpoint (one file or shards) and, if questions are read, tokenizer and processor.</param>
    /// <param name="device">Where it shall live; the CPU if null.</param>
    /// <param name="precision">Of its weights.</param>
    /// <param name="config">Name of the config.</param>
    /// <returns>The caller disposes it.</returns>
    /// <exception cref="AssetMissingException">A file is not there.</exception>
    /// <exception cref="CorruptFileException">
    /// The model is of a type that is not known, a file is cut off or altered, or files do not belong together.
    /// </exception>
    /// <exception cref="SettingsException">The processor has a setting that is out of range or not supported.</exception>
    public static ILanguageModel Open(string folder, Device? device = null, Precision precision = Precision.Fp32,
        string config = PretrainedFolder.ConfigFile)
    {
        ConfigReader read = ConfigReader.Read(Path.Combine(folder, config));
        string type = read.Text("model_type", "");
        if (DecoderSettings.KnownTypes.Contains(type)) return CausalLanguageModel.Load(folder, device, precision, config);
        if (SmolVlm.ModelTypes.Contains(type)) return SmolVlm.Load(folder, device, precision, config);
        if (type == QwenVl.ModelType) return QwenVl.Load(folder, device, precision, config);
        if (type == SceneReasoner.CatalogName) return SceneReasoner.Load(folder, device);
        throw read.Wrong("model_type", string.Join(", ", KnownTypes), type.Length == 0 ? "none" : $"'{type}', which is not supported");
    }

    /// <summary>Writes a model in the layout that it was read in: its weights anew, and every other file as it is.</summary>
    /// <param name="model">Lent.</param>
    /// <param name="from">The folder that it was opened from.</param>
    /// <param name="into">A folder; made if it is not there.</param>
    public static void Save(ILanguageModel model, string from, string into)
    {
        if (model is SceneReasoner scenes)
        {
            scenes.Save(into);
            return;
        }

        Directory.CreateDirectory(into);
        string[] weights = ["*.safetensors", "*.safetensors.index.json", "*.bin", "*.bin.index.json", "*.pt", "*.pth", "*.gguf", "*.onnx"];
        HashSet<string> left = [.. weights.SelectMany(pattern => Directory.EnumerateFiles(from, pattern))];
        foreach (string file in Directory.EnumerateFiles(from).Where(file => !left.Contains(file)))
            File.Copy(file, Path.Combine(into, Path.GetFileName(file)));
        using IDisposable still = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Safetensors.Write(Path.Combine(into, "model.safetensors"), model.Module.named_parameters()
            .Select(pair => TensorMemory.Store(pair.name, pair.parameter.detach().cpu().contiguous())), null);
    }
}
