using EmbodiedRL.Core;

namespace EmbodiedRL.Rewards.Diagnostics;

/// <summary>Distance of two canonical rewards whatever their scale, where a reward that prefers nothing has no scale.</summary>
internal static class StandardizedDistance
{
    // What is left of a trivial reward is rounding of the numbers that canceled.
    private const double Rounding = 1e-12;

    /// <summary>Turns a canonical reward into zeros if it is zero but for rounding.</summary>
    /// <param name="canonical">Overwritten.</param>
    /// <param name="scale">Of the numbers that it was computed from.</param>
    public static void Clean(Span<double> canonical, double scale)
    {
        if (Norm(canonical) <= Rounding * scale * Math.Sqrt(canonical.Length)) canonical.Clear();
    }

    /// <summary>|a / |a| - b / |b||, in [0, 2]; a vector of zeros stays one, so that it is 1 away from all others.</summary>
    public static double Between(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        (double left, double right) = (Scale(first), Scale(second));
        double squares = 0;
        for (int i = 0; i < first.Length; i++)
        {
            double difference = (first[i] / left) - (second[i] / right);
            squares += difference * difference;
        }

        return Math.Sqrt(squares);
    }

    /// <summary>Euclidean norm.</summary>
    public static double Norm(ReadOnlySpan<double> values)
    {
        double largest = Largest(values), squares = 0;
        if (largest == 0) return 0;
        foreach (double value in values) squares += value / largest * (value / largest); // neither over- nor underflows
        return largest * Math.Sqrt(squares);
    }

    /// <summary>Largest size.</summary>
    public static double Largest(ReadOnlySpan<double> values)
    {
        double largest = 0;
        foreach (double value in values) largest = Math.Max(largest, Math.Abs(value));
        return largest;
    }

    /// <summary>Fails unless two tables of rewards are of one shape.</summary>
    /// <exception cref="SpecMismatchException">Names both shapes.</exception>
    public static void RequireAlike(double[,,] first, double[,,] second)
    {
        if (Shape(first) != Shape(second))
            throw new SpecMismatchException("second of two compared rewards", $"[S, A, S'] = {Shape(first)}", $"{Shape(second)}");
    }

    /// <summary>The shape of a table, for messages.</summary>
    public static string Shape(double[,,] table) => $"[{table.GetLength(0)}, {table.GetLength(1)}, {table.GetLength(2)}]";

    private static double Scale(ReadOnlySpan<double> values) => Norm(values) is > 0 and double norm ? norm : 1;
}
