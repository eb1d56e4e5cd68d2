using System.CommandLine;
using System.Text.Json;
using EmbodiedRL.App.Commands;
using EmbodiedRL.App.Reporting;
using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Models;
using EmbodiedRL.Rewards.Learned;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Loop;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Benchmarks.Learning;

/// <summary><c>bench distill</c>: how many calls of an image-text model a student saves while an agent learns, and what is kept.</summary>
/// <remarks>
/// The model scores every step as well, which a user would not do: so the figures are over all steps of the last half of the training, the
/// ones between scored steps too. The model here is scene-clip, which is quick; the same settings serve CLIP.
/// </remarks>
/// <param name="runServices">Environments and models.</param>
internal sealed class DistillBench(RunServices runServices) : ICommand
{
    private const string Verb = "distill", Row = "distill/humanoid", Given = "given", Reference = "the model asked at every step";
    private const double LeastSaved = 20, LeastRank = 0.95;

    public Command Build(CommandServices services)
    {
        var json = new Measuring.JsonFile();
        var steps = new Option<long>("--steps") { Description = "Steps of the training.", DefaultValueFactory = _ => 200_704 };
        var every = new Option<int>("--every") { Description = "Steps from one scored step to the next.", DefaultValueFactory = _ => 8 };
        var command = new Command(Verb,
            "Measure online distillation: an agent learns to kneel with the humanoid, rewarded by a student of scene-clip at 128 x 128 "
            + "pixels that reads the pose, is asked at every k-th step, and asks the model where its networks disagree.\n\n"
            + $"Figure: steps of the training by calls of the model. Reference: {Reference}. It holds if that is {LeastSaved} or more "
            + $"while the rank correlation with the model's scores of all steps, median over the last half of the rollouts, is {LeastRank} "
            + "or more. rankOfInterpolation is what the k-th steps alone would keep.\n\n"
            + $"Exit code 3 if it does not hold.\n\nExample: ./embodied bench {Verb} --steps 50000 --json {Verb}.json")
        { steps, every };
        json.AddTo(command);
        command.SetAction(async parsed =>
        {
            string load = Machine.Load();
            BenchRow row = await MeasureAsync(parsed.GetValue(steps), parsed.GetValue(every), services);
            return json.Answer(parsed, services, new BenchReport(Machine.Describe(load, ("libtorch", TorchRuntime.Version)), [row]));
        });
        return command;
    }

    private async Task<BenchRow> MeasureAsync(long steps, int every, CommandServices services)
    {
        var comparison = new ScoreComparison();
        RunServices own = runServices with { Rewards = runServices.Rewards.Copy() };
        own.Rewards.Combinators.Add(ScoreComparison.Name, "compares terms and pays the second", _ => comparison);
        string path = Directory.CreateTempSubdirectory("distill").FullName;
        try
        {
            using JsonDocument asked = JsonDocument.Parse(Settings(steps, every));
            RunSettings settings = SettingsReader.Read(asked.RootElement, Verb, own);
            using RunFolder folder = RunFolder.Create(Path.Combine(path, "run"));
            using TrainingRun run = TrainingRun.Compose(settings, path, own, services.Time);
            var line = new ProgressLine(services.Error, services.Time, services.IsTerminal, settings.Agent.Steps, "steps");
            Trainer trainer = run.CreateTrainer(folder, services.Time, now => line.Report(now.Step, run.Clock, ""));
            trainer.Begin();
            comparison.Forget(); // what the first evaluation scored
            await trainer.RunAsync(services.Cancel);
            line.Finish(trainer.Step, run.Clock, "");
            var student = (DistilledReward)run.Reward.Terms.Single(term => term.Name == Given).Source;
            return RowOf(comparison, student, trainer.Step, every);
        }
        finally
        {
            Directory.Delete(path, recursive: true);
        }
    }

    private static BenchRow RowOf(ScoreComparison comparison, DistilledReward student, long steps, int every)
    {
        (double[] given, double[] sparse) = comparison.LastHalf();
        double saved = (double)steps / student.Calls, rank = Median(given);
        return new BenchRow(Row, saved, "steps/call", Reference, 1)
        {
            Holds = saved >= LeastSaved && rank >= LeastRank,
            More =
            {
                ["rank"] = rank, ["rankLeast"] = given.Min(), ["rankOfInterpolation"] = Median(sparse), ["every"] = every,
                ["steps"] = steps, ["calls"] = student.Calls, ["askedShare"] = (double)student.Calls / student.Rows,
                ["model"] = "scene-clip, 128 x 128",
            },
        };
    }

    private static double Median(double[] values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    private static string Settings(long steps, int every) => $$"""
        {
          "env": { "name": "gym/humanoid", "count": 64, "wrappers": [ { "name": "time-limit", "steps": 250 } ] },
          "goal": { "prompt": "a humanoid robot kneeling", "untrusted": true },
          "evaluate": { "episodes": 1, "scored": 0, "taskStart": false },
          "agent": { "steps": {{steps}}, "horizon": 64, "minibatch": 1024, "gamma": 0.98, "learningRate": 0.0004, "logStd": -1.6,
            "hiddenSizes": [256, 256], "normalizeObservations": true },
          "reward": { "combine": "{{ScoreComparison.Name}}", "terms": [
            { "name": "whole", "source": "goal-baseline", "width": 128, "height": 128 },
            { "name": "{{Given}}", "source": "goal-baseline", "width": 128, "height": 128, "every": {{every}},
              "transforms": [ "interpolate" ], "distill": { "student": "observation", "fields": [ "qpos" ], "memory": 65536,
                "warmUp": 1024, "audit": 0.02, "rank": 0.97 } },
            { "name": "sparse", "source": "goal-baseline", "width": 128, "height": 128, "every": {{every}},
              "transforms": [ "interpolate" ] }
          ] }
        }
        """;
}
