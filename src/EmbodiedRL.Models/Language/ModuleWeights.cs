using EmbodiedRL.Core;
using EmbodiedRL.Models.Tensors;
using EmbodiedRL.Models.Weights;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Language;

/// <summary>Weights of a module from and to checkpoints.</summary>
public static class ModuleWeights
{
    /// <summary>Fills every weight of a module with the tensor of its name.</summary>
    /// <param name="module">With room for weights of the right shapes.</param>
    /// <param name="file">The checkpoint.</param>
    /// <param name="nameOf">The checkpoint's name of a weight; null for the same.</param>
    /// <param name="isIgnored">Whether a tensor of the checkpoint may be left; null for none.</param>
    /// <exception cref="CorruptFileException">
    /// A tensor is not there, of another shape, of integers or not finite; or one is left over, as the checkpoint is another model's.
    /// </exception>
    public static void Load(nn.Module module, ModelWeights file, Func<string, string>? nameOf = null,
        Func<string, bool>? isIgnored = null)
    {
        using IDisposable still = no_grad();
        var taken = new HashSet<string>(StringComparer.Ordinal);
        foreach ((string own, Parameter weight) in module.named_parameters())
        {
            string name = nameOf?.Invoke(own) ?? own;
            StoredTensor stored = file.Find(name)
                ?? throw Corrupt(file, name, $"a tensor '{name}'", "none");
            if (!stored.Shape.SequenceEqual(weight.shape))
                throw Corrupt(file, name, $"'{name}' of shape [{string.Join(", ", weight.shape)}]", $"[{string.Join(", ", stored.Shape)}]");
            if (stored.Type is not (StoredType.F64 or StoredType.F32 or StoredType.F16 or StoredType.BF16))
                throw Corrupt(file, name, $"floats in '{name}'", $"{stored.Type}");
            if (stored.FirstNonFinite() is >= 0 and long place)
                throw Corrupt(file, name, $"finite numbers in '{name}'", $"NaN or an infinite one at place {place}");
            using DisposeScope scope = NewDisposeScope();
            weight.copy_(BorrowedTensor.Over(stored));
            taken.Add(name);
        }

        string[] left = [.. file.Names.Where(name => !taken.Contains(name) && isIgnored?.Invoke(name) != true)];
        if (left.Length > 0)
            throw Corrupt(file, left[0], $"the {taken.Count} tensors of this kind of model", $"also '{left[0]}'"
                + (left.Length > 1 ? $" and {left.Length - 1} more" : ""));
    }

    /// <summary>Writes all weights of a module under their names.</summary>
    /// <param name="module">As it is.</param>
    /// <param name="path">Of a safetensors file; its folder must exist.</param>
    public static void Save(nn.Module module, string path)
    {
        using DisposeScope scope = NewDisposeScope();
        Safetensors.Write(path, module.named_parameters().Select(
            pair => TensorMemory.Store(pair.name, pair.parameter.detach().cpu().contiguous())),
            new Dictionary<string, string> { ["format"] = "pt" });
    }

    private static CorruptFileException Corrupt(ModelWeights file, string name, string expected, string found) =>
        new(file.PathOf(name), expected, found, "Config and weights must be of one model; pull it again.");
}
