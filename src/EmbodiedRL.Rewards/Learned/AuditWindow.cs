using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Rewards.Diagnostics;

namespace EmbodiedRL.Rewards.Learned;

/// <summary>The last pairs of a score that was given and the one that a source would have given.</summary>
/// <param name="capacity">Pairs at most.</param>
internal sealed class AuditWindow(int capacity) : ISnapshot
{
    private readonly double[] _given = new double[capacity], _true = new double[capacity];
    private long _added;

    /// <summary>Pairs there are.</summary>
    public int Count => (int)Math.Min(_added, capacity);

    /// <summary>Spearman's rank correlation of all pairs; NaN where one side is constant.</summary>
    public double Rank => Correlations.Spearman(_given.AsSpan(0, Count), _true.AsSpan(0, Count));

    /// <summary>Takes a pair in.</summary>
    public void Add(float given, float source)
    {
        int at = (int)(_added++ % capacity);
        (_given[at], _true[at]) = (given, source);
    }

    /// <inheritdoc/>
    public void Save(Snapshot into)
    {
        into.Put("added", _added);
        into.Put<double>("given", _given);
        into.Put<double>("true", _true);
    }

    /// <inheritdoc/>
    public void Load(Snapshot from)
    {
        _added = from.Get<long>("added");
        from.Get<double>("given", _given);
        from.Get<double>("true", _true);
    }
}
