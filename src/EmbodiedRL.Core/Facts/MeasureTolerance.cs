using System.Globalization;

namespace EmbodiedRL.Core.Facts;

/// <summary>Condition of a success measure with its tolerance scaled; at scale 1 it is the measure's own.</summary>
/// <param name="state">[S].</param>
/// <param name="scale">Above 0: 0.5 asks for twice as near (or as much), 2 for half.</param>
public delegate bool ScaledCondition(ReadOnlySpan<float> state, double scale);

/// <summary>
/// How far a success measure lets a state be from what is asked for, so that success can be counted more and less strictly too.
/// </summary>
/// <param name="Holds">The condition; whatever it holds for at one scale it holds for at any larger one.</param>
/// <param name="Value">The tolerance at scale 1, in <paramref name="Unit"/>, for people.</param>
/// <param name="Unit">E.g. <c>degrees</c>; empty if dimensionless.</param>
/// <param name="IsLeast">Whether the value is the least that counts, such as a speed, instead of the greatest deviation.</param>
public sealed record MeasureTolerance(ScaledCondition Holds, double Value, string Unit, bool IsLeast = false)
{
    /// <summary>Scale that asks for twice as much as the measure does.</summary>
    public const double Strict = 0.5;

    /// <summary>Scale that asks for half as much.</summary>
    public const double Loose = 2;

    /// <summary>The tolerance at a scale, e.g. <c>within 7.5 degrees</c> or <c>at least 4 m/s</c>.</summary>
    public string Words(double scale) => string.Create(CultureInfo.InvariantCulture,
        $"{(IsLeast ? "at least" : "within")} {(IsLeast ? Value / scale : Value * scale):0.####} {Unit}").TrimEnd();
}
