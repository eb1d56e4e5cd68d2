using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Rewards.Diagnostics;

namespace EmbodiedRL.Rewards.Learned;

/// <summary>The last rows that were scored by student and source alike, whatever the student said: an unbiased sample.</summary>
/// <param name="capacity">Rows at most.</param>
internal sealed class AuditWindow(int capacity) : ISnapshot
{
    private const int Candidates = 32; // tolerances that are tried, evenly spaced among the deviations seen

    private readonly double[] _means = new double[capacity], _deviations = new double[capacity], _true = new double[capacity];
    private readonly double[] _given = new double[capacity];
    private long _added;

    /// <summary>Rows there are.</summary>
    public int Count => (int)Math.Min(_added, capacity);

    /// <summary>Spearman's rank correlation of what was given with what the source says; NaN where one side is constant.</summary>
    public double Rank => Correlations.Spearman(_given.AsSpan(0, Count), _true.AsSpan(0, Count));

    /// <summary>That of the student alone.</summary>
    public double StudentRank => Correlations.Spearman(_means.AsSpan(0, Count), _true.AsSpan(0, Count));

    /// <summary>Takes a row in.</summary>
    /// <param name="mean">What the student says.</param>
    /// <param name="deviation">How much its members disagree.</param>
    /// <param name="source">What the source says.</param>
    /// <param name="given">The score that was given.</param>
    public void Add(float mean, float deviation, float source, float given)
    {
        int at = (int)(_added++ % capacity);
        (_means[at], _deviations[at], _true[at], _given[at]) = (mean, deviation, source, given);
    }

    /// <summary>
    /// The greatest tolerance that would have kept a rank correlation over the window: below it the student's score is taken, above it the
    /// source's.
    /// </summary>
    /// <param name="rank">To be kept.</param>
    /// <returns>Negative if the source has to be asked about every row.</returns>
    public double Tolerance(double rank)
    {
        double[] sorted = _deviations[..Count], mixed = new double[Count];
        Array.Sort(sorted);
        for (int candidate = Candidates; candidate > 0; candidate--)
        {
            double tolerance = sorted[((Count - 1) * candidate) / Candidates];
            for (int i = 0; i < Count; i++) mixed[i] = _deviations[i] > tolerance ? _true[i] : _means[i];
            if (Correlations.Spearman(mixed, _true.AsSpan(0, Count)) >= rank) return tolerance;
        }

        return -1;
    }

    /// <inheritdoc/>
    public void Save(Snapshot into)
    {
        into.Put("added", _added);
        into.Put<double>("means", _means);
        into.Put<double>("deviations", _deviations);
        into.Put<double>("true", _true);
        into.Put<double>("given", _given);
    }

    /// <inheritdoc/>
    public void Load(Snapshot from)
    {
        _added = from.Get<long>("added");
        from.Get<double>("means", _means);
        from.Get<double>("deviations", _deviations);
        from.Get<double>("true", _true);
        from.Get<double>("given", _given);
    }
}
