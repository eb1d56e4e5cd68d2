using System.CommandLine;
using EmbodiedRL.App.Commands;
using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Models;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary>
/// <c>bench S32</c>: listener reward in small. Does a policy whose reasoning must convince a second model contradict itself less?
/// </summary>
/// <remarks>
/// arXiv 2506.22832. Which of two drawn scenes has the cube nearer the goal? A policy of one perceptron says a distance word for each scene
/// and then answers. It begins as one who imitates people with careless words, and learns by group-relative policy gradients from
/// r_fmt + 0.5 r_acc, with or without 0.5 r_list. The listener is a perceptron that was trained on true words and is frozen; it reads
/// the words alone, through the same reward as any run's. Judged on camera angles that neither policy ever trained on.
/// </remarks>
internal sealed class ListenerProof : ICommand
{
    private const int Seeds = 3;

    public Command Build(CommandServices services)
    {
        var json = new Measuring.JsonFile();
        var seeds = new ProofSeed();
        var command = new Command("S32",
            "Prove the listener reward: reasoning that must convince a second model agrees with its answer.\n\n"
            + "Figure: share of answers on held-out camera angles that contradict the frozen listener's choice after the policy's own "
            + "words, mean over 3 seeds. Reference: the same policy trained without the listener's term. It holds if the figure is lower "
            + "for every seed at equal or better mean accuracy. The listener is a small classifier trained in this run, and the scenes "
            + "are drawn by this bench.\n\nExit code 3 if it does not hold.\n\nExample: ./embodied bench S32 --json S32.json");
        json.AddTo(command);
        seeds.AddTo(command);
        command.SetAction(async (parsed, _) =>
        {
            string load = Machine.Load();
            TorchRuntime.SetThreads(1); // the same figures however many cores there are
            var with = new List<ListenerOutcome>();
            var without = new List<ListenerOutcome>();
            foreach (ulong seed in seeds.Read(parsed, Seeds))
            {
                using var world = new ListenerWorld(seed);
                with.Add(await world.TrainAsync(0.5f, services.Cancel));
                without.Add(await world.TrainAsync(0, services.Cancel));
            }

            double figure = with.Average(run => run.Contradictions), reference = without.Average(run => run.Contradictions);
            double accuracy = with.Average(run => run.Accuracy), plain = without.Average(run => run.Accuracy);
            var row = new BenchRow("S32/proof", figure, "share of answers", "the same rewards without the listener's term", reference)
            {
                Holds = with.Zip(without).All(pair => pair.First.Contradictions < pair.Second.Contradictions) && accuracy >= plain,
                More =
                {
                    ["model"] = "a classifier of words, trained in this run",
                    ["accuracy"] = accuracy,
                    ["accuracyReference"] = plain,
                    ["contradictionsBefore"] = with.Average(run => run.Before),
                    ["accuracyBefore"] = with.Average(run => run.AccuracyBefore),
                    ["leastGain"] = with.Zip(without).Min(pair => pair.Second.Contradictions - pair.First.Contradictions),
                },
            };
            return json.Answer(parsed, services, new BenchReport(Machine.Describe(load, ("libtorch", TorchRuntime.Version)), [row]));
        });
        return command;
    }
}
