using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.Benchmarks.Measuring;

/// <summary>What a bench ran on and what else ran there, without which its figures mean little.</summary>
internal static class Machine
{
    private const string LoadFile = "/proc/loadavg";

    /// <summary>Processor, versions and the load as it was and is.</summary>
    /// <param name="loadBefore">The load when measuring began, by <see cref="Load"/>.</param>
    /// <param name="parts">Further parts that took part, e.g. the device that draws.</param>
    public static SortedDictionary<string, string> Describe(string loadBefore, params ReadOnlySpan<(string Name, string Value)> parts)
    {
        SortedDictionary<string, string> machine = Versions.OfProcess();
        machine["load before"] = loadBefore;
        machine["load after"] = Load();
        foreach ((string name, string value) in parts) machine[name] = value;
        return machine;
    }

    /// <summary>
    /// How many threads of all programs wanted to run in the last 1, 5 and 15 minutes; "unknown" if the system does not say.
    /// </summary>
    public static string Load() => File.Exists(LoadFile) ? string.Join(" ", File.ReadAllText(LoadFile).Split(' ')[..3]) : "unknown";
}
