using System.Globalization;

namespace EmbodiedRL.Core;

/// <summary>
/// Range of a number in settings; in a list, of each of its numbers. Read by <see cref="SettingRanges"/>,
/// and by everything that lists settings.
/// </summary>
/// <param name="least">Least value allowed.</param>
/// <param name="most">Greatest value allowed.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class RangeAttribute(double least, double most) : Attribute
{
    /// <summary>Least value allowed, unless <see cref="IsAboveLeast"/>.</summary>
    public double Least { get; } = least;

    /// <summary>Greatest value allowed, unless <see cref="IsBelowMost"/>.</summary>
    public double Most { get; } = most;

    /// <summary>Whether the least value itself is excluded.</summary>
    public bool IsAboveLeast { get; init; }

    /// <summary>Whether the greatest value itself is excluded.</summary>
    public bool IsBelowMost { get; init; }

    /// <summary>
    /// What 0 stands for where it is allowed beside the range, e.g. <c>all cores</c>; empty where it stands for nothing else.
    /// </summary>
    public string Zero { get; init; } = "";

    /// <summary>Whether a value is allowed; NaN never is.</summary>
    public bool Allows(double value) => (Zero.Length > 0 && value == 0)
        || ((IsAboveLeast ? value > Least : value >= Least) && (IsBelowMost ? value < Most : value <= Most));

    /// <summary>The range for people, e.g. <c>0 (all cores) or 1 to 1024</c>.</summary>
    public override string ToString()
    {
        string range = (IsAboveLeast, IsBelowMost) switch
        {
            (false, false) => $"{Text(Least)} to {Text(Most)}",
            (true, false) => $"more than {Text(Least)} and at most {Text(Most)}",
            (false, true) => $"at least {Text(Least)} and less than {Text(Most)}",
            _ => $"more than {Text(Least)} and less than {Text(Most)}",
        };
        return Zero.Length > 0 ? $"0 ({Zero}) or {range}" : range;
    }

    private static string Text(double bound) =>
        bound.ToString(Math.Abs(bound) is < 1e13 and >= 1e-4 or 0 ? "0.####" : "R", CultureInfo.InvariantCulture);
}
