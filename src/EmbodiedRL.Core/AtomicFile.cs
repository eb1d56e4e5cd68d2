namespace EmbodiedRL.Core;

/// <summary>Atomic file writes: a file is written wholly or not at all.</summary>
public static class AtomicFile
{
    private const string RunAdvice = "a run goes on with ./embodied resume";

    /// <summary>Writes to a temporary file beside the target, flushes it to the disk, then renames it over the target.</summary>
    /// <param name="path">Replaced in one step; its folder is made if it is missing.</param>
    /// <param name="write">Receives the stream; what it throws leaves the old file as it was.</param>
    /// <param name="advice">What to do if the disk refuses, beside freeing space; one clause.</param>
    /// <exception cref="EmbodiedException">The disk is full or refuses; names the file and what to do.</exception>
    public static void Write(string path, Action<Stream> write, string advice = RunAdvice)
    {
        string full = Path.GetFullPath(path), temporary = $"{full}.{Environment.ProcessId}.{Path.GetRandomFileName()}.tmp";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, full, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Refused(path, error, advice);
        }
        finally
        {
            Forget(temporary);
        }
    }

    /// <summary>The same for a writer that works asynchronously; when it is canceled nothing is left.</summary>
    /// <exception cref="EmbodiedException">The disk is full or refuses; names the file and what to do.</exception>
    public static async Task WriteAsync(string path, Func<Stream, Task> write)
    {
        string full = Path.GetFullPath(path), temporary = $"{full}.{Environment.ProcessId}.{Path.GetRandomFileName()}.tmp";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            await using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.ReadWrite, FileShare.None, bufferSize: 1 << 16))
            {
                await write(stream);
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
            Forget(temporary);
        }
    }

    /// <summary>Writes text in UTF-8.</summary>
    /// <inheritdoc cref="Write"/>
    public static void WriteText(string path, string text, string advice = RunAdvice) => Write(path, stream =>
    {
        using var writer = new StreamWriter(stream, leaveOpen: true);
        writer.Write(text);
    }, advice);

    /// <summary>The error for a file that the disk did not take.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cause">What the system says.</param>
    /// <param name="advice">What to do beside freeing space, one clause.</param>
    public static EmbodiedException Refused(string path, Exception cause, string advice = RunAdvice) => new(
        $"{path} could not be written: {cause.Message.TrimEnd('.')}. What was there before is untouched. "
        + $"Free some space, or choose a folder that may be written to, and try again; {advice}.", cause);

    private static void Forget(string temporary)
    {
        try
        {
            File.Delete(temporary); // no error if it was renamed
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The first error is the one to tell; a leftover of ours is recognized by its .tmp.
        }
    }
}
