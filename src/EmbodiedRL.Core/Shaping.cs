namespace EmbodiedRL.Core;

/// <summary>Falloff of a tolerance outside its bounds.</summary>
public enum Falloff
{
    /// <summary>exp(-s x^2 / 2).</summary>
    Gaussian,

    /// <summary>1 / cosh(s x).</summary>
    Hyperbolic,

    /// <summary>1 / (s^2 x^2 + 1).</summary>
    LongTail,

    /// <summary>1 / (s |x| + 1).</summary>
    Reciprocal,

    /// <summary>(1 + cos(pi s x)) / 2, zero beyond 1.</summary>
    Cosine,

    /// <summary>1 - s x, zero beyond.</summary>
    Linear,

    /// <summary>1 - (s x)^2, zero beyond.</summary>
    Quadratic,

    /// <summary>1 - tanh^2(s x).</summary>
    TanhSquared,
}

/// <summary>Reward shaping: how close a quantity is to its target, in [0, 1].</summary>
/// <remarks>The form is that of dm_control's tolerance function (Tassa et al. 2018, arXiv 1801.00690).</remarks>
public static class Shaping
{
    /// <summary>
    /// 1 within the bounds, falling to <paramref name="valueAtMargin"/> at a distance of <paramref name="margin"/> outside.
    /// </summary>
    /// <param name="x">The quantity.</param>
    /// <param name="lower">Lower bound, inclusive.</param>
    /// <param name="upper">Upper bound, inclusive.</param>
    /// <param name="margin">Distance, in the unit of x; 0 gives a step.</param>
    /// <param name="falloff">Shape outside the bounds.</param>
    /// <param name="valueAtMargin">Value at the margin, in (0, 1); for linear, cosine and quadratic 0 is allowed.</param>
    /// <exception cref="ArgumentException">Bounds are reversed, the margin is negative or the value is out of range.</exception>
    public static double Tolerance(
        double x, double lower = 0, double upper = 0, double margin = 0, Falloff falloff = Falloff.Gaussian, double valueAtMargin = 0.1)
    {
        if (lower > upper) throw new ArgumentException($"Lower bound {lower} is above upper bound {upper}.", nameof(lower));
        ArgumentOutOfRangeException.ThrowIfNegative(margin);
        if (x >= lower && x <= upper) return 1;
        if (margin == 0) return 0;
        double distance = (x < lower ? lower - x : x - upper) / margin;
        return Fall(distance, valueAtMargin, falloff);
    }

    private static double Fall(double x, double atOne, Falloff falloff)
    {
        bool reachesZero = falloff is Falloff.Cosine or Falloff.Linear or Falloff.Quadratic;
        if (!(atOne < 1) || !(reachesZero ? atOne >= 0 : atOne > 0))
            throw new ArgumentOutOfRangeException(nameof(atOne), atOne,
                $"The value at the margin of {falloff} must be in {(reachesZero ? "[" : "(")}0, 1).");
        switch (falloff)
        {
            case Falloff.Gaussian: return Math.Exp(x * x * Math.Log(atOne));
            case Falloff.Hyperbolic: return 1 / Math.Cosh(x * Math.Acosh(1 / atOne));
            case Falloff.LongTail: return 1 / ((x * x * ((1 / atOne) - 1)) + 1);
            case Falloff.Reciprocal: return 1 / ((Math.Abs(x) * ((1 / atOne) - 1)) + 1);
            case Falloff.Cosine:
                double phase = x * Math.Acos((2 * atOne) - 1) / Math.PI;
                return Math.Abs(phase) < 1 ? (1 + Math.Cos(Math.PI * phase)) / 2 : 0;
            case Falloff.Linear:
                return Math.Max(0, 1 - (Math.Abs(x) * (1 - atOne)));
            case Falloff.Quadratic:
                return Math.Max(0, 1 - (x * x * (1 - atOne)));
            case Falloff.TanhSquared:
                double tanh = Math.Tanh(x * Math.Atanh(Math.Sqrt(1 - atOne)));
                return 1 - (tanh * tanh);
            default: throw new ArgumentOutOfRangeException(nameof(falloff), falloff, "Unknown falloff.");
        }
    }
}
