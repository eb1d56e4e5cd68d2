using System.Text.Encodings.Web;
using System.Text.Json;
using EmbodiedRL.Core;

namespace EmbodiedRL.Models.Hub;

/// <summary>How the files of this folder are read and written.</summary>
internal static class HubJson
{
    /// <summary>Names in camelCase, indented.</summary>
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NewLine = "\n",
        RespectNullableAnnotations = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes a file wholly or not at all: beside it first, then over it.</summary>
    /// <exception cref="EmbodiedException">The disk refuses.</exception>
    public static void WriteText(string path, string text)
    {
        string full = Path.GetFullPath(path), temporary = $"{full}.{Environment.ProcessId}.{Path.GetRandomFileName()}.tmp";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                using (var writer = new StreamWriter(stream, leaveOpen: true)) writer.Write(text);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, full, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Refused(path, error);
        }
        finally
        {
            if (File.Exists(temporary)) File.Delete(temporary);
        }
    }

    /// <summary>The error for a file that the disk did not take.</summary>
    public static EmbodiedException Refused(string path, Exception cause) => new(
        $"{path} could not be written: {cause.Message.TrimEnd('.')}. Free some space, or choose a folder that may be written to (HF_HOME, "
        + $"{HubSettings.LockVariable}), and try again: what has arrived is kept.", cause);
}
