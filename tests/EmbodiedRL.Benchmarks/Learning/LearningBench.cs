using System.CommandLine;
using EmbodiedRL.App.Commands;
using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Models;

namespace EmbodiedRL.Benchmarks.Learning;

/// <summary><c>bench learning</c>: the hand-written passes of small networks against automatic differentiation.</summary>
internal sealed class LearningBench : ICommand
{
    /// <summary>
    /// Networks and minibatches: a policy of a locomotion task at the usual size, the same in large minibatches, and a wide one.
    /// </summary>
    private static readonly (int[] Sizes, int Rows)[] Cases = [([17, 64, 64, 6], 64), ([17, 64, 64, 6], 2048), ([348, 256, 256, 17], 256)];

    public Command Build(CommandServices services)
    {
        var options = new MeasuringOptions(defaultSeconds: 0.5);
        Option<string[]> threads = NumberLists.Option("--threads", "Threads of one tensor operation.", 1);
        var command = new Command("learning",
            "Measure the forward and backward pass of a perceptron that policies are trained with against automatic differentiation.\n\n"
            + "Both read the same minibatch and derivatives by the outputs, and write the same gradients into the same vector (checked). "
            + "The reference is the module of the same weights.\n\n"
            + "Example: ./embodied bench learning --threads 1 --json learning.json")
        { threads };
        options.AddTo(command);
        command.SetAction(parsed =>
        {
            Effort effort = options.Read(parsed);
            int[] wide = NumberLists.Read(parsed, threads, 1024);
            string load = Machine.Load();
            List<BenchRow> rows = [];
            foreach (int width in wide)
            {
                TorchRuntime.SetThreads(width);
                foreach ((int[] sizes, int count) in Cases)
                {
                    string name = $"mlp/{string.Join('-', sizes)}/batch={count}/threads={width}";
                    services.Error.WriteLine($"{name} ...");
                    using var race = new PerceptronRace(sizes, count);
                    rows.Add(race.Measure(name, effort, services.Cancel));
                }
            }

            return options.Answer(parsed, services, new BenchReport(Machine.Describe(load, ("libtorch", TorchRuntime.Version)), rows));
        });
        return command;
    }
}
