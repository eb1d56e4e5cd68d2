using System.CommandLine;
using EmbodiedRL.App.Commands;
using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Models;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary><c>bench S18</c>: follow-up likelihood in small. Does what a user may say next tell right answers from wrong ones?</summary>
/// <remarks>
/// arXiv 2409.13948. A small language model learns simulated dialogues, in which assistants are right half of the time and users react,
/// now and then wrongly, to what they are told. It then scores replies that it has never seen to these questions by its likelihood of
/// pleased and displeased sentences, and pairs mined by that score train its own replies (DPO).
/// </remarks>
internal sealed class FollowUpProof : ICommand
{
    private const int Seeds = 1;
    private const double Asked = 0.85;

    public Command Build(CommandServices services)
    {
        var json = new Measuring.JsonFile();
        var seeds = new ProofSeed();
        var command = new Command("S18",
            "Prove follow-up likelihood as reward: the likelihood of a pleased user tells right replies from wrong ones.\n\n"
            + "Figure: AUROC of the reward over right and wrong replies in held-out pairs of question and reply, on one seed. Reference: "
            + "the same of the likelihood of the reply itself. It holds if the figure is at least 0.85 and above the reference and "
            + "above the AUROC of the reply's length, and DPO on the pairs that the reward mines lifts the share of right replies that are "
            + "sampled. The language model is trained in this run on simulated dialogues.\n\n"
            + "Exit code 3 if it does not hold.\n\nExample: ./embodied bench S18 --json S18.json");
        json.AddTo(command);
        seeds.AddTo(command);
        command.SetAction(async (parsed, _) =>
        {
            string load = Machine.Load();
            TorchRuntime.SetThreads(1); // the same figures however many cores there are
            var runs = new List<DialogueOutcome>();
            foreach (ulong seed in seeds.Read(parsed, Seeds))
            {
                using var world = new DialogueWorld(seed);
                runs.Add(await world.ProveAsync(services.Cancel));
            }

            double figure = runs.Average(run => run.Follow), reference = runs.Average(run => run.Reply);
            var row = new BenchRow("S18/proof", figure, "AUROC", "the likelihood of the reply itself", reference)
            {
                Holds = runs.TrueForAll(run => run.Follow >= Asked && run.Follow > run.Reply && run.Follow > run.Length
                    && run.Trained > run.Base),
                More =
                {
                    ["model"] = $"a recurrent language model of {DialogueWorld.Weights} weights, trained in this run",
                    ["length"] = runs.Average(run => run.Length),
                    ["leastAuroc"] = runs.Min(run => run.Follow),
                    ["rightReplies"] = runs.Average(run => run.Base),
                    ["rightRepliesAfterDpo"] = runs.Average(run => run.Trained),
                    ["minedPairs"] = runs.Average(run => (double)run.Pairs),
                    ["minedPairsRight"] = runs.Average(run => run.PairsRight),
                },
            };
            return json.Answer(parsed, services, new BenchReport(Machine.Describe(load, ("libtorch", TorchRuntime.Version)), [row]));
        });
        return command;
    }
}
