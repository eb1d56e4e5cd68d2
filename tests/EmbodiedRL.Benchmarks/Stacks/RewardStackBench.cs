using System.CommandLine;
using EmbodiedRL.App.Commands;
using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Models;
using EmbodiedRL.Training.Composition;

namespace EmbodiedRL.Benchmarks.Stacks;

/// <summary><c>bench reward-stack</c>: what a reward stack costs without its models, and what sparing the model saves.</summary>
/// <param name="runServices">Environments and models.</param>
internal sealed class RewardStackBench(RunServices runServices) : ICommand
{
    public const string Verb = "reward-stack";

    public Command Build(CommandServices services)
    {
        var measuring = new MeasuringOptions(0.3);
        var steps = new Option<long>("--steps")
        {
            Description = "Steps of each of the two trainings; 0 leaves them out.",
            DefaultValueFactory = _ => FrameSparing.DemoSteps,
        };
        var command = new Command(Verb,
            "Measure a reward stack: what formula, transforms and combinators cost a step, and what scoring every fourth step and no "
            + "unchanged frame saves in the cart-pole demo.\n\n"
            + $"Figure of parts: microseconds a step, in batches of {StackCost.Rows:N0} steps; a row holds below {StackCost.Most} us. "
            + "Figure of frames: steps rewarded by second of drawing and scoring, in a training of the demo; it holds at "
            + $"{FrameSparing.LeastRatio} times those of the plain demo, and its success at {FrameSparing.LeastSuccess} of the plain "
            + "one's.\n\n"
            + $"Exit code 3 if one does not hold.\n\nExample: ./embodied bench {Verb} --json {Verb}.json\n"
            + $"Example: ./embodied bench {Verb} --steps 0")
        { steps };
        measuring.AddTo(command);
        command.SetAction(async parsed =>
        {
            string load = Machine.Load();
            Effort effort = measuring.Read(parsed);
            long asked = parsed.GetValue(steps);
            if (asked is < 0 or > 100_000_000)
                throw new Core.SettingsException(BenchCommand.Verb, [$"--steps: expected 0 to 100000000, found {asked}."]);
            List<BenchRow> rows = [.. StackCost.Measure(effort, services.Cancel)];
            if (asked > 0) rows.AddRange(await new FrameSparing(runServices, services).MeasureAsync(asked));
            return measuring.Answer(parsed, services, new BenchReport(Machine.Describe(load, ("libtorch", TorchRuntime.Version)), rows));
        });
        return command;
    }
}
