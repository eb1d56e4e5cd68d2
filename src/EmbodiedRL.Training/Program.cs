using System.Runtime.InteropServices;
using EmbodiedRL.Training.Commands;

#pragma warning disable RS0030 // Program.cs is the one place that knows the console.
using var interruption = new CancellationTokenSource();
var services = new CommandServices(Console.Out, Console.Error, TimeProvider.System, interruption) { IsTerminal = !Console.IsErrorRedirected };

// The first Ctrl-C asks for a clean stop, the second one means it.
void Stop(PosixSignalContext signal)
{
    signal.Cancel = !interruption.IsCancellationRequested;
    interruption.Cancel();
}

using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
return await CommandLine.RunAsync(args, services);
