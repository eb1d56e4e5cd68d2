namespace EmbodiedRL.Core;

/// <summary>Memory check: whether this machine has the memory that settings ask for, before anything is allocated.</summary>
public static class MemoryRoom
{
    /// <summary>Bytes that this process may have at most.</summary>
    public static long Available => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>Throws if something does not fit.</summary>
    /// <param name="what">What needs memory, with the numbers that make it large.</param>
    /// <param name="values">How many numbers its largest array holds; a product may be as large as it likes.</param>
    /// <param name="bytes">Of all of it.</param>
    /// <param name="advice">What to lower.</param>
    /// <exception cref="SettingsException">It does not fit.</exception>
    public static void Require(string what, double values, double bytes, string advice)
    {
        if (bytes > Available)
            throw Refused(
                $"{what} needs {Math.Ceiling(bytes / (1 << 20)):0} MB of memory, and this machine has {Available >> 20} MB. {advice}");
        if (values > Array.MaxLength)
            throw Refused($"{what} needs {values:0} numbers side by side, and at most {Array.MaxLength} can be. {advice}");
    }

    private static SettingsException Refused(FormattableString message) => new("settings", [FormattableString.Invariant(message)]);
}
