using System.Globalization;

namespace EmbodiedRL.Core;

/// <summary>Device name: where tensors live, as settings and commands say it.</summary>
public static class DeviceName
{
    /// <summary>What a name may be, for messages.</summary>
    public const string Expected = "auto, cpu or cuda:N";

    /// <summary>Whether a name is well formed; whether there is such a GPU is for the tensor library to say.</summary>
    public static bool IsValid(string name) => name is "auto" or "cpu" || TryParseGpu(name, out _);

    /// <summary>The index of <c>cuda:N</c>.</summary>
    public static bool TryParseGpu(string name, out int index)
    {
        index = 0;
        return name.StartsWith("cuda:", StringComparison.Ordinal)
            && int.TryParse(name.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out index);
    }

    /// <summary>Why a setting's value is none; null if it is one.</summary>
    /// <param name="key">Of the setting.</param>
    /// <param name="name">Its value.</param>
    public static string? Violation(string key, string name) => IsValid(name) ? null : $"{key}: expected {Expected}, found '{name}'.";
}
