using EmbodiedRL.Core;

namespace EmbodiedRL.Rewards.Diagnostics;

/// <summary>Measures of a reward over trajectories whose truth is known: each with an interval over trajectories.</summary>
/// <remarks>
/// Frames without a score (NaN) are left out. A reward that is the same everywhere has no order, so none of these is defined for it: a
/// number would only look like one. Order counts and nothing else, but in <see cref="CalibratedError"/> and <see cref="StillSpread"/>.
/// </remarks>
public static class TrajectoryMeasures
{
    /// <summary>
    /// Value-order correlation: the mean over trajectories of the rank correlation of scores with time; a trajectory of equal scores
    /// counts 0.
    /// </summary>
    /// <remarks>VOC of GVL (arXiv 2411.04549); equal scores share their ranks.</remarks>
    /// <param name="trajectories">Of one outcome, e.g. all that succeed.</param>
    /// <param name="seed">Of the interval.</param>
    /// <param name="sign">-1 to correlate with reversed time.</param>
    /// <returns>In [-1, 1]; not defined where all scores of every trajectory are equal.</returns>
    public static IntervalFigure OrderInTime(IEnumerable<ScoredTrajectory> trajectories, ulong seed, int sign = 1) =>
        Bootstrap.Mean([.. trajectories.Select(trajectory => sign * WithTime(trajectory.Scores))], seed);

    /// <summary>Spearman's rank correlation of one trajectory's scores with time; NaN where they are equal.</summary>
    /// <param name="scores">[T].</param>
    public static double WithTime(ReadOnlySpan<double> scores)
    {
        List<double> found = [], times = [];
        for (int step = 0; step < scores.Length; step++)
        {
            if (!double.IsFinite(scores[step])) continue;
            found.Add(scores[step]);
            times.Add(step);
        }

        return found.Count < 2 ? double.NaN : Correlations.Spearman(found.ToArray(), times.ToArray());
    }

    /// <summary>Kendall's tau-b of scores with graded truth over all frames of all trajectories.</summary>
    /// <param name="trajectories">Of all kinds.</param>
    /// <param name="seed">Of the interval.</param>
    public static IntervalFigure Kendall(IReadOnlyList<ScoredTrajectory> trajectories, ulong seed)
    {
        var pairs = new PairCounts(trajectories);
        return Bootstrap.Interval(trajectories.Count, drawn => pairs.TauB(drawn), seed);
    }

    /// <summary>Area under the ROC curve of the last frame's score for whether the trajectory succeeds.</summary>
    /// <param name="trajectories">Of all kinds.</param>
    /// <param name="seed">Of the interval.</param>
    /// <returns>In [0, 1], 0.5 by chance; not defined where all scores, or all outcomes, are equal.</returns>
    public static IntervalFigure SuccessAuroc(IReadOnlyList<ScoredTrajectory> trajectories, ulong seed)
    {
        ScoredTrajectory[] scored = [.. trajectories.Where(trajectory => double.IsFinite(trajectory.EndScore))];
        double[] ends = Array.ConvertAll(scored, trajectory => trajectory.EndScore);
        return Bootstrap.Interval(scored.Length, drawn =>
        {
            int[] rows = Rows(drawn);
            double[] scores = Array.ConvertAll(rows, row => ends[row]);
            return Varies(scores) ? Classification.Auroc(scores, Array.ConvertAll(rows, row => scored[row].Succeeds)) : double.NaN;
        }, seed);
    }

    /// <summary>
    /// Mean absolute error of scores against graded truth, after an isotonic calibration fitted on the other half of the trajectories.
    /// </summary>
    /// <param name="trajectories">Of all kinds; even ones calibrate odd ones and the other way round.</param>
    /// <param name="seed">Of the interval.</param>
    /// <returns>In [0, 1], 0 at best; not defined where all scores are equal.</returns>
    public static IntervalFigure CalibratedError(IReadOnlyList<ScoredTrajectory> trajectories, ulong seed)
    {
        if (!Varies(trajectories.SelectMany(trajectory => trajectory.Scores)))
            return IntervalFigure.None with { Count = trajectories.Count };
        double[] errors = new double[trajectories.Count];
        for (int half = 0; half < 2; half++)
        {
            List<double> scores = [], truths = [];
            for (int i = 1 - half; i < trajectories.Count; i += 2)
                foreach ((double score, double truth) in trajectories[i].Scores.Zip(trajectories[i].Truths))
                {
                    if (!double.IsFinite(score)) continue;
                    scores.Add(score);
                    truths.Add(truth);
                }

            if (scores.Count == 0) return IntervalFigure.None with { Count = trajectories.Count };
            var fit = IsotonicFit.Of(scores.ToArray(), truths.ToArray());
            for (int i = half; i < trajectories.Count; i += 2) errors[i] = ErrorOf(fit, trajectories[i]);
        }

        double[] measured = [.. errors.Where(double.IsFinite)];
        return Bootstrap.Mean(measured, seed);
    }

    /// <summary>EPIC distance of scores to graded truth over all frames, in [0, 1]; 0.71 where they are unrelated.</summary>
    /// <remarks>
    /// Both are rewards of the state that is reached alone. Canonically shaped they differ from themselves by a constant, whatever discount
    /// and coverage, so that the distance is sqrt((1 - correlation) / 2).
    /// </remarks>
    /// <param name="trajectories">Resampled for the interval.</param>
    /// <param name="seed">Equal seeds give equal intervals.</param>
    public static IntervalFigure EpicDistance(IReadOnlyList<ScoredTrajectory> trajectories, ulong seed) =>
        Bootstrap.Interval(trajectories.Count, drawn =>
        {
            var (scores, truths) = (new List<double>(), new List<double>());
            foreach (int row in Rows(drawn))
                for (int t = 0; t < trajectories[row].Scores.Length; t++)
                {
                    if (!double.IsFinite(trajectories[row].Scores[t])) continue;
                    scores.Add(trajectories[row].Scores[t]);
                    truths.Add(trajectories[row].Truths[t]);
                }

            double correlation = Correlations.Pearson(scores.ToArray(), truths.ToArray());
            return Math.Sqrt(Math.Max(0, 1 - correlation) / 2);
        }, seed);

    /// <summary>
    /// Diagonal of the matrix of instructions and trajectories: the share of instructions by which a trajectory of their own scores best.
    /// </summary>
    /// <param name="scores">[I][C], the end of each of C trajectories scored by each of I instructions.</param>
    /// <param name="truths">[I][C], how true each instruction is there.</param>
    /// <param name="own">[C], the instruction that each trajectory was made for.</param>
    /// <param name="seed">Of the interval, over instructions.</param>
    /// <param name="asTrue">A trajectory that makes the instruction as true as its own to within this is as good as its own: "level" is
    /// true of what leans all the way to the left.</param>
    /// <returns>In [0, 1]. A tie counts by the share of the best that is right; an instruction that scores all alike counts 0.</returns>
    public static IntervalFigure Diagonal(double[][] scores, double[][] truths, int[] own, ulong seed, double asTrue = 0.05)
    {
        double[] shares = new double[scores.Length];
        for (int i = 0; i < shares.Length; i++) shares[i] = OwnShare(scores[i], truths[i], own, i, asTrue);
        return Bootstrap.Mean(shares, seed);
    }

    /// <summary>Spearman's rank correlation of two ways to score the same frames, over all frames of all trajectories.</summary>
    /// <param name="scores">[N][T].</param>
    /// <param name="others">[K][N][T], K other ways; the mean over them is taken, a way that scores all alike counts 0.</param>
    /// <param name="seed">Of the interval.</param>
    /// <param name="sign">-1 where the orders are to be opposite.</param>
    /// <returns>In [-1, 1]; not defined where there is no other way, or all correlations are undefined.</returns>
    public static IntervalFigure Agreement(double[][] scores, IReadOnlyList<double[][]> others, ulong seed, int sign = 1)
    {
        foreach (double[][] other in others)
            SpecMismatchException.ThrowIfLength("trajectories scored in another way", other.Length, scores.Length);
        return others.Count == 0 ? IntervalFigure.None : Bootstrap.Interval(scores.Length, drawn =>
        {
            int[] rows = Rows(drawn);
            double[] each = [.. others.Select(other => Pooled(scores, other, rows))];
            return Array.TrueForAll(each, double.IsNaN)
                ? double.NaN
                : sign * each.Average(correlation => double.IsNaN(correlation) ? 0 : correlation);
        }, seed);
    }

    /// <summary>
    /// Standard deviation of the scores of a trajectory in which nothing moves, as a share of that of all scores; the mean over such.
    /// </summary>
    /// <param name="still">Trajectories of equal frames.</param>
    /// <param name="all">All scores, for the scale.</param>
    /// <param name="seed">Of the interval.</param>
    /// <returns>0 at best; not defined where all scores are equal.</returns>
    public static IntervalFigure StillSpread(IEnumerable<ScoredTrajectory> still, IEnumerable<ScoredTrajectory> all, ulong seed)
    {
        double scale = Deviation(all.SelectMany(trajectory => trajectory.Scores));
        ScoredTrajectory[] frozen = [.. still];
        return !(scale > 0)
            ? IntervalFigure.None with { Count = frozen.Length }
            : Bootstrap.Mean([.. frozen.Select(trajectory => Deviation(trajectory.Scores) / scale)], seed);
    }

    private static double ErrorOf(IsotonicFit fit, ScoredTrajectory trajectory)
    {
        (double sum, int count) = (0, 0);
        foreach ((double score, double truth) in trajectory.Scores.Zip(trajectory.Truths))
        {
            if (!double.IsFinite(score)) continue;
            sum += Math.Abs(fit.Predict(score) - truth);
            count++;
        }

        return sum / count;
    }

    private static double OwnShare(double[] scores, double[] truths, int[] own, int instruction, double asTrue)
    {
        if (!Varies(scores)) return double.NaN;
        double best = scores.Where(double.IsFinite).Max();
        double mine = double.NegativeInfinity;
        for (int c = 0; c < own.Length; c++)
            if (own[c] == instruction) mine = Math.Max(mine, truths[c]);
        (int winners, int right) = (0, 0);
        for (int c = 0; c < own.Length; c++)
        {
            if (scores[c] != best) continue;
            winners++;
            if (own[c] == instruction || truths[c] >= mine - asTrue) right++;
        }

        return (double)right / winners;
    }

    private static double Pooled(double[][] left, double[][] right, int[] rows)
    {
        List<double> one = [], other = [];
        foreach (int row in rows)
            for (int step = 0; step < left[row].Length; step++)
            {
                if (!double.IsFinite(left[row][step]) || !double.IsFinite(right[row][step])) continue;
                one.Add(left[row][step]);
                other.Add(right[row][step]);
            }

        return one.Count < 2 ? double.NaN : Correlations.Spearman(one.ToArray(), other.ToArray());
    }

    private static int[] Rows(int[] drawn) => [.. Enumerable.Range(0, drawn.Length).SelectMany(row => Enumerable.Repeat(row, drawn[row]))];

    private static bool Varies(IEnumerable<double> values) => values.Where(double.IsFinite).Distinct().Take(2).Count() == 2;

    private static double Deviation(IEnumerable<double> values)
    {
        double[] finite = [.. values.Where(double.IsFinite)];
        if (finite.Length == 0 || Array.TrueForAll(finite, value => value.Equals(finite[0]))) return finite.Length == 0 ? double.NaN : 0;
        double mean = finite.Average();
        return Math.Sqrt(finite.Average(value => (value - mean) * (value - mean)));
    }
}
