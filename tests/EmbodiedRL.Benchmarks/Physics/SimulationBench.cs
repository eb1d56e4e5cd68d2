using System.CommandLine;
using EmbodiedRL.App.Commands;
using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Core;
using EmbodiedRL.Simulation.Native;

namespace EmbodiedRL.Benchmarks.Physics;

/// <summary><c>bench simulation</c>: many environments against <c>mj_step</c> alone.</summary>
internal sealed class SimulationBench : ICommand
{
    private static readonly string[] Usual = ["humanoid", "half-cheetah", "cartpole"];

    public Command Build(CommandServices services)
    {
        var options = new MeasuringOptions(defaultSeconds: 0.3);
        var names = new Option<string[]>("--env")
        {
            Description = "Environments to measure.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => Usual,
        };
        Option<string[]> counts = NumberLists.Option("--envs", "How many environments at once.", 1, 16, 256, 1024);
        Option<string[]> threads = NumberLists.Option("--threads", "Threads that step them.", 1, 2);
        var command = new Command("simulation",
            "Measure stepping environments against a bare loop over mj_step.\n\n"
            + "Counted are physics steps (mj_step), of which a control step makes several. Ours is a whole control step: actions checked "
            + "and turned into controls, physics, kinematics of the state reached, observation, state, reward and poses written. "
            + "The reference sets the same controls from the same starting states and calls mj_step, each thread on environments of its "
            + "own. Nothing is reset, and both end in the same states to the last bit, or the bench fails. "
            + "Where Debian's libmujoco-samples are installed, mujocoTestspeed says what MuJoCo's own speed test reaches on the scene, "
            + "for comparison with other machines.\n\n"
            + "Example: ./embodied bench simulation --env cartpole --envs 256 --threads 1 2 --json simulation.json")
        { names, counts, threads };
        options.AddTo(command);
        command.SetAction(parsed =>
        {
            Effort effort = options.Read(parsed);
            string[] chosen = Array.ConvertAll(parsed.GetRequiredValue(names), FullName);
            (int[] many, int[] wide) = (NumberLists.Read(parsed, counts, 100_000), NumberLists.Read(parsed, threads, 1024));
            string load = Machine.Load();
            List<BenchRow> rows = [];
            foreach (string name in chosen)
            {
                Dictionary<int,
                    double?> tested = wide.Distinct()
                        .ToDictionary(width => width,
                            width => TestSpeed.Measure(Envs.EnvironmentCatalog.SceneOf(name), width, effort, services.Cancel));
                foreach (int count in many)
                    foreach (int width in wide)
                    {
                        services.Error.WriteLine($"{ShortName(name)}, {count} environments, {width} threads ...");
                        using var race = new SteppingRace(name, count, width);
                        rows.Add(race.Run(effort, services.Cancel));
                        if (tested[width] is { } speed) rows[^1].More["mujocoTestspeed"] = speed;
                    }
            }

            return options.Answer(parsed, services, new BenchReport(Machine.Describe(load, ("MuJoCo", MuJoCoLibrary.Version)), rows));
        });
        return command;
    }

    /// <summary>An environment's name without the collection it belongs to: rows keep their names whatever the catalog groups.</summary>
    internal static string ShortName(string name) => name[(name.LastIndexOf('/') + 1)..];

    /// <summary>The name in the catalog; a short one may be given for it.</summary>
    private static string FullName(string name)
    {
        IReadOnlyCollection<string> known = Envs.EnvironmentCatalog.Names;
        string? grouped = known.FirstOrDefault(full => ShortName(full) == name);
        return known.Contains(name) || grouped is null
            ? KnownNames.Require("environment", name, [.. known.Concat(known.Select(ShortName)).Distinct()])
            : grouped;
    }
}
