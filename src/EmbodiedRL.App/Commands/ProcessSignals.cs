using System.Globalization;
using System.Runtime.InteropServices;

namespace EmbodiedRL.App.Commands;

/// <summary>
/// Process signals: Ctrl-C, SIGTERM and SIGHUP request a clean stop with a checkpoint. A second signal ends the process at once.
/// </summary>
/// <remarks>A signal that the process was started to ignore, as by nohup, stays ignored.</remarks>
public sealed class ProcessSignals : IDisposable
{
    private const int Hangup = 1, Interrupt = 2, Terminate = 15;

    private readonly CancellationTokenSource _interruption;
    private readonly List<PosixSignalRegistration> _registrations = [];
    private volatile int _code = ExitCode.Interrupted;

    /// <summary>Listens from here on.</summary>
    /// <param name="interruption">Canceled by the first signal. Lent.</param>
    public ProcessSignals(CancellationTokenSource interruption)
    {
        _interruption = interruption;
        ulong ignored = Ignored();
        foreach ((PosixSignal signal,
            int number) in new[] { (PosixSignal.SIGINT, Interrupt), (PosixSignal.SIGTERM, Terminate), (PosixSignal.SIGHUP, Hangup) })
            if ((ignored & (1UL << (number - 1))) == 0) _registrations.Add(PosixSignalRegistration.Create(signal, Stop));
    }

    /// <summary>The exit code of a command, given what it returned: one that was interrupted says by what.</summary>
    public int CodeOf(int code) => code == ExitCode.Interrupted ? _code : code;

    /// <summary>Listens no longer.</summary>
    public void Dispose() => _registrations.ForEach(registration => registration.Dispose());

    private void Stop(PosixSignalContext signal)
    {
        signal.Cancel = !_interruption.IsCancellationRequested;
        if (!signal.Cancel) return;
        _code = signal.Signal switch
        {
            PosixSignal.SIGTERM => ExitCode.Terminated,
            PosixSignal.SIGHUP => ExitCode.HungUp,
            _ => ExitCode.Interrupted,
        };
        _interruption.Cancel();
    }

    /// <summary>Signals that are ignored, as bits; none where nobody says.</summary>
    private static ulong Ignored()
    {
        const string file = "/proc/self/status", key = "SigIgn:";
        string? line = File.Exists(file)
            ? File.ReadLines(file).FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal))
            : null;
        return ulong.TryParse(line.AsSpan(line is null ? 0 : key.Length).Trim(), NumberStyles.HexNumber,
            CultureInfo.InvariantCulture, out ulong bits)
            ? bits
            : 0;
    }
}
