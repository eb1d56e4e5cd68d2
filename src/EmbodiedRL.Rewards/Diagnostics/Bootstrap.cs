using EmbodiedRL.Core;

namespace EmbodiedRL.Rewards.Diagnostics;

/// <summary>A figure and its 95 % interval; NaN where it is not defined.</summary>
/// <param name="Value">Over all items.</param>
/// <param name="Low">Lower end; NaN of a single item.</param>
/// <param name="High">Upper end; NaN of a single item.</param>
/// <param name="Count">Items, e.g. trajectories.</param>
public readonly record struct IntervalFigure(double Value, double Low, double High, int Count)
{
    /// <summary>Not defined.</summary>
    public static IntervalFigure None { get; } = new(double.NaN, double.NaN, double.NaN, 0);
}

/// <summary>
/// Percentile bootstrap: resamples whole items (trajectories, instructions), since frames of one trajectory hang together.
/// </summary>
public static class Bootstrap
{
    /// <summary>Resamples that an interval is taken from.</summary>
    public const int Draws = 500;

    private const double Tail = 0.025;

    /// <summary>A measure of items and its 95 % interval.</summary>
    /// <param name="count">N items.</param>
    /// <param name="measure">Of how often each item was drawn, [N], together N; all 1 for the figure itself. NaN where it is not defined;
    /// such resamples are left out of the interval.</param>
    /// <param name="seed">Equal seeds give equal intervals.</param>
    public static IntervalFigure Interval(int count, Func<int[], double> measure, ulong seed)
    {
        if (count == 0) return IntervalFigure.None;
        int[] drawn = new int[count];
        Array.Fill(drawn, 1);
        double value = measure(drawn);
        if (count == 1 || !double.IsFinite(value)) return new IntervalFigure(value, double.NaN, double.NaN, count);
        Rng rng = Rng.For(seed, "bootstrap");
        var values = new List<double>(Draws);
        for (int draw = 0; draw < Draws; draw++)
        {
            Array.Clear(drawn);
            for (int i = 0; i < count; i++) drawn[rng.Below(count)]++;
            double resampled = measure(drawn);
            if (double.IsFinite(resampled)) values.Add(resampled);
        }

        if (values.Count == 0) return new IntervalFigure(value, double.NaN, double.NaN, count);
        values.Sort();
        int last = values.Count - 1;
        return new IntervalFigure(value, values[(int)(Tail * last)], values[(int)Math.Ceiling((1 - Tail) * last)], count);
    }

    /// <summary>The mean of items and its 95 % interval.</summary>
    /// <param name="values">[N]. One that is NaN counts as <paramref name="undefined"/>, unless all are: then so is the figure.</param>
    /// <param name="seed">Equal seeds give equal intervals.</param>
    /// <param name="undefined">What an item counts as whose value is not defined.</param>
    public static IntervalFigure Mean(IReadOnlyList<double> values, ulong seed, double undefined = 0)
    {
        if (values.All(double.IsNaN)) return IntervalFigure.None with { Count = values.Count };
        double[] defined = [.. values.Select(value => double.IsNaN(value) ? undefined : value)];
        return Interval(defined.Length, drawn =>
        {
            double sum = 0;
            for (int i = 0; i < defined.Length; i++) sum += drawn[i] * defined[i];
            return sum / defined.Length;
        }, seed);
    }
}
