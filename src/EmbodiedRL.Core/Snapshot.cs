using System.Runtime.InteropServices;

namespace EmbodiedRL.Core;

/// <summary>Snapshot: named arrays of plain numbers, the content of a checkpoint. Names are paths, e.g. <c>env/qpos</c>.</summary>
public sealed class Snapshot
{
    private readonly SortedDictionary<string, byte[]> _entries;
    private readonly SortedDictionary<string, long[]> _weights;
    private readonly Dictionary<string, Type> _types;
    private readonly string _prefix;

    /// <summary>An empty snapshot.</summary>
    public Snapshot() : this(new(StringComparer.Ordinal), new(StringComparer.Ordinal), new(StringComparer.Ordinal), "")
    {
    }

    private Snapshot(SortedDictionary<string, byte[]> entries, SortedDictionary<string, long[]> weights,
        Dictionary<string, Type> types, string prefix) =>
        (_entries, _weights, _types, _prefix) = (entries, weights, types, prefix);

    /// <summary>All entries by full name, in ordinal order.</summary>
    public IReadOnlyDictionary<string, byte[]> Entries => _entries;

    /// <summary>The shapes of the float entries that are weights, by full name: a checkpoint keeps these as safetensors.</summary>
    public IReadOnlyDictionary<string, long[]> Weights => _weights;

    /// <summary>The part under a name; it shares memory with this one.</summary>
    public Snapshot Section(string name) => new(_entries, _weights, _types, $"{_prefix}{name}/");

    /// <summary>What an entry's values are, as they were put; bytes if they came as such.</summary>
    /// <exception cref="SpecMismatchException">It is missing.</exception>
    public Type TypeOf(string name) => _types.TryGetValue(_prefix + name, out Type? type)
        ? type
        : throw new SpecMismatchException($"snapshot entry '{_prefix}{name}'", "an entry", "none");

    /// <summary>
    /// Stores a copy of a tensor's values, row-major, and remembers its shape; <see cref="Get{T}(string, Span{T})"/>
    /// reads it like any entry.
    /// </summary>
    /// <exception cref="SpecMismatchException">Shape and number of values differ.</exception>
    public void PutWeights(string name, ReadOnlySpan<long> shape, ReadOnlySpan<float> values)
    {
        long count = 1;
        foreach (long size in shape) count *= size;
        if (count != values.Length) throw new SpecMismatchException($"weights '{_prefix}{name}'", $"{count} values", $"{values.Length}");
        Put(name, values);
        _weights[_prefix + name] = shape.ToArray();
    }

    /// <summary>Stores a copy of the values.</summary>
    public void Put<T>(string name, ReadOnlySpan<T> values) where T : unmanaged
    {
        _entries[_prefix + name] = MemoryMarshal.AsBytes(values).ToArray();
        _types[_prefix + name] = typeof(T);
    }

    /// <summary>Stores one value.</summary>
    public void Put<T>(string name, T value) where T : unmanaged => Put(name, new ReadOnlySpan<T>(in value));

    /// <summary>Whether there is an entry of this name.</summary>
    public bool Contains(string name) => _entries.ContainsKey(_prefix + name);

    /// <summary>Copies an entry into memory of exactly its length.</summary>
    /// <exception cref="SpecMismatchException">It is missing or has another length.</exception>
    public void Get<T>(string name, Span<T> into) where T : unmanaged
    {
        byte[] bytes = Find(name);
        Span<byte> target = MemoryMarshal.AsBytes(into);
        if (bytes.Length != target.Length)
            throw new SpecMismatchException($"snapshot entry '{_prefix}{name}'", $"{target.Length} bytes", $"{bytes.Length}");
        bytes.CopyTo(target);
    }

    /// <summary>One value.</summary>
    /// <exception cref="SpecMismatchException">It is missing or has another size.</exception>
    public T Get<T>(string name) where T : unmanaged
    {
        T value = default;
        Get(name, new Span<T>(ref value));
        return value;
    }

    /// <summary>A copy of an entry of any length.</summary>
    /// <exception cref="SpecMismatchException">It is missing.</exception>
    public T[] GetAll<T>(string name) where T : unmanaged => MemoryMarshal.Cast<byte, T>(Find(name)).ToArray();

    private byte[] Find(string name) => _entries.TryGetValue(_prefix + name, out byte[]? bytes)
        ? bytes
        : throw new SpecMismatchException($"snapshot entry '{_prefix}{name}'", "an entry", "none");
}
