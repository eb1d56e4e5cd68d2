using System.CommandLine;
using EmbodiedRL.App.Commands;
using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Models;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Training.Composition;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary>
/// <c>bench S23</c>: stepwise perceptual rewards in small. Do a few demonstrations without labels make a reward that opens a drawer?
/// </summary>
/// <remarks>
/// arXiv 1612.06699. A hand hooks behind the handle of a drawer and pulls it out; five scripted demonstrations are seen as pixels through
/// the frozen features of a model that never saw this scene. The cross-entropy method searches for three waypoints.
/// </remarks>
/// <param name="runServices">Models.</param>
internal sealed class PerceptualStepsProof(RunServices runServices) : ICommand
{
    private const int Seeds = 3;

    public Command Build(CommandServices services)
    {
        var json = new Measuring.JsonFile();
        var seeds = new ProofSeed();
        var command = new Command("S23",
            "Prove stepwise perceptual rewards: steps found in a few demonstrations, without labels, make a reward that opens a drawer.\n\n"
            + "Figure: rounds of the cross-entropy method until its mean plan opens the drawer, mean over 3 seeds. Reference: the same by "
            + "the last step's classifier alone. It holds if borders lie on average within 10% of a demonstration's length of the true "
            + "ones, the reward's rank correlation with true progress on held-out runs is at least 0.8, the drawer is opened for every "
            + "seed, and the figure is lower than the reference's; a search that never opens it counts one round more than it has. The "
            + "features "
            + "are those of scene-clip, which never saw a drawer.\n\nExit code 3 if it does not hold.\n\n"
            + "Example: ./embodied bench S23 --json S23.json");
        json.AddTo(command);
        seeds.AddTo(command);
        command.SetAction(async (parsed, _) =>
        {
            string load = Machine.Load();
            TorchRuntime.SetThreads(1); // the same figures however many cores there are
            ulong[] tried = seeds.Read(parsed, Seeds);
            using IImageTextModel model = runServices.Model(SceneClip.CatalogName, TorchRuntime.ParseDevice("cpu"));
            BenchRow row = await RowAsync("S23/proof", model, tried, services.Cancel);
            return json.Answer(parsed, services, new BenchReport(Machine.Describe(load, ("libtorch", TorchRuntime.Version)), [row]));
        });
        return command;
    }

    private static async Task<BenchRow> RowAsync(string name, IImageTextModel model, ulong[] seeds, CancellationToken cancel)
    {
        using var world = new DrawerWorld(model);
        var runs = new List<DrawerOutcome>();
        foreach (ulong seed in seeds) runs.Add(await world.ProveAsync(seed, cancel));
        double figure = runs.Average(run => (double)run.Rounds), reference = runs.Average(run => (double)run.RoundsOfLast);
        var row = new BenchRow(name, figure, "rounds", "the last step's classifier alone", reference)
        {
            Holds = runs.TrueForAll(run => run.BorderError <= 0.1 && run.Rank >= 0.8 && run.Opens) && figure < reference,
            More =
            {
                ["model"] = model.Name,
                ["borderError"] = runs.Max(run => run.BorderError),
                ["worstBorder"] = runs.Max(run => run.WorstBorder),
                ["borders"] = string.Join(' ', runs[0].Borders),
                ["rankOfProgress"] = runs.Min(run => run.Rank),
                ["rankOfLastStep"] = runs.Min(run => run.RankOfLast),
                ["mostRounds"] = DrawerWorld.MostRounds,
                ["opened"] = runs.Average(run => run.Opens ? 1.0 : 0),
                ["openedByLastStep"] = runs.Average(run => run.LastOpens ? 1.0 : 0),
            },
        };
        return row;
    }
}
