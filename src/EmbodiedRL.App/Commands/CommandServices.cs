using EmbodiedRL.Rendering;

namespace EmbodiedRL.App.Commands;

/// <summary>Services of a command: output, cancellation and clock, instead of statics.</summary>
/// <param name="Output">Answers, i.e. stdout.</param>
/// <param name="Error">Progress, warnings and errors, i.e. stderr.</param>
/// <param name="Time">The clock.</param>
/// <param name="Interruption">Canceled by Ctrl-C; a command finishes its step, saves and stops.</param>
public sealed record CommandServices(TextWriter Output, TextWriter Error, TimeProvider Time, CancellationTokenSource Interruption)
{
    /// <summary>Whether somebody watches <see cref="Error"/>: progress is then redrawn in place.</summary>
    public bool IsTerminal { get; init; }

    private bool _hasToldDrawing;

    /// <summary>Says that the processor draws, if it does and nobody has said so yet.</summary>
    public void TellDrawing(DrawingDevice device)
    {
        if (_hasToldDrawing || !device.IsSoftware) return;
        _hasToldDrawing = true;
        Error.WriteLine($"Drawn by the processor ({device.Name}): there is no GPU that draws.");
    }

    /// <summary>The token of <see cref="Interruption"/>.</summary>
    public CancellationToken Cancel => Interruption.Token;
}
