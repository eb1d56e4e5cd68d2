using System.Diagnostics;
using System.Globalization;
using EmbodiedRL.Core;

namespace EmbodiedRL.Rendering.Images;

/// <summary>Video writer: encodes frames to an MP4 (H.264, yuv420p) through ffmpeg.</summary>
/// <remarks>
/// Call <see cref="Finish"/> when the last frame is written: only then is it known that the file is whole. Not thread-safe.
/// </remarks>
public sealed class VideoWriter : IDisposable
{
    private readonly string _path;
    private readonly int _frameBytes;
    private readonly Process _ffmpeg;
    private readonly Task<string> _complaints;
    private bool _finished;

    /// <summary>Starts ffmpeg; the folder is made if it is missing.</summary>
    /// <param name="path">Ends in .mp4; overwritten.</param>
    /// <param name="width">Pixels of a frame; odd sizes are padded by one pixel, which H.264 needs.</param>
    /// <param name="height">Pixels of a frame.</param>
    /// <param name="framesPerSecond">Speed of playing.</param>
    /// <exception cref="AssetMissingException">ffmpeg is not installed; names the Debian package.</exception>
    public VideoWriter(string path, int width, int height, double framesPerSecond)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(framesPerSecond);
        _path = path;
        _frameBytes = width * height * 3;
        if (Path.GetDirectoryName(path) is { Length: > 0 } folder) Directory.CreateDirectory(folder);
        _ffmpeg = Ffmpeg.Start("for writing videos,",
        [
            "-loglevel", "error", "-y", "-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", $"{width}x{height}",
            "-framerate", framesPerSecond.ToString(CultureInfo.InvariantCulture), "-i", "pipe:0",
            "-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-crf", "20", "-movflags", "+faststart",
            path,
        ], writesTo: true);
        _complaints = _ffmpeg.StandardError.ReadToEndAsync();
    }

    /// <summary>Adds a frame.</summary>
    /// <param name="rgb">[H, W, 3], row 0 at the top.</param>
    /// <exception cref="EmbodiedException">ffmpeg failed; carries its message.</exception>
    public void Write(ReadOnlySpan<byte> rgb)
    {
        ObjectDisposedException.ThrowIf(_finished, this);
        SpecMismatchException.ThrowIfLength("frame [H, W, 3]", rgb.Length, _frameBytes);
        try
        {
            _ffmpeg.StandardInput.BaseStream.Write(rgb);
        }
        catch (IOException broken)
        {
            throw Failed(broken);
        }
    }

    /// <summary>Waits until the file is whole.</summary>
    /// <exception cref="EmbodiedException">ffmpeg could not write it; carries its message.</exception>
    public void Finish()
    {
        if (_finished) return;
        if (!Close()) throw Failed(null);
    }

    /// <summary>Ends ffmpeg; a file that was not finished holds the frames so far.</summary>
    public void Dispose()
    {
        if (!_finished) Close();
        _ffmpeg.Dispose();
    }

    private bool Close()
    {
        _finished = true;
        try
        {
            _ffmpeg.StandardInput.Close();
        }
        catch (IOException)
        {
            // The pipe broke because ffmpeg ended; its exit code says why.
        }
        _ffmpeg.WaitForExit();
        return _ffmpeg.ExitCode == 0;
    }

    private EmbodiedException Failed(Exception? inner)
    {
        if (!_finished) Close();
        return new EmbodiedException($"{_path}: ffmpeg could not write the video: {_complaints.GetAwaiter().GetResult().Trim()}", inner);
    }
}
