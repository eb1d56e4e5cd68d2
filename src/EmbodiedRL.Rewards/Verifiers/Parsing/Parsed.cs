using System.Diagnostics.CodeAnalysis;

namespace EmbodiedRL.Rewards.Verifiers.Parsing;

/// <summary>Outcome of a parser: a value, or the reason why there is none.</summary>
/// <typeparam name="T">What is parsed.</typeparam>
public readonly struct Parsed<T> where T : notnull
{
    private readonly string? _reason;

    private Parsed(T? value, string? reason, bool isFound) => (Value, _reason, IsFound) = (value, reason, isFound);

    /// <summary>Whether there is a value.</summary>
    [MemberNotNullWhen(true, nameof(Value))]
    public bool IsFound { get; }

    /// <summary>The value; default where there is none.</summary>
    public T? Value { get; }

    /// <summary>Why there is none, e.g. <c>no &lt;answer&gt;</c>; empty where there is one.</summary>
    public string Reason => IsFound ? "" : _reason ?? "nothing was parsed";

    /// <summary>A value.</summary>
    public static Parsed<T> Of(T value) => new(value, null, true);

    /// <summary>None, and why.</summary>
    public static Parsed<T> None(string reason) => new(default, reason, false);
}
