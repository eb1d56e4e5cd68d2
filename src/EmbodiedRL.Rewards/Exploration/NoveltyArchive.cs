using System.Runtime.InteropServices;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;

namespace EmbodiedRL.Rewards.Exploration;

/// <summary>Archive of vectors seen in a run: a uniform sample of all that were offered, of bounded size.</summary>
/// <remarks>Reservoir sampling (Vitter 1985, algorithm R) with a random number for each offer. Not thread-safe.</remarks>
public sealed class NoveltyArchive : ISnapshot
{
    private readonly int _size, _capacity;
    private readonly List<float> _members = [];
    private long _offered;

    /// <summary>An empty archive.</summary>
    /// <param name="size">K, numbers of a vector; at least 1.</param>
    /// <param name="capacity">Vectors kept; at least 1.</param>
    public NoveltyArchive(int size, int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        (_size, _capacity) = (size, capacity);
    }

    /// <summary>Vectors offered so far.</summary>
    public long Offered => _offered;

    /// <summary>Vectors kept.</summary>
    public int Count => _members.Count / _size;

    /// <summary>[<see cref="Count"/>, K]: the vectors kept. Lent until the next offer.</summary>
    public ReadOnlySpan<float> Members => CollectionsMarshal.AsSpan(_members);

    /// <summary>Offers a vector.</summary>
    /// <param name="vector">[K].</param>
    /// <param name="rng">Decides, where the archive is full, whether it is kept and which one makes room; advanced once.</param>
    /// <returns>Its row among the members; -1 if it was not kept.</returns>
    public int Offer(ReadOnlySpan<float> vector, ref Rng rng)
    {
        SpecMismatchException.ThrowIfLength("vector", vector.Length, _size);
        _offered++;
        double chance = rng.NextDouble();
        if (Count < _capacity)
        {
            _members.AddRange(vector);
            return Count - 1;
        }

        long place = (long)(chance * _offered);
        if (place >= _capacity) return -1;
        vector.CopyTo(CollectionsMarshal.AsSpan(_members).Slice((int)place * _size, _size));
        return (int)place;
    }

    /// <summary>Novelty of a vector: mean Euclidean distance (not squared) to its k nearest among others.</summary>
    /// <param name="vector">[K].</param>
    /// <param name="members">[rows, K]; fewer than k are taken as they are, and without any the novelty is 0.</param>
    /// <param name="neighbors">k.</param>
    /// <param name="except">Row of the vector itself, which is left out; -1 if it is not among them.</param>
    public static double Novelty(ReadOnlySpan<float> vector, ReadOnlySpan<float> members, int neighbors, int except = -1)
    {
        var nearest = new NearestNeighbors(neighbors);
        return Novelty(vector, members, nearest, except);
    }

    /// <inheritdoc/>
    public void Save(Snapshot into)
    {
        into.Put<float>("members", Members);
        into.Put("offered", _offered);
    }

    /// <inheritdoc/>
    public void Load(Snapshot from)
    {
        _members.Clear();
        _members.AddRange(from.GetAll<float>("members"));
        _offered = from.Get<long>("offered");
        SpecMismatchException.ThrowIfLength("archived vectors", _members.Count, checked((int)Math.Min(_offered, _capacity) * _size));
    }

    internal static double Novelty(ReadOnlySpan<float> vector, ReadOnlySpan<float> members, NearestNeighbors nearest, int except)
    {
        nearest.Find(vector, members, except);
        double sum = 0;
        foreach (double squared in nearest.Squared) sum += Math.Sqrt(squared);
        return nearest.Squared.Count > 0 ? sum / nearest.Squared.Count : 0;
    }
}
