using EmbodiedRL.Core;
using EmbodiedRL.Models.Heads;
using EmbodiedRL.Models.Tensors;
using EmbodiedRL.Models.Weights;

namespace EmbodiedRL.Models.Encoders;

/// <summary>Files of a <see cref="SceneClip"/>.</summary>
internal static class SceneClipFolder
{
    private const string Remedy = "Make the model with ./embodied models train scene-clip.";

    public static string Settings(string folder) => Path.Combine(folder, "config.json");

    public static string Vocabulary(string folder) => Path.Combine(folder, "tokenizer.json");

    /// <summary>Throws if a file is not there.</summary>
    public static void RequireAll(string folder)
    {
        foreach (string path in new[] { Settings(folder), Vocabulary(folder), Weights(folder) })
            if (!File.Exists(path)) throw new AssetMissingException("The model scene-clip", path, Remedy);
    }

    /// <summary>Writes all three.</summary>
    public static void Write(string folder, SceneClipSettings settings, SubwordTokenizer tokenizer, ParameterVector parameters,
        IReadOnlyDictionary<string, string> metadata)
    {
        Directory.CreateDirectory(folder);
        settings.Write(Settings(folder));
        tokenizer.Save(Vocabulary(folder));
        Safetensors.Write(Weights(folder), parameters.Shapes.Select(shape => Store(shape, parameters)), metadata);
    }

    /// <summary>Reads the weights into their places.</summary>
    /// <returns>What the file says about itself.</returns>
    /// <exception cref="CorruptFileException">They are not the weights that settings and vocabulary ask for.</exception>
    public static IReadOnlyDictionary<string, string> ReadWeights(string folder, ParameterVector parameters, string remedy = Remedy)
    {
        string path = Weights(folder);
        Safetensors file = Safetensors.Read(path);
        file.RequireFinite(path);
        foreach (ParameterShape shape in parameters.Shapes)
        {
            if (!file.Tensors.TryGetValue(shape.Name, out StoredTensor? tensor))
                throw new CorruptFileException(path, $"the tensor '{shape.Name}'", "none of this name", remedy);
            if (tensor.Type != StoredType.F32 || !tensor.Shape.SequenceEqual(shape.Shape))
                throw new CorruptFileException(path,
                    $"'{shape.Name}' as F32 [{string.Join(", ", shape.Shape)}]",
                    $"{tensor.Type} [{string.Join(", ", tensor.Shape)}]",
                    remedy);
            parameters.Set(shape.Name, tensor.Values<float>());
        }

        if (file.Tensors.Count != parameters.Shapes.Count)
        {
            string other = file.Tensors.Keys.Except(parameters.Shapes.Select(shape => shape.Name)).First();
            throw new CorruptFileException(path, $"{parameters.Shapes.Count} tensors", $"also '{other}'", remedy);
        }

        return file.Metadata;
    }

    private static string Weights(string folder) => Path.Combine(folder, "model.safetensors");

    /// <summary>A weight as a file holds it.</summary>
    public static StoredTensor Store(ParameterShape shape, ParameterVector parameters)
    {
        float[] values = new float[shape.Length];
        TensorSpans.Read(parameters[shape.Name], values);
        return StoredTensor.Of<float>(shape.Name, shape.Shape, values);
    }
}
