using System.Runtime.InteropServices;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;

namespace EmbodiedRL.Rewards.Exploration;

/// <summary>Constants of <see cref="EpisodicKernel"/>; defaults are the paper's.</summary>
/// <param name="Neighbors">k, nearest vectors that are looked at; at least 1.</param>
/// <param name="Epsilon">Width of the kernel, in mean squared distances; above 0.</param>
/// <param name="PseudoCount">c, added to the root of the sum; above 0.</param>
/// <param name="ClusterDistance">xi: nearer than this counts as the same, in mean squared distances.</param>
/// <param name="MaximumSimilarity">s_max: a vector more familiar than this gets 0.</param>
/// <param name="Capacity">Vectors that are remembered; the oldest make room.</param>
public sealed record EpisodicKernelSettings(int Neighbors = 10, double Epsilon = 1e-3, double PseudoCount = 1e-3,
    double ClusterDistance = 0.008, double MaximumSimilarity = 8, int Capacity = 5000);

/// <summary>Episodic memory with a kernel over nearest neighbors: how unfamiliar a vector is among those of its episode.</summary>
/// <remarks>
/// Badia et al. 2020, algorithm 1: s = sqrt(sum of K(d) over the k nearest) + c, K(d) = epsilon / (max(d^2 / d_m^2 - xi, 0) + epsilon),
/// bonus 1 / s, or 0 if s > s_max; the mean squared distance d_m^2 of nearest neighbors is updated before it is used, the memory after. A
/// first vector has no neighbors and gets 0. The mean is that of the episode, so no episode depends on another.
/// </remarks>
public sealed class EpisodicKernel : ISnapshot
{
    private readonly EpisodicKernelSettings _settings;
    private readonly int _size;
    private readonly List<float> _memory = [];
    private readonly NearestNeighbors _nearest;
    private double _distances; // sum over steps of the mean of squared distances
    private long _added;

    /// <summary>An episode that begins.</summary>
    /// <param name="size">K, numbers of a vector.</param>
    /// <param name="settings">Constants.</param>
    public EpisodicKernel(int size, EpisodicKernelSettings settings)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        (_size, _settings, _nearest) = (size, settings, new NearestNeighbors(settings.Neighbors));
    }

    /// <summary>d_m^2, running mean over steps of the mean squared distance to nearest neighbors; 0 before there are any.</summary>
    public double MeanSquaredDistance => _added > 1 ? _distances / (_added - 1) : 0;

    /// <summary>Vectors remembered.</summary>
    public int Count => _memory.Count / _size;

    /// <summary>Reads the bonus of a vector, then remembers it.</summary>
    /// <param name="vector">[K].</param>
    /// <returns>At least 0, at most 1 / c.</returns>
    public double Add(ReadOnlySpan<float> vector)
    {
        SpecMismatchException.ThrowIfLength("vector", vector.Length, _size);
        double bonus = _added > 0 ? Bonus(vector) : 0;
        int at = (int)(_added++ % _settings.Capacity) * _size;
        if (at == _memory.Count)
            _memory.AddRange(vector);
        else
            vector.CopyTo(CollectionsMarshal.AsSpan(_memory).Slice(at, _size));
        return bonus;
    }

    /// <inheritdoc/>
    public void Save(Snapshot into)
    {
        into.Put<float>("memory", CollectionsMarshal.AsSpan(_memory));
        into.Put("distances", _distances);
        into.Put("added", _added);
    }

    /// <inheritdoc/>
    public void Load(Snapshot from)
    {
        _memory.Clear();
        _memory.AddRange(from.GetAll<float>("memory"));
        _distances = from.Get<double>("distances");
        _added = from.Get<long>("added");
        SpecMismatchException.ThrowIfLength("remembered vectors", _memory.Count,
            checked((int)Math.Min(_added, _settings.Capacity) * _size));
    }

    private double Bonus(ReadOnlySpan<float> vector)
    {
        _nearest.Find(vector, CollectionsMarshal.AsSpan(_memory));
        _distances += _nearest.Squared.Average();
        double mean = _distances / _added, sum = 0;
        foreach (double squared in _nearest.Squared)
        {
            double relative = mean > 0 ? squared / mean : 0; // all vectors so far are the same
            sum += _settings.Epsilon / (Math.Max(relative - _settings.ClusterDistance, 0) + _settings.Epsilon);
        }

        double similarity = Math.Sqrt(sum) + _settings.PseudoCount;
        return similarity > _settings.MaximumSimilarity ? 0 : 1 / similarity;
    }
}
