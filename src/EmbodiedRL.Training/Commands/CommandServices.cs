namespace EmbodiedRL.Training.Commands;

/// <summary>What every command is given instead of reaching for statics.</summary>
/// <param name="Output">Answers, i.e. stdout.</param>
/// <param name="Error">Progress, warnings and errors, i.e. stderr.</param>
/// <param name="Time">The clock.</param>
/// <param name="Interruption">Cancelled by Ctrl-C; a command finishes its step, saves and stops.</param>
public sealed record CommandServices(TextWriter Output, TextWriter Error, TimeProvider Time, CancellationTokenSource Interruption)
{
    /// <summary>Whether somebody watches <see cref="Error"/>: progress is then redrawn in place.</summary>
    public bool IsTerminal { get; init; }

    /// <summary>The token of <see cref="Interruption"/>.</summary>
    public CancellationToken Cancel => Interruption.Token;
}
