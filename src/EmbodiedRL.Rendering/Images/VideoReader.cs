using System.Diagnostics;
using System.Globalization;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;

namespace EmbodiedRL.Rendering.Images;

/// <summary>Video reader: decodes frames of a video through ffmpeg.</summary>
public static class VideoReader
{
    private const int LongestHeader = 32, LongestComplaint = 300;
    private const string Expected = "a video that ffmpeg can read";

    /// <summary>
    /// What the video shows at 0, <paramref name="every"/>, 2 <paramref name="every"/>, ... seconds, as long as it lasts.
    /// </summary>
    /// <param name="path">Anything ffmpeg can read.</param>
    /// <param name="every">Seconds between two frames.</param>
    /// <returns>At the video's own size; each is decoded when it is requested, and is the caller's.</returns>
    /// <exception cref="AssetMissingException">There is no such file, or no ffmpeg.</exception>
    /// <exception cref="CorruptFileException">It is no video, or a part of one; what only decoding tells is thrown when the frame that
    /// fails, or the end, is asked for.</exception>
    public static IEnumerable<RgbImage> Read(string path, double every)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(every);
        RegularFile.Require("The video", path, Expected);
        if (WholeVideo.Fault(path) is { } fault) throw new CorruptFileException(path, "a whole video", fault, "Copy or record it again.");
        return Decode(path, every);
    }

    private static IEnumerable<RgbImage> Decode(string path, double every)
    {
        // The filter gives the last frame not later than each instant, if instants are rounded up.
        string rate = $"fps=1/{every.ToString(CultureInfo.InvariantCulture)}:round=up:start_time=0";
        using Process ffmpeg = Ffmpeg.Start("for reading videos,",
            [
                "-loglevel",
                "error",
                "-nostdin",
                "-xerror",
                "-max_pixels",
                ImageFile.PixelsAtMost.ToString(CultureInfo.InvariantCulture),
                "-i",
                $"file:{path}",
                "-vf",
                rate,
                "-pix_fmt",
                "rgb24",
                "-f",
                "image2pipe",
                "-c:v",
                "ppm",
                "pipe:1"
            ],
            writesTo: false);
        Task<string> complaints = ffmpeg.StandardError.ReadToEndAsync();
        bool isEmpty = true;
        try
        {
            using var stream = new BufferedStream(ffmpeg.StandardOutput.BaseStream, 1 << 16);
            for (; Next(stream) is { } image; isEmpty = false) yield return image;
            ffmpeg.WaitForExit();
        }
        finally
        {
            if (!ffmpeg.HasExited) ffmpeg.Kill(); // the caller has stopped reading
        }

        // Of a file that is cut off ffmpeg complains, and ends as if all were well.
        string said = complaints.GetAwaiter().GetResult().ReplaceLineEndings(" ").Trim();
        if (ffmpeg.ExitCode != 0 || isEmpty || said.Length > 0)
            throw new CorruptFileException(path, Expected, said.Length > 0 ? $"'{Shorten(said)}'" : "no frames");
    }

    private static string Shorten(string said) =>
        said.Length <= LongestComplaint ? said : string.Concat(said.AsSpan(0, LongestComplaint), "…");

    /// <summary>One image of the form "P6 WIDTH HEIGHT 255" and its pixels; null at the end.</summary>
    private static RgbImage? Next(BufferedStream stream)
    {
        Span<char> header = stackalloc char[LongestHeader];
        int length = 0;
        for (int spaces = 0; spaces < 4;)
        {
            int read = stream.ReadByte();
            if (read < 0 || length == LongestHeader) return null; // cut off: ffmpeg's exit code says why
            header[length++] = (char)read;
            if (char.IsWhiteSpace((char)read)) spaces++;
        }

        string[] words = new string(header[..length]).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        (int width, int height) = (int.Parse(words[1], CultureInfo.InvariantCulture), int.Parse(words[2], CultureInfo.InvariantCulture));
        byte[] rgb = new byte[checked(width * height * 3)];
        return stream.ReadAtLeast(rgb, rgb.Length, throwOnEndOfStream: false) == rgb.Length ? new RgbImage(rgb, width, height) : null;
    }
}
