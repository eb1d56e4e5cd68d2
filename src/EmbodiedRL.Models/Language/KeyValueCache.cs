using EmbodiedRL.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Language;

/// <summary>Keys and values that rows have read, so that a new token attends to them without reading them again.</summary>
/// <remarks>Owns its tensors, outside any dispose scope. Nothing in it is differentiable: generation only.</remarks>
public sealed class KeyValueCache : IDisposable
{
    private readonly Tensor[] _keys, _values;

    /// <summary>Makes memory.</summary>
    /// <param name="layers">L.</param>
    /// <param name="rows">B.</param>
    /// <param name="heads">Key and value heads.</param>
    /// <param name="capacity">The most tokens of a row.</param>
    /// <param name="headSize">D.</param>
    /// <param name="type">Of the numbers.</param>
    /// <param name="device">Where they live.</param>
    public KeyValueCache(int layers, int rows, int heads, int capacity, int headSize, ScalarType type, Device device)
    {
        Tensor New() => zeros([rows, heads, capacity, headSize], type, device).DetachFromDisposeScope();
        _keys = [.. Enumerable.Range(0, layers).Select(_ => New())];
        _values = [.. Enumerable.Range(0, layers).Select(_ => New())];
        Mask = zeros([rows, capacity], ScalarType.Bool, device).DetachFromDisposeScope();
        Positions = zeros([rows], ScalarType.Int64, device).DetachFromDisposeScope();
    }

    private KeyValueCache(Tensor[] keys, Tensor[] values, Tensor mask, Tensor positions, int length)
    {
        (_keys, _values, Length) = (keys, values, length);
        (Mask, Positions) = (mask, positions);
    }

    /// <summary>B.</summary>
    public int Rows => (int)Mask.shape[0];

    /// <summary>The most tokens of a row.</summary>
    public int Capacity => (int)Mask.shape[1];

    /// <summary>Columns that are filled, padding included.</summary>
    public int Length { get; private set; }

    /// <summary>bool [B, capacity], true where a token is real.</summary>
    public Tensor Mask { get; private set; }

    /// <summary>int64 [B], the position that the next token of each row takes.</summary>
    public Tensor Positions { get; private set; }

    /// <summary>Room for new columns: writes their mask, and returns where they begin.</summary>
    /// <param name="mask">bool [B, T].</param>
    /// <exception cref="SpecMismatchException">Rows differ, or the capacity is exceeded.</exception>
    public int Append(Tensor mask)
    {
        SpecMismatchException.ThrowIfLength("rows read with a cache", (int)mask.shape[0], Rows);
        int start = Length, added = (int)mask.shape[1];
        if (start + added > Capacity)
            throw new SpecMismatchException("tokens of a row", $"at most {Capacity}, the cache's capacity", $"{start + added}");
        using (Tensor room = Mask.narrow(1, start, added)) room.copy_(mask);
        Length = start + added;
        return start;
    }

    /// <summary>Adds a layer's keys and values of the columns that <see cref="Append"/> made room for.</summary>
    /// <param name="layer">In [0, L).</param>
    /// <param name="keys">[B, heads, T, D].</param>
    /// <param name="values">[B, heads, T, D].</param>
    /// <returns>Views of all columns read so far, [B, heads, length, D].</returns>
    public (Tensor Keys, Tensor Values) Extend(int layer, Tensor keys, Tensor values)
    {
        long added = keys.shape[2], start = Length - added;
        using (Tensor room = _keys[layer].narrow(2, start, added)) room.copy_(keys);
        using (Tensor room = _values[layer].narrow(2, start, added)) room.copy_(values);
        return Layer(layer);
    }

    /// <summary>What a layer remembers.</summary>
    /// <param name="layer">In [0, L).</param>
    /// <returns>Fresh views of all columns read so far, [B, heads, length, D].</returns>
    public (Tensor Keys, Tensor Values) Layer(int layer) => (_keys[layer].narrow(2, 0, Length), _values[layer].narrow(2, 0, Length));

    /// <summary>Moves the positions of next tokens.</summary>
    /// <param name="next">int64 [B]; copied.</param>
    public void SetPositions(Tensor next) => Positions.copy_(next);

    /// <summary>A cache of some of its rows, each as often as it is named: a group's shared prefix is read once and repeated.</summary>
    /// <param name="rows">int64 [rows].</param>
    /// <returns>A copy, owned by the caller.</returns>
    public KeyValueCache Select(Tensor rows)
    {
        Tensor Of(Tensor source) => source.index_select(0, rows).DetachFromDisposeScope();
        return new KeyValueCache([.. _keys.Select(Of)], [.. _values.Select(Of)], Of(Mask), Of(Positions), Length);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor tensor in _keys.Concat(_values)) tensor.Dispose();
        Mask.Dispose();
        Positions.Dispose();
    }
}
