using EmbodiedRL.Core.Registry;
namespace EmbodiedRL.Core;

/// <summary>Error that a person can act on: what, expected, found, what to do. Its message is shown without a stack trace.</summary>
public class EmbodiedException : Exception
{
    /// <summary>An error with its whole story in one message.</summary>
    public EmbodiedException(string message, Exception? inner = null) : base(message, inner)
    {
    }
}

/// <summary>Spec mismatch: data does not fit the spec it is said to follow.</summary>
public sealed class SpecMismatchException : EmbodiedException
{
    /// <summary>Names the field, what was expected and what was found.</summary>
    public SpecMismatchException(string field, string expected, string found)
        : base($"{field}: expected {expected}, found {found}.")
    {
    }

    /// <summary>Throws if a buffer's length is not what the spec says.</summary>
    public static void ThrowIfLength(string field, int found, int expected)
    {
        if (found != expected) throw new SpecMismatchException(field, $"{expected} values", $"{found}");
    }
}

/// <summary>Unknown name: no catalog holds it; the message offers the nearest ones.</summary>
public sealed class UnknownNameException : EmbodiedException
{
    /// <summary>Names the unknown name, and the three nearest known ones.</summary>
    public UnknownNameException(string kind, string name, IEnumerable<string> known)
        : base(Compose(kind, name, [.. known])) => Name = name;

    /// <summary>The name that was not found.</summary>
    public string Name { get; }

    private static string Compose(string kind, string name, string[] known)
    {
        string[] near = NearestNames.Of(name, known, 3);
        string offer = near.Length > 0 ? $" Did you mean {string.Join(", ", near.Select(n => $"'{n}'"))}?" : "";
        if (known.Length == 0) return $"There is no {kind} '{name}', and none at all is known here.";
        string all = known.Length <= 12 ? $" Known: {string.Join(", ", known.Order(StringComparer.Ordinal))}." : "";
        return $"There is no {kind} '{name}'.{offer}{all}";
    }
}

/// <summary>Invalid settings; lists every violation, not only the first.</summary>
public sealed class SettingsException : EmbodiedException
{
    /// <summary>All violations of one settings source.</summary>
    public SettingsException(string source, IReadOnlyList<string> violations)
        : base($"{source}: {Text(violations)}") => Violations = violations;

    /// <summary>One sentence each.</summary>
    public IReadOnlyList<string> Violations { get; }

    private static string Text(IReadOnlyList<string> violations) =>
        violations.Count == 1 ? violations[0] : $"{violations.Count} problems:\n  " + string.Join("\n  ", violations);
}

/// <summary>Divergence: the simulated state is no longer finite.</summary>
public sealed class PhysicsDivergedException : EmbodiedException
{
    /// <summary>Says which model, which environment and which step.</summary>
    public PhysicsDivergedException(string model, int environment, long step, string what)
        : base($"{model}: environment {environment} diverged at step {step}: {what}. Lower the control gains or the time step.")
    {
    }
}

/// <summary>Non-finite value: a number that must be finite is not.</summary>
public sealed class NonFiniteException : EmbodiedException
{
    /// <summary>Says which quantity and where.</summary>
    public NonFiniteException(string what, string where, string advice = "")
        : base($"{what} is not finite at {where}.{(advice.Length > 0 ? " " + advice : "")}")
    {
    }

    /// <summary>Throws at the first value that is NaN or infinite.</summary>
    public static void ThrowIfAny(ReadOnlySpan<float> values, string what, string advice = "")
    {
        for (int i = 0; i < values.Length; i++)
            if (!float.IsFinite(values[i])) throw new NonFiniteException(what, $"position {i} (value {values[i]})", advice);
    }
}

/// <summary>Missing asset: a required file or native library is missing or unusable.</summary>
public sealed class AssetMissingException : EmbodiedException
{
    /// <summary>Says what is missing, which paths were tried and how to get it.</summary>
    public AssetMissingException(string what, string tried, string remedy, Exception? inner = null)
        : base($"{what} was not found or cannot be used (tried {tried}). {remedy}", inner)
    {
    }
}

/// <summary>Corrupt file: its content is cut off, altered, or of another format.</summary>
public sealed class CorruptFileException : EmbodiedException
{
    /// <summary>Names the file, what was expected, what was found and what to do.</summary>
    public CorruptFileException(string path, string expected, string found, string remedy = "", Exception? inner = null)
        : base($"{path}: expected {expected}, found {found}.{(remedy.Length > 0 ? " " + remedy : "")}", inner)
    {
    }
}
