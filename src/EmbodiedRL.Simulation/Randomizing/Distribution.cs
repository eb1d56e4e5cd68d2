using EmbodiedRL.Core;

namespace EmbodiedRL.Simulation.Randomizing;

/// <summary>Kind of distribution a parameter is sampled from.</summary>
public enum DistributionKind
{
    /// <summary>Evenly between minimum and maximum.</summary>
    Uniform,

    /// <summary>Evenly in the logarithm between minimum and maximum, both above 0.</summary>
    LogUniform,

    /// <summary>A bell round the mean, cut off at four deviations.</summary>
    Normal,

    /// <summary>One of the values, all equally likely.</summary>
    Choice,
}

/// <summary>Distribution given by its quantiles, so that a part of it can be held out by holding out a part of [0, 1).</summary>
internal readonly struct Distribution
{
    private const double Cut = 4;                    // deviations
    private const double Tail = 3.167124183311992e-5; // share of a normal below -Cut

    private readonly DistributionKind _kind;
    private readonly double _first, _second;
    private readonly double[] _values;

    public Distribution(RandomParameterSettings settings, double[] values)
    {
        _kind = settings.Distribution;
        (_first, _second) = _kind == DistributionKind.Normal ? (settings.Mean, settings.Deviation) : (settings.Minimum, settings.Maximum);
        _values = values;
    }

    /// <summary>The least value that can be drawn.</summary>
    public double Least => _kind switch
    {
        DistributionKind.Normal => _first - (Cut * _second),
        DistributionKind.Choice => _values.Min(),
        _ => _first,
    };

    /// <summary>The value below which a share u of all draws lies.</summary>
    /// <param name="u">In [0, 1).</param>
    public double At(double u) => _kind switch
    {
        DistributionKind.Uniform => _first + ((_second - _first) * u),
        DistributionKind.LogUniform => _first * Math.Pow(_second / _first, u),
        DistributionKind.Normal => _first + (_second * NormalQuantile(Tail + ((1 - (2 * Tail)) * u))),
        _ => _values[Math.Min((int)(u * _values.Length), _values.Length - 1)],
    };

    /// <summary>Draws from the part that is played in training, or from the part that is kept back.</summary>
    /// <param name="rng">One draw.</param>
    /// <param name="heldOut">The share that is kept back, at the upper end.</param>
    /// <param name="isHeldOut">Which part.</param>
    public double Draw(ref Rng rng, double heldOut, bool isHeldOut)
    {
        double u = rng.NextDouble();
        if (heldOut <= 0) return At(u);
        if (_kind == DistributionKind.Choice) // whole values, at least one on either side
        {
            int kept = Math.Clamp((int)Math.Round(heldOut * _values.Length), 1, _values.Length - 1), trained = _values.Length - kept;
            return isHeldOut ? _values[trained + Math.Min((int)(u * kept), kept - 1)] : _values[Math.Min((int)(u * trained), trained - 1)];
        }

        return At(isHeldOut ? 1 - heldOut + (heldOut * u) : (1 - heldOut) * u);
    }

    /// <summary>For people.</summary>
    public override string ToString() => _kind switch
    {
        DistributionKind.Uniform => FormattableString.Invariant($"uniform in [{_first}, {_second}]"),
        DistributionKind.LogUniform => FormattableString.Invariant($"log-uniform in [{_first}, {_second}]"),
        DistributionKind.Normal => FormattableString.Invariant($"normal, mean {_first}, deviation {_second}"),
        _ => $"one of {string.Join(", ", _values.Select(value => FormattableString.Invariant($"{value}")))}",
    };

    /// <summary>Inverse of the standard normal's distribution function: Acklam's rational fit, relative error below 1.2e-9.</summary>
    internal static double NormalQuantile(double p)
    {
        const double low = 0.02425;
        if (p < low) return Outer(Math.Sqrt(-2 * Math.Log(p)));
        if (p > 1 - low) return -Outer(Math.Sqrt(-2 * Math.Log(1 - p)));
        double q = p - 0.5, r = q * q;
        return q
            * Horner(r, -3.969683028665376e+01, 2.209460984245205e+02, -2.759285104469687e+02, 1.383577518672690e+02,
                -3.066479806614716e+01, 2.506628277459239e+00)
            / Horner(r, -5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02,
                6.680131188771972e+01, -1.328068155288572e+01, 1);
    }

    private static double Outer(double q) =>
        Horner(q, -7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00, -2.549732539343734e+00,
            4.374664141464968e+00, 2.938163982698783e+00)
        / Horner(q, 7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00, 3.754408661907416e+00, 1);

    private static double Horner(double x, params ReadOnlySpan<double> coefficients)
    {
        double sum = 0;
        foreach (double coefficient in coefficients) sum = (sum * x) + coefficient;
        return sum;
    }
}
