using EmbodiedRL.App.Commands;
using EmbodiedRL.Training.Composition;
using Slider;

// Every verb of ./embodied, with one more environment.
RunServices runs = RunServices.Shipped.With("slider", Path.Combine(AppContext.BaseDirectory, "slider.xml"), model => new SliderTask(model));
using var interruption = new CancellationTokenSource();
using var signals = new ProcessSignals(interruption); // Ctrl-C puts a run away
return signals.CodeOf(await CommandLine.RunAsync(args,
    new CommandServices(Console.Out, Console.Error, TimeProvider.System, interruption), CommandCatalog.Of(runs)));
