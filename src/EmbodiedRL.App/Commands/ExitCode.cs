using EmbodiedRL.Core;
using EmbodiedRL.Training.Evaluation;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.App.Commands;

/// <summary>Exit codes of commands.</summary>
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

    /// <summary>SIGTERM, e.g. of a batch system; what was begun can be resumed.</summary>
    public const int Terminated = 143;

    /// <summary>SIGHUP: the terminal has gone; what was begun can be resumed.</summary>
    public const int HungUp = 129;

    /// <summary>The code that an error ends a command with.</summary>
    public static int Of(Exception error) => error switch
    {
        SettingsException or UnknownNameException or AssetMissingException or CorruptFileException or SpecMismatchException
            or RunInUseException or RewardRefusedException => BadInput,
        OperationCanceledException => Interrupted,
        _ => Failed,
    };
}
