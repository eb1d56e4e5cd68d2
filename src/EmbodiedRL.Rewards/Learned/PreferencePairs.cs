using EmbodiedRL.Core;

namespace EmbodiedRL.Rewards.Learned;

/// <summary>Pair of segments with a label.</summary>
/// <param name="First">[L, D].</param>
/// <param name="Second">[L, D].</param>
/// <param name="Label">Probability that the first is better, in [0, 1].</param>
/// <param name="IsHeldOut">Whether it tells how good the ensemble is, and is not learned from.</param>
internal sealed record PreferencePair(float[] First, float[] Second, float Label, bool IsHeldOut);

/// <summary>Labeled pairs, and which member learns how often from which: an online bootstrap.</summary>
/// <remarks>
/// In a bootstrapped set of n examples each one is there a binomial number of times, which for large n is a Poisson number of mean 1
/// (Oza and Russell 2001); so it can be drawn when the example comes.
/// </remarks>
/// <param name="members">Networks.</param>
/// <param name="size">L times D.</param>
internal sealed class PreferencePairs(int members, int size)
{
    private readonly List<PreferencePair> _pairs = [];
    private readonly List<int>[] _draws = [.. Enumerable.Range(0, members).Select(_ => new List<int>())];
    private readonly List<int> _trained = [];

    /// <summary>Pairs there are.</summary>
    public int Count => _pairs.Count;

    /// <summary>Pairs that are learned from.</summary>
    public int Trained => _trained.Count;

    /// <summary>The last so many.</summary>
    public IEnumerable<PreferencePair> Newest(int most) => _pairs.Skip(Math.Max(0, _pairs.Count - most));

    /// <summary>Takes a pair in.</summary>
    /// <param name="pair">Kept.</param>
    /// <param name="rngOf">The random stream of a pair, by its number.</param>
    public void Add(PreferencePair pair, Func<long, Rng> rngOf)
    {
        int at = _pairs.Count;
        _pairs.Add(pair);
        if (pair.IsHeldOut) return;
        _trained.Add(at);
        Rng rng = rngOf(at);
        rng.NextDouble(); // said whether it is held out
        foreach (List<int> draws in _draws)
            for (int times = Poisson(rng.NextDouble()); times > 0; times--) draws.Add(at);
    }

    /// <summary>A pair for a member's minibatch.</summary>
    public PreferencePair Draw(int member, ref Rng rng)
    {
        List<int> draws = _draws[member].Count > 0 ? _draws[member] : _trained;
        return _pairs[draws[rng.Below(draws.Count)]];
    }

    /// <summary>Writes all pairs.</summary>
    public void Save(Snapshot into)
    {
        into.Put<float>("first", [.. _pairs.SelectMany(pair => pair.First)]);
        into.Put<float>("second", [.. _pairs.SelectMany(pair => pair.Second)]);
        into.Put<float>("labels", [.. _pairs.Select(pair => pair.Label)]);
        into.Put<byte>("held-out", [.. _pairs.Select(pair => (byte)(pair.IsHeldOut ? 1 : 0))]);
    }

    /// <summary>Brings them back.</summary>
    /// <param name="from">What <see cref="Save"/> wrote.</param>
    /// <param name="rngOf">As for <see cref="Add"/>.</param>
    /// <exception cref="SpecMismatchException">An entry is missing or has another length.</exception>
    public void Load(Snapshot from, Func<long, Rng> rngOf)
    {
        float[] labels = from.GetAll<float>("labels"), first = new float[checked(labels.Length * size)], second = new float[first.Length];
        byte[] heldOut = new byte[labels.Length];
        from.Get<float>("first", first);
        from.Get<float>("second", second);
        from.Get<byte>("held-out", heldOut);
        _pairs.Clear();
        _trained.Clear();
        foreach (List<int> draws in _draws) draws.Clear();
        for (int i = 0; i < labels.Length; i++)
        {
            float[] one = [.. first.AsSpan(i * size, size)], other = [.. second.AsSpan(i * size, size)];
            Add(new PreferencePair(one, other, labels[i], heldOut[i] != 0), rngOf);
        }
    }

    /// <summary>A Poisson number of mean 1, by the inverse of its distribution.</summary>
    internal static int Poisson(double uniform)
    {
        double share = Math.Exp(-1), sum = share;
        int count = 0;
        for (; uniform >= sum && count < 16; share /= ++count, sum += share)
        {
        }

        return count;
    }
}
