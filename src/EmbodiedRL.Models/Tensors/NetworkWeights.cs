using EmbodiedRL.Core;
using EmbodiedRL.Models.Heads;
using EmbodiedRL.Models.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Tensors;

/// <summary>Weights of a network (its state dictionary): tensors by the names that its checkpoint has for them.</summary>
/// <remarks>
/// A network takes its weights when it is made, saying the shapes that it expects, so that a checkpoint of another network is one clear
/// error. On the CPU a weight of the wanted type is the file's memory itself, not a copy. Owns tensors and checkpoint. Not thread-safe.
/// </remarks>
public sealed class NetworkWeights : IDisposable
{
    private readonly ModelWeights? _file;
    private readonly Func<string, long[], float[]>? _draw;
    private readonly Dictionary<string, Tensor> _tensors = new(StringComparer.Ordinal);

    private NetworkWeights(ModelWeights? file, Func<string, long[], float[]>? draw, Device device, ScalarType type) =>
        (_file, _draw, Device, Type) = (file, draw, device, type);

    /// <summary>Where the weights live.</summary>
    public Device Device { get; }

    /// <summary>Type of all weights.</summary>
    public ScalarType Type { get; }

    /// <summary>Where the weights come from, for messages.</summary>
    public string Source => _file?.Path ?? "drawn weights";

    /// <summary>The weights that were taken, by name; lent.</summary>
    public IReadOnlyDictionary<string, Tensor> Tensors => _tensors;

    /// <summary>Weights of a checkpoint.</summary>
    /// <param name="file">Owned from now on.</param>
    /// <param name="device">Where they shall live.</param>
    /// <param name="type">A type of floats.</param>
    public static NetworkWeights Load(ModelWeights file, Device device, ScalarType type)
    {
        TorchRuntime.EnsureLoaded();
        return new NetworkWeights(file, null, device, type);
    }

    /// <summary>Weights that are drawn when a network takes them: first weights, or a known shape without any.</summary>
    /// <param name="draw">Values of a name and shape, row-major.</param>
    /// <param name="device">Where they shall live.</param>
    /// <param name="type">A type of floats.</param>
    public static NetworkWeights Draw(Func<string, long[], float[]> draw, Device device, ScalarType type)
    {
        TorchRuntime.EnsureLoaded();
        return new NetworkWeights(null, draw, device, type);
    }

    /// <summary>Whether there is a weight of this name; drawn ones always are.</summary>
    public bool Contains(string name) => _file is null || _file.Find(name) is not null;

    /// <summary>The shape of a weight in the checkpoint; empty if it is not there or drawn.</summary>
    public IReadOnlyList<long> ShapeOf(string name) => _file?.Find(name)?.Shape ?? [];

    /// <summary>A weight, for a network that expects this shape.</summary>
    /// <returns>Lent.</returns>
    /// <exception cref="CorruptFileException">It is not there, of another shape, of integers, or not finite.</exception>
    public Tensor Take(string name, params long[] shape)
    {
        if (_tensors.TryGetValue(name, out Tensor? known)) return known;
        using IDisposable still = no_grad();
        using DisposeScope scope = NewDisposeScope();
        return _tensors[name] = (_file is null ? Drawn(name, shape) : Stored(name, shape)).DetachFromDisposeScope();
    }

    /// <summary>The same, or null if there is none of this name.</summary>
    public Tensor? TakeIfThere(string name, params long[] shape) => _file?.Find(name) is null ? null : Take(name, shape);

    /// <summary>Throws if the checkpoint holds weights that the network did not take: it is another network's.</summary>
    /// <param name="isIgnored">Whether a name may be left, e.g. a constant that some versions of a library store.</param>
    public void RequireAllTaken(Func<string, bool>? isIgnored = null)
    {
        if (_file is null) return;
        string[] left = [.. _file.Names.Where(name => !_tensors.ContainsKey(name) && isIgnored?.Invoke(name) != true)];
        if (left.Length > 0)
            throw Corrupt(_file.PathOf(left[0]), $"the {_tensors.Count} tensors of this kind of model",
                $"also {string.Join(", ", left.Take(3).Select(name => $"'{name}'"))}"
                    + (left.Length > 3 ? $" and {left.Length - 3} more" : ""));
    }

    /// <summary>Makes all weights leaves that gather gradients.</summary>
    public void RequireGradients()
    {
        foreach (Tensor tensor in _tensors.Values) tensor.requires_grad_(true);
    }

    /// <summary>Writes all weights that were taken, as they are.</summary>
    /// <param name="path">Of a safetensors file; its folder must exist.</param>
    public void Save(string path)
    {
        using DisposeScope scope = NewDisposeScope();
        Safetensors.Write(path, _tensors.Select(pair => TensorMemory.Store(pair.Key, pair.Value.detach().cpu().contiguous())),
            new Dictionary<string, string> { ["format"] = "pt" });
    }

    /// <summary>Frees tensors and checkpoint.</summary>
    public void Dispose()
    {
        foreach (Tensor tensor in _tensors.Values) tensor.Dispose();
        _file?.Dispose();
    }

    private Tensor Drawn(string name, long[] shape)
    {
        Tensor drawn = empty(shape, ScalarType.Float32);
        TensorSpans.Write(drawn, _draw!(name, shape));
        return drawn.to(Type).to(Device);
    }

    private Tensor Stored(string name, long[] shape)
    {
        string path = _file!.PathOf(name);
        StoredTensor stored = _file.Find(name)
            ?? throw Corrupt(path, $"the tensor '{name}' of shape [{string.Join(", ", shape)}]", "none of this name");
        bool isFloat = stored.Type is StoredType.F64 or StoredType.F32 or StoredType.F16 or StoredType.BF16;
        if (!isFloat || !stored.Shape.SequenceEqual(shape))
            throw Corrupt(path, $"'{name}' as floats [{string.Join(", ", shape)}]", $"{stored.Type} [{string.Join(", ", stored.Shape)}]");
        if (stored.FirstNonFinite() is >= 0 and long place)
            throw Corrupt(path, $"finite numbers in '{name}'", $"NaN or an infinite one at place {place} of {stored.Length}");
        return BorrowedTensor.Over(stored).to(Type).to(Device);
    }

    private static CorruptFileException Corrupt(string path, string expected, string found) =>
        new(path, expected, found, "Pull the model again, or check that config.json is that of this checkpoint.");
}
