using System.ComponentModel;
using System.Diagnostics;
using EmbodiedRL.Core;

namespace EmbodiedRL.Rendering.Images;

/// <summary>The ffmpeg of this machine; the only class that starts it.</summary>
public static class Ffmpeg
{
    /// <summary>Its version as it names itself, e.g. <c>5.1.6-0+deb12u1</c>.</summary>
    /// <exception cref="AssetMissingException">It is not installed; names the Debian package.</exception>
    public static string Version()
    {
        using Process ffmpeg = Start("for videos,", ["-version"], writesTo: false);
        string[] words = ffmpeg.StandardOutput.ReadToEnd().Split(' ', 4);
        ffmpeg.WaitForExit();
        return words.Length > 2 ? words[2] : "unknown";
    }

    /// <summary>Starts it; what it complains of can be read from its standard error.</summary>
    /// <param name="purpose">For the error, e.g. "for writing videos,".</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="writesTo">True to write to its standard input, false to read from its standard output.</param>
    /// <exception cref="AssetMissingException">It is not installed; names the Debian package.</exception>
    internal static Process Start(string purpose, string[] arguments, bool writesTo)
    {
        try
        {
            return Process.Start(new ProcessStartInfo("ffmpeg", arguments)
            {
                RedirectStandardInput = writesTo,
                RedirectStandardOutput = !writesTo,
                RedirectStandardError = true,
            })!;
        }
        catch (Win32Exception missing)
        {
            throw new AssetMissingException($"ffmpeg, {purpose}", "the command search path", "Install it: apt-get install ffmpeg", missing);
        }
    }
}
