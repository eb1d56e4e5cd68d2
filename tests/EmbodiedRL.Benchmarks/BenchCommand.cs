using System.CommandLine;
using EmbodiedRL.App.Commands;
using EmbodiedRL.App.Reporting.Sections;
using EmbodiedRL.Benchmarks.Encoders;
using EmbodiedRL.Benchmarks.Learning;
using EmbodiedRL.Benchmarks.Physics;
using EmbodiedRL.Benchmarks.Pictures;
using EmbodiedRL.Benchmarks.Proofs;
using EmbodiedRL.Benchmarks.Recipes;
using EmbodiedRL.Training;
using EmbodiedRL.Training.Composition;

namespace EmbodiedRL.Benchmarks;

/// <summary><c>bench</c>: the table of contents of what can be measured and proven.</summary>
/// <param name="benches">One for each NAME, in the order that help shows them.</param>
internal sealed class BenchCommand(params IReadOnlyList<ICommand> benches) : ICommand
{
    public const string Verb = "bench";

    public static BenchCommand Shipped { get; } = new(
        new SimulationBench(), new RenderBench(), new ModelsBench(), new LearningBench(), new FollowUpProof(),
        new PerceptualStepsProof(RunServices.Shipped), new ListenerProof(), new GoalBaselineProof(RunServices.Shipped),
        new VlmRmBench(RunServices.Shipped));

    public Command Build(CommandServices services)
    {
        var command = new Command(Verb,
            "Measure this framework against a reference in the same run, or try whether a method does what its paper says.\n\n"
            + "Both sides take turns, and medians are compared. Other work on the machine shows: the load is reported.\n\n"
            + "Example: ./embodied bench simulation --json simulation.json\nExample: ./embodied bench S46");
        foreach (ICommand bench in benches) command.Add(bench.Build(services));
        return command;
    }
}
