using EmbodiedRL.Core;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Encoders.Pretrained;

/// <summary>Precision that a published model computes in.</summary>
public enum Precision
{
    /// <summary>bfloat16 where the machine multiplies it faster, else 32-bit floats.</summary>
    Auto,

    /// <summary>32-bit floats.</summary>
    Fp32,

    /// <summary>bfloat16: a third of the digits, two to four times the speed where the machine has instructions for it.</summary>
    Bf16,
}

/// <summary>Names of <see cref="Precision"/>, and what a machine is best at.</summary>
public static class Precisions
{
    private const string ProcessorFile = "/proc/cpuinfo";

    // x86 by its names, ARM by its own
    private static readonly string[] Flags = ["avx512_bf16", "amx_bf16", "bf16"];

    /// <summary>The precision that settings name.</summary>
    /// <exception cref="SettingsException">It is none.</exception>
    public static Precision Parse(string name, string key = "precision") => name switch
    {
        "auto" => Precision.Auto,
        "fp32" => Precision.Fp32,
        "bf16" => Precision.Bf16,
        _ => throw new SettingsException(key, [PrecisionName.Violation(key, name)!]),
    };

    /// <summary>The type of numbers to compute with.</summary>
    public static ScalarType TypeOn(this Precision precision, Device device) => precision switch
    {
        Precision.Bf16 => ScalarType.BFloat16,
        Precision.Auto when device.type != TorchSharp.DeviceType.CPU || ProcessorHasBf16() => ScalarType.BFloat16,
        _ => ScalarType.Float32,
    };

    /// <summary>Whether this machine's processor multiplies bfloat16 by instructions of its own.</summary>
    public static bool ProcessorHasBf16() => File.Exists(ProcessorFile)
        && HasFlag(File.ReadLines(ProcessorFile));

    /// <summary>Whether the lines that describe a processor name such an instruction.</summary>
    internal static bool HasFlag(IEnumerable<string> lines) => lines
        .Where(line => line.StartsWith("flags", StringComparison.Ordinal) || line.StartsWith("Features", StringComparison.Ordinal))
        .Any(line => line.Split(' ', '\t').Intersect(Flags).Any());
}
