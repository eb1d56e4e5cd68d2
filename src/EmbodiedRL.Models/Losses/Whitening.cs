namespace EmbodiedRL.Models.Losses;

/// <summary>Whitening: scales a batch of numbers to mean 0 and standard deviation 1.</summary>
public static class Whitening
{
    private const double Least = 1e-8;

    /// <summary>
    /// (x - mean) / (deviation + 1e-8) in place, with the sample deviation (n - 1); fewer than two values stay as they are.
    /// </summary>
    public static void Apply(Span<float> values)
    {
        if (values.Length < 2) return;
        double sum = 0, squares = 0;
        foreach (float value in values) sum += value;
        double mean = sum / values.Length;
        foreach (float value in values) squares += (value - mean) * (value - mean);
        double scale = 1 / (Math.Sqrt(squares / (values.Length - 1)) + Least);
        foreach (ref float value in values) value = (float)((value - mean) * scale);
    }
}
