using EmbodiedRL.Core;

namespace EmbodiedRL.Training.Runs;

/// <summary>Staged folder: files are written beside a folder and moved into it together when all are complete.</summary>
public sealed class StagedFolder : IDisposable
{
    private readonly string _target;

    /// <summary>Makes the place beside the folder, so that a disk that refuses is known before the work is done.</summary>
    /// <param name="target">Need not be there yet.</param>
    /// <exception cref="EmbodiedException">The disk refuses; names the folder.</exception>
    public StagedFolder(string target)
    {
        _target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(target));
        Staging = $"{_target}.{Environment.ProcessId}.tmp";
        try
        {
            Directory.CreateDirectory(Staging);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw AtomicFile.Refused(target, error);
        }
    }

    /// <summary>Where the files are made.</summary>
    public string Staging { get; }

    /// <summary>Moves every file into the folder, over those of the same names.</summary>
    /// <exception cref="EmbodiedException">The disk refuses; names the folder.</exception>
    public void Publish()
    {
        try
        {
            Directory.CreateDirectory(_target);
            foreach (string file in Directory.GetFiles(Staging))
                File.Move(file, Path.Combine(_target, Path.GetFileName(file)), overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw AtomicFile.Refused(_target, error);
        }
    }

    /// <summary>Removes what was not published.</summary>
    public void Dispose() => Directory.Delete(Staging, recursive: true);
}
