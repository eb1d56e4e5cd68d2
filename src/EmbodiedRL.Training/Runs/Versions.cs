using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;

namespace EmbodiedRL.Training.Runs;

/// <summary>Versions that a run was made with, for <c>summary.json</c> and the report. Reading them loads nothing native.</summary>
public static class Versions
{
    /// <summary>What is known without touching a native library: framework, .NET, TorchSharp, operating system, processor.</summary>
    public static SortedDictionary<string, string> OfProcess() => new(StringComparer.Ordinal)
    {
        ["embodied"] = Of(typeof(Versions).Assembly),
        [".NET"] = Environment.Version.ToString(),
        ["TorchSharp"] = Of(Assembly.Load("TorchSharp")),
        ["OS"] = $"{RuntimeInformation.OSDescription} {RuntimeInformation.OSArchitecture}",
        ["CPU"] = Processor(),
        ["CPUs"] = Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>The version a package was released as, without the commit behind the plus sign.</summary>
    private static string Of(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]
            ?? assembly.GetName().Version?.ToString() ?? "unknown";

    private static string Processor()
    {
        const string file = "/proc/cpuinfo", key = "model name";
        string? line = File.Exists(file)
            ? File.ReadLines(file).FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal))
            : null;
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
