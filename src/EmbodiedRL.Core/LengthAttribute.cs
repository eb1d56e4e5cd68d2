using System.Collections;

namespace EmbodiedRL.Core;

/// <summary>
/// Allowed length of a text in settings, in characters, or of a list, in elements. Read by <see cref="SettingRanges"/>,
/// and by everything that lists settings.
/// </summary>
/// <param name="least">Least length allowed.</param>
/// <param name="most">Greatest length allowed.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class LengthAttribute(int least, int most) : Attribute
{
    /// <summary>The longest path.</summary>
    public const int Path = 4096;

    /// <summary>The longest sentence or formula.</summary>
    public const int Text = 20_000;

    /// <summary>The longest name.</summary>
    public const int Name = 256;

    /// <summary>Least length allowed.</summary>
    public int Least { get; } = least;

    /// <summary>Greatest length allowed.</summary>
    public int Most { get; } = most;

    /// <summary>What is wrong with a text or a list, as <c>expected, found</c>; null if nothing is.</summary>
    internal string? Violation(object value)
    {
        (int length, string unit) = value switch
        {
            string text => (text.Length, "characters"),
            ICollection list => (list.Count, "elements"),
            _ => throw new NotSupportedException($"A value of type {value.GetType()} has no length."),
        };
        return length >= Least && length <= Most ? null : FormattableString.Invariant($"expected {this} {unit}, found {length}.");
    }

    /// <summary>The range for people.</summary>
    public override string ToString() =>
        Least > 0 ? FormattableString.Invariant($"{Least} to {Most}") : FormattableString.Invariant($"at most {Most}");
}
