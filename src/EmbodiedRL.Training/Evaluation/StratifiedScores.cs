using EmbodiedRL.Core;

namespace EmbodiedRL.Training.Evaluation;

/// <summary>Scores of one way to train over several tasks with several seeds each, and aggregates with intervals over seeds.</summary>
/// <remarks>
/// Intervals are percentiles of a bootstrap that draws the seeds of each task anew and keeps the tasks: they say how the figure would vary
/// had these tasks been trained with other seeds, not what other tasks would give.
/// </remarks>
[Paper("2108.13264", "Deep Reinforcement Learning at the Edge of the Statistical Precipice", Year = 2021)]
public sealed class StratifiedScores
{
    private const int Draws = 2000;
    private const double Tail = 0.025;

    private readonly double[][] _scores;

    /// <summary>Takes scores.</summary>
    /// <param name="scores">[tasks][seeds], at least one of each; tasks may have different numbers of seeds.</param>
    public StratifiedScores(IEnumerable<IEnumerable<double>> scores)
    {
        _scores = [.. scores.Select(task => task.ToArray())];
        ArgumentOutOfRangeException.ThrowIfZero(_scores.Length, nameof(scores));
        if (Array.Exists(_scores, task => task.Length == 0)) throw new ArgumentException("A task has no scores.", nameof(scores));
    }

    /// <summary>Whether every task has several seeds; a task of one seed would count as one that never varies.</summary>
    private bool IsSpread => Array.TrueForAll(_scores, task => task.Length > 1);

    /// <summary>Scores of all tasks and seeds.</summary>
    public int Count => _scores.Sum(task => task.Length);

    /// <summary>Mean over tasks of the mean over seeds.</summary>
    public StratifiedFigure Mean(ulong seed = 1) => Figure(MeanOf, seed);

    /// <summary>Interquartile mean: of the middle half of all scores, with fractions of those that the quarter cuts.</summary>
    public StratifiedFigure InterquartileMean(ulong seed = 1) => Figure(MiddleOf, seed);

    /// <summary>Performance profile: share of all scores above each threshold.</summary>
    public double[] Profile(IEnumerable<double> thresholds) =>
        [.. thresholds.Select(threshold => _scores.Average(task => (double)task.Count(score => score > threshold) / task.Length))];

    /// <summary>Difference of the means of this and another, over the same tasks in the same order.</summary>
    /// <param name="other">Its seeds are drawn independently of these.</param>
    /// <param name="seed">Equal seeds give equal intervals.</param>
    public StratifiedFigure MeanBeyond(StratifiedScores other, ulong seed = 1)
    {
        RequireSameTasks(other);
        return Interval(MeanOf(_scores) - MeanOf(other._scores), IsSpread && other.IsSpread,
            rng => MeanOf(Drawn(_scores, rng)) - MeanOf(Drawn(other._scores, rng)), seed);
    }

    /// <summary>Probability of improvement: that a score of this is above one of the other on the same task, ties counting half.</summary>
    /// <param name="other">Over the same tasks in the same order.</param>
    /// <param name="seed">Equal seeds give equal intervals.</param>
    public StratifiedFigure ProbabilityOfImprovement(StratifiedScores other, ulong seed = 1)
    {
        RequireSameTasks(other);
        return Interval(AboveOf(_scores, other._scores), IsSpread && other.IsSpread,
            rng => AboveOf(Drawn(_scores, rng), Drawn(other._scores, rng)), seed);
    }

    private void RequireSameTasks(StratifiedScores other)
    {
        if (other._scores.Length != _scores.Length)
            throw new SpecMismatchException("scores to compare", $"{_scores.Length} tasks", $"{other._scores.Length}");
    }

    private StratifiedFigure Figure(Func<double[][], double> measure, ulong seed) =>
        Interval(measure(_scores), IsSpread, rng => measure(Drawn(_scores, rng)), seed);

    private static StratifiedFigure Interval(double value, bool isSpread, Func<DrawingRng, double> drawn, ulong seed)
    {
        if (!isSpread) return new StratifiedFigure(value, double.NaN, double.NaN);
        var rng = new DrawingRng(Rng.For(seed, "stratified"));
        double[] values = new double[Draws];
        for (int draw = 0; draw < Draws; draw++) values[draw] = drawn(rng);
        Array.Sort(values);
        return new StratifiedFigure(value, values[(int)(Tail * (Draws - 1))], values[(int)Math.Ceiling((1 - Tail) * (Draws - 1))]);
    }

    private static double MeanOf(double[][] scores) => scores.Average(task => task.Average());

    private static double AboveOf(double[][] scores, double[][] others) => scores.Zip(others, (mine, theirs) =>
        mine.Average(one => theirs.Average(other => one > other ? 1 : one == other ? 0.5 : 0))).Average();

    private static double MiddleOf(double[][] scores)
    {
        double[] sorted = [.. scores.SelectMany(task => task).Order()];
        double cut = sorted.Length / 4.0, sum = 0;
        for (int i = 0; i < sorted.Length; i++)
            sum += sorted[i] * Math.Max(0, Math.Min(i + 1, sorted.Length - cut) - Math.Max(i, cut));
        return sum / (sorted.Length - (2 * cut));
    }

    private static double[][] Drawn(double[][] scores, DrawingRng rng) =>
        Array.ConvertAll(scores, task => Array.ConvertAll(task, _ => task[rng.Below(task.Length)]));

    /// <summary>A generator that keeps its place across calls.</summary>
    private sealed class DrawingRng(Rng rng)
    {
        private Rng _rng = rng;

        public int Below(int count) => _rng.Below(count);
    }
}

/// <summary>A figure with its 95 % interval.</summary>
/// <param name="Value">Of the scores themselves.</param>
/// <param name="Low">Lower end; NaN where a task has one seed.</param>
/// <param name="High">Upper end.</param>
public readonly record struct StratifiedFigure(double Value, double Low, double High);
