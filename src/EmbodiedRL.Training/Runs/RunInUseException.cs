using EmbodiedRL.Core;

namespace EmbodiedRL.Training.Runs;

/// <summary>Run in use: another process writes to the folder.</summary>
public sealed class RunInUseException : EmbodiedException
{
    /// <summary>Names the folder and who holds it.</summary>
    /// <param name="folder">That was asked for.</param>
    /// <param name="holder">Process, command and since when, in words.</param>
    public RunInUseException(string folder, string holder)
        : base($"'{folder}' is in use by {holder}. Wait until it has ended, stop it, or name another folder.")
    {
    }
}
