using System.CommandLine;
using EmbodiedRL.App.Commands;
using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Models;

namespace EmbodiedRL.Benchmarks.Reasoning;

/// <summary><c>bench reasoning</c>: language models that learn, read and write, against figures of other libraries.</summary>
internal sealed class ReasoningBench : ICommand
{
    public Command Build(CommandServices services)
    {
        var options = new MeasuringOptions(defaultSeconds: 1);
        Option<string[]> threads = NumberLists.Option("--threads", "Threads of one tensor operation.", 2);
        Option<int> microbatch = new("--microbatch")
        {
            Description = "Completions that are read at once while learning; 0 takes all.",
        };
        var command = new Command("reasoning",
            "Measure how fast a language model learns from its completions, reads and writes.\n\n"
            + "A step is whole: it samples, scores and learns. References were measured apart, with as many threads.\n\n"
            + "Example: ./embodied bench reasoning --threads 2 --json reasoning.json")
        { threads, microbatch };
        options.AddTo(command);
        command.SetAction(parsed =>
        {
            Effort effort = options.Read(parsed);
            string load = Machine.Load();
            List<BenchRow> rows = [];
            foreach (int width in NumberLists.Read(parsed, threads, 1024))
            {
                TorchRuntime.SetThreads(width);
                services.Error.WriteLine($"{CompletionTraining.Name} ...");
                using var training = new CompletionTraining(parsed.GetValue(microbatch));
                BenchRow row = training.Measure(effort, services.Cancel);
                row.More["threads"] = width;
                rows.Add(row);
                services.Error.WriteLine("smollm2 ...");
                using var decoder = new DecoderSpeed();
                foreach (BenchRow speed in decoder.Measure(effort, width, services.Cancel))
                {
                    speed.More["threads"] = width;
                    rows.Add(speed);
                }
            }

            return options.Answer(parsed, services, new BenchReport(Machine.Describe(load, ("libtorch", TorchRuntime.Version)), rows));
        });
        return command;
    }
}
