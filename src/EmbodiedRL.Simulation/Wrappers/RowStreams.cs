using EmbodiedRL.Core;

namespace EmbodiedRL.Simulation.Wrappers;

/// <summary>Random streams, one for each environment, whose positions are saved.</summary>
/// <param name="name">What the numbers are for; different wrappers draw from different streams.</param>
/// <param name="count">N.</param>
internal sealed class RowStreams(string name, int count)
{
    private readonly Rng[] _rows = new Rng[count];
    private ulong _seed;

    /// <summary>The stream of an environment.</summary>
    public ref Rng this[int row] => ref _rows[row];

    /// <summary>Begins all streams anew.</summary>
    public void Begin(ulong seed)
    {
        _seed = seed;
        for (int row = 0; row < count; row++) _rows[row] = Rng.For(seed, name, row);
    }

    public void Save(Snapshot into)
    {
        into.Put("seed", _seed);
        into.Put<ulong>("drawn", [.. _rows.Select(rng => rng.Counter)]);
    }

    public void Load(Snapshot from)
    {
        _seed = from.Get<ulong>("seed");
        ulong[] drawn = from.GetAll<ulong>("drawn");
        SpecMismatchException.ThrowIfLength("random streams in the snapshot", drawn.Length, count);
        for (int row = 0; row < count; row++) _rows[row] = Rng.For(_seed, name, row, drawn[row]);
    }
}
