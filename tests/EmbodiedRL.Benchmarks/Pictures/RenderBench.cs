using System.CommandLine;
using EmbodiedRL.App.Commands;
using EmbodiedRL.App.Reporting.Sections;
using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Core;
using EmbodiedRL.Simulation.Native;

namespace EmbodiedRL.Benchmarks.Pictures;

/// <summary><c>bench render</c>: pictures of many environments at once against MuJoCo's own renderer.</summary>
internal sealed class RenderBench : ICommand
{
    /// <summary>What is measured unless told otherwise.</summary>
    private static readonly DrawingCase[] Usual =
    [
        .. new[] { 64, 128, 224 }.SelectMany(size => Enum.GetValues<Look>().Select(look => new DrawingCase("humanoid", size, look))),
        new("humanoid-track", 64, Look.Plain), new("humanoid-track", 224, Look.Plain), new("mesh", 64, Look.Plain),
        new("cartpole", 64, Look.Plain), new("cartpole", 128, Look.Plain), new("cartpole", 224, Look.Plain),
    ];

    public Command Build(CommandServices services)
    {
        var options = new MeasuringOptions(defaultSeconds: 1);
        var rows = new Option<string[]>("--rows")
        {
            Description = $"Rows to measure. Default: {string.Join(' ', Usual.Select(one => one.Name))}.",
            AllowMultipleArgumentsPerToken = true
        };
        var count = new Option<int>("--envs") { Description = "Environments that are drawn at once.", DefaultValueFactory = _ => 1024 };
        var gallery = new Option<string>("--gallery")
        {
            Description = "Write MuJoCo's pictures, ours and the difference of each row to this folder, and measure nothing.",
            HelpName = "DIR"
        };
        var growth = new Option<bool>("--growth")
        {
            Description = "Measure instead how the cost grows from 1 to 1,024 environments and from 32x32 to 512x512 pixels."
        };
        var command = new Command("render",
            "Measure drawing environments against MuJoCo's own renderer.\n\n"
            + "Counted are pictures that have arrived in memory, every one of a state that has moved since the last. Ours draws all "
            + "environments by one call. The reference is mjv_updateScene, mjr_render and mjr_readPixels for one state after another, "
            + "same states, camera, size and flags, in an EGL context of its own on the same driver. Where bodies are is computed "
            + "beforehand for both.\n\n"
            + "Example: ./embodied bench render --rows cartpole/64x64/plain --json render.json")
        { rows, count, gallery, growth };
        options.AddTo(command);
        command.SetAction(parsed =>
        {
            Effort effort = options.Read(parsed);
            int many = parsed.GetValue(count);
            if (many is < 1 or > 100_000) throw new SettingsException(BenchCommand.Verb, [$"--envs: expected 1 to 100000, found {many}."]);
            string[] asked = parsed.GetValue(rows) is { Length: > 0 } named ? named : [.. Usual.Select(one => one.Name)];
            foreach (string name in asked) KnownNames.Require("row", name, [.. Usual.Select(one => one.Name)]);
            string load = Machine.Load(), device = "";
            List<BenchRow> measured = [];
            if (parsed.GetValue(growth))
            {
                measured.AddRange(DrawingGrowth.Measure("humanoid", effort,
                    name => services.Error.WriteLine($"{name} ..."), services.Cancel));
                return options.Answer(parsed, services, new BenchReport(Machine.Describe(load), measured));
            }

            foreach (DrawingCase one in Usual.Where(one => asked.Contains(one.Name)))
            {
                services.Error.WriteLine($"{one.Name} ...");
                using var race = new DrawingRace(one, many, effort.Seconds);
                if (parsed.GetValue(gallery) is { } folder) race.WriteGallery(folder);
                else measured.Add(race.Run(effort.Repeats, services.Cancel));
                device = race.Device;
            }

            return options.Answer(parsed, services,
                new BenchReport(Machine.Describe(load, ("MuJoCo", MuJoCoLibrary.Version), ("GL", device)), measured));
        });
        return command;
    }
}
