using System.Text.Json;
using EmbodiedRL.App.Commands;
using EmbodiedRL.App.Reporting;
using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Loop;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Benchmarks.Stacks;

/// <summary>What scoring every fourth step and no unchanged frame saves and costs in the cart-pole demo, trained both ways.</summary>
/// <remarks>Frames are 64 x 64 pixels, what scene-clip reads. One training each, one after the other, on the demo's seed.</remarks>
/// <param name="runServices">Environments and models.</param>
/// <param name="services">Clock, progress, interruption.</param>
internal sealed class FrameSparing(RunServices runServices, CommandServices services)
{
    /// <summary>Of <c>./embodied demo</c>.</summary>
    public const long DemoSteps = 491_520;

    public const double LeastRatio = 3, LeastSuccess = 0.98;

    private const string Reference = "the same demo with every frame drawn and scored";

    private const string Plain = """
        { "name": "vlm", "source": "goal-baseline", "transforms": [ "standardize", { "name": "scale", "factor": 0.1 } ] }
        """;

    private const string Sparing = """
        { "name": "vlm", "source": "goal-baseline", "every": 4, "skipBelow": 0.25,
          "transforms": [ "interpolate", "standardize", { "name": "scale", "factor": 0.1 } ] }
        """;

    /// <summary>Trains twice.</summary>
    /// <param name="steps">Of each training.</param>
    public async Task<IReadOnlyList<BenchRow>> MeasureAsync(long steps)
    {
        (double plainSpeed, double plainSuccess) = await TrainAsync("plain", Plain, steps);
        (double speed, double success) = await TrainAsync("sparing", Sparing, steps);
        return
        [
            new BenchRow($"{RewardStackBench.Verb}/frames", speed, "frames/s", Reference, plainSpeed)
            {
                Holds = speed >= LeastRatio * plainSpeed,
                More = { ["steps"] = steps, ["every"] = 4, ["skipBelow"] = 0.25, ["frame"] = "64x64" },
            },
            new BenchRow($"{RewardStackBench.Verb}/success", success, "success rate", Reference, plainSuccess)
            {
                Holds = plainSuccess > 0 && success >= LeastSuccess * plainSuccess,
                More = { ["steps"] = steps },
            },
        ];
    }

    /// <returns>Steps rewarded by second of drawing and scoring, and the success that the trained policy is judged by.</returns>
    private async Task<(double Speed, double Success)> TrainAsync(string name, string term, long steps)
    {
        string path = Directory.CreateTempSubdirectory("reward-stack").FullName;
        try
        {
            using JsonDocument asked = JsonDocument.Parse(
                $$"""{ "env": { "name": "cartpole" }, "agent": { "steps": {{steps}} }, "reward": { "terms": [ {{term}} ] } }""");
            RunSettings settings = SettingsReader.Read(asked.RootElement, RewardStackBench.Verb, runServices);
            using RunFolder folder = RunFolder.Create(Path.Combine(path, "run"));
            using TrainingRun run = TrainingRun.Compose(settings, path, runServices, services.Time);
            var line = new ProgressLine(services.Error, services.Time, services.IsTerminal, settings.Agent.Steps, "steps");
            Trainer trainer = run.CreateTrainer(folder, services.Time, now => line.Report(now.Step, run.Clock, name));
            trainer.Begin();
            IReadOnlyDictionary<string, double> before = run.Clock.Seconds;
            await trainer.RunAsync(services.Cancel);
            line.Finish(trainer.Step, run.Clock, name);
            double Seconds(string phase) => run.Clock.Seconds.GetValueOrDefault(phase) - before.GetValueOrDefault(phase);
            return (trainer.Step / (Seconds("render") + Seconds("score")), trainer.Latest?.Success ?? double.NaN);
        }
        finally
        {
            Directory.Delete(path, recursive: true);
        }
    }
}
