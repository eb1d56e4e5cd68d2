using EmbodiedRL.App.Commands;

#pragma warning disable RS0030 // Program.cs is the one place that knows the console.
using var interruption = new CancellationTokenSource();
using var signals = new ProcessSignals(interruption);
var services = new CommandServices(Console.Out, Console.Error, TimeProvider.System, interruption)
{
    IsTerminal = !Console.IsErrorRedirected
};
return signals.CodeOf(await CommandLine.RunAsync(args, services));
