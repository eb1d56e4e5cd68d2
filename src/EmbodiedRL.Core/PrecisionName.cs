namespace EmbodiedRL.Core;

/// <summary>Precision name: what published models compute in, as settings and commands say it.</summary>
public static class PrecisionName
{
    /// <summary>What a name may be, for messages.</summary>
    public const string Expected = "auto, fp32 or bf16";

    /// <summary>Why a setting's value is none; null if it is one.</summary>
    /// <param name="key">Of the setting.</param>
    /// <param name="name">Its value.</param>
    public static string? Violation(string key, string name) =>
        name is "auto" or "fp32" or "bf16" ? null : $"{key}: expected {Expected}, found '{name}'.";
}
