namespace EmbodiedRL.Models.Hub;

/// <summary>Lock between processes: whoever holds the file open works, the others wait.</summary>
/// <remarks>
/// The lock is the operating system's (flock), as Python's tools of the hub take it on the same files, and ends with its process, however
/// that ends. The file stays, since whoever deleted it could delete one that another process has just locked.
/// </remarks>
internal sealed class FileGuard : IDisposable
{
    private const int WouldBlock = 11, WouldBlockOnMac = 35, SharingViolation = unchecked((int)0x80070020);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly FileStream _file;

    private FileGuard(FileStream file) => _file = file;

    /// <summary>Waits for the lock and takes it.</summary>
    /// <param name="path">Its folder is made if it is missing.</param>
    /// <param name="time">Measures the pauses between attempts.</param>
    /// <param name="isHeld">Called once if another process has it.</param>
    /// <param name="cancel">Ends the waiting.</param>
    public static async Task<FileGuard> TakeAsync(string path, TimeProvider time, Action isHeld, CancellationToken cancel)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        for (bool told = false; ; told = true)
        {
            try
            {
                return new FileGuard(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException error) when (error.HResult is WouldBlock or WouldBlockOnMac or SharingViolation)
            {
                if (!told) isHeld();
            }

            await Task.Delay(Pause, time, cancel);
        }
    }

    /// <summary>Gives it free.</summary>
    public void Dispose() => _file.Dispose();
}
