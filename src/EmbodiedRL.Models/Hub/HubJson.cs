using System.Text.Encodings.Web;
using System.Text.Json;
using EmbodiedRL.Core;

namespace EmbodiedRL.Models.Hub;

/// <summary>How the files of this folder are read and written.</summary>
internal static class HubJson
{
    private const string Advice = $"HF_HOME and {HubSettings.LockVariable} name others, and what has arrived is kept";

    /// <summary>Names in camelCase, indented.</summary>
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NewLine = "\n",
        RespectNullableAnnotations = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes a file wholly or not at all.</summary>
    /// <exception cref="EmbodiedException">The disk refuses.</exception>
    public static void WriteText(string path, string text) => AtomicFile.WriteText(path, text, Advice);

    /// <summary>The error for a file that the disk did not take.</summary>
    public static EmbodiedException Refused(string path, Exception cause) => AtomicFile.Refused(path, cause, Advice);
}
