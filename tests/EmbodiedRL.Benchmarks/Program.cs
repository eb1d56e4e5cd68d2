using System.Runtime.InteropServices;
using EmbodiedRL.App.Commands;
using EmbodiedRL.Benchmarks;

using var interruption = new CancellationTokenSource();
var services = new CommandServices(Console.Out, Console.Error, TimeProvider.System, interruption)
{
    IsTerminal = !Console.IsErrorRedirected
};

// The first Ctrl-C ends between two measurements, the second one at once.
void Stop(PosixSignalContext signal)
{
    signal.Cancel = !interruption.IsCancellationRequested;
    interruption.Cancel();
}

using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
return await CommandLine.RunAsync([BenchCommand.Verb, .. args], services, [BenchCommand.Shipped]);
