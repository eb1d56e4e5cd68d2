namespace EmbodiedRL.Rewards.Diagnostics;

/// <summary>
/// Kendall's tau-b of frames, counted by pairs of trajectories, so that trajectories can be resampled without counting frames again.
/// </summary>
/// <remarks>
/// A pair of frames counts as often as both of its trajectories were drawn; a pair within one trajectory as often as that one was. With
/// every trajectory drawn once it is <see cref="Correlations.KendallTauB"/> of all frames.
/// </remarks>
public sealed class PairCounts
{
    private readonly int _count;
    private readonly long[] _difference, _tiedScores, _tiedTruths, _pairs; // [N, N], the lower triangle

    /// <summary>Counts the pairs of all frames that have a score.</summary>
    public PairCounts(IReadOnlyList<ScoredTrajectory> trajectories)
    {
        _count = trajectories.Count;
        int cells = _count * _count;
        (_difference, _tiedScores, _tiedTruths, _pairs) = (new long[cells], new long[cells], new long[cells], new long[cells]);
        for (int a = 0; a < _count; a++)
            for (int b = 0; b <= a; b++) Count(trajectories[a], trajectories[b], a == b, (a * _count) + b);
    }

    /// <summary>Kendall's tau-b of scores with truths.</summary>
    /// <param name="drawn">[N], how often each trajectory counts.</param>
    /// <returns>NaN where scores or truths are all equal.</returns>
    public double TauB(ReadOnlySpan<int> drawn)
    {
        (double difference, double tiedScores, double tiedTruths, double pairs) = (0, 0, 0, 0);
        for (int a = 0; a < _count; a++)
        {
            if (drawn[a] == 0) continue;
            for (int b = 0; b <= a; b++)
            {
                double weight = a == b ? drawn[a] : (double)drawn[a] * drawn[b];
                int cell = (a * _count) + b;
                difference += weight * _difference[cell];
                tiedScores += weight * _tiedScores[cell];
                tiedTruths += weight * _tiedTruths[cell];
                pairs += weight * _pairs[cell];
            }
        }

        double scale = Math.Sqrt(pairs - tiedScores) * Math.Sqrt(pairs - tiedTruths);
        return scale > 0 ? difference / scale : double.NaN;
    }

    private void Count(ScoredTrajectory left, ScoredTrajectory right, bool isSame, int cell)
    {
        (long difference, long tiedScores, long tiedTruths, long pairs) = (0, 0, 0, 0);
        for (int i = 0; i < left.Scores.Length; i++)
        {
            if (!double.IsFinite(left.Scores[i])) continue;
            int end = isSame ? i : right.Scores.Length;
            for (int k = 0; k < end; k++)
            {
                if (!double.IsFinite(right.Scores[k])) continue;
                (int score, int truth) = (left.Scores[i].CompareTo(right.Scores[k]), left.Truths[i].CompareTo(right.Truths[k]));
                difference += Math.Sign(score) * Math.Sign(truth);
                if (score == 0) tiedScores++;
                if (truth == 0) tiedTruths++;
                pairs++;
            }
        }

        (_difference[cell], _tiedScores[cell], _tiedTruths[cell], _pairs[cell]) = (difference, tiedScores, tiedTruths, pairs);
    }
}
