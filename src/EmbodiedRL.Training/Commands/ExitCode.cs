using EmbodiedRL.Core;

namespace EmbodiedRL.Training.Commands;

/// <summary>What a command's exit code says to scripts.</summary>
public static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>Tried and failed.</summary>
    public const int Failed = 1;

    /// <summary>The usage, the settings or an input is wrong: nothing was begun.</summary>
    public const int BadInput = 2;

    /// <summary>A proof or check ran and did not hold.</summary>
    public const int DidNotHold = 3;

    /// <summary>Ctrl-C; what was begun can be resumed.</summary>
    public const int Interrupted = 130;

    /// <summary>The code that an error ends a command with.</summary>
    public static int Of(Exception error) => error switch
    {
        SettingsException or UnknownNameException or AssetMissingException or CorruptFileException or SpecMismatchException => BadInput,
        OperationCanceledException => Interrupted,
        _ => Failed,
    };
}
