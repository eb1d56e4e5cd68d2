using System.Diagnostics;
using System.Globalization;
using EmbodiedRL.Core;

namespace EmbodiedRL.Training.Runs;

/// <summary>Lock of a run folder: one process at a time may write to it.</summary>
/// <remarks>
/// The lock is the operating system's, on an open file, and so ends with the process that holds it, however that ends. The file itself
/// stays, since whoever deleted it could delete one that another process has just locked. Who holds the lock stands in a file beside it,
/// because a locked file cannot be read.
/// </remarks>
internal sealed class RunLock : IDisposable
{
    internal const string FileName = ".lock", HolderName = ".lock.holder";
    private const int WouldBlock = 11, WouldBlockOnMac = 35;

    private readonly FileStream _file;
    private readonly string _holder;

    private RunLock(FileStream file, string holder) => (_file, _holder) = (file, holder);

    /// <summary>Takes the lock.</summary>
    /// <param name="folder">Exists.</param>
    /// <exception cref="RunInUseException">Another process has it; names that.</exception>
    /// <exception cref="EmbodiedException">The disk refuses.</exception>
    public static RunLock Take(string folder)
    {
        string path = Path.Combine(folder, FileName), holder = Path.Combine(folder, HolderName);
        try
        {
            var held = new RunLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None), holder);
            AtomicFile.WriteText(holder, Ourselves());
            return held;
        }
        catch (IOException error) when (error.HResult is WouldBlock or WouldBlockOnMac)
        {
            throw new RunInUseException(folder, HolderIn(holder));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw AtomicFile.Refused(path, error);
        }
    }

    /// <summary>Gives the folder free.</summary>
    public void Dispose()
    {
        try
        {
            File.Delete(_holder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It names nobody who holds anything, and the next holder writes over it.
        }

        _file.Dispose();
    }

    private static string Ourselves()
    {
        using var self = Process.GetCurrentProcess();
        string[] words = Environment.GetCommandLineArgs();
        words[0] = Path.GetFileName(words[0]);
        string since = self.StartTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
        return $"process {self.Id} on {Environment.MachineName} ({string.Join(' ', words)}), which began at {since}";
    }

    private static string HolderIn(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "another process";
        }
    }
}
