using System.CommandLine;
using System.Diagnostics;
using EmbodiedRL.App.Commands;
using EmbodiedRL.App.Reporting.Sections;
using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Core;
using EmbodiedRL.Models;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Training;
using EmbodiedRL.Training.Composition;
using static TorchSharp.torch;

namespace EmbodiedRL.Benchmarks.Encoders;

/// <summary><c>bench models</c>: image towers against the same towers written plainly.</summary>
internal sealed class ModelsBench : ICommand
{
    private const int Pictures = 1024;
    private const float Agreement = 1e-4f;

    /// <summary>Blocks in which the reference may take its pictures; whichever suits it best on this machine is used.</summary>
    private static readonly int[] Blocks = [64, 256, Pictures];

    public Command Build(CommandServices services)
    {
        var options = new MeasuringOptions(defaultSeconds: 0.5);
        Option<string[]> threads = NumberLists.Option("--threads",
            "Threads of one tensor operation; the largest has the row without a suffix.", 1, 2);
        var command = new Command("models",
            "Measure embedding pictures against the same tower as a plain TorchSharp graph.\n\n"
            + "Both read the same bytes [B, H, W, 3] of 1,024 pictures and write the same embeddings (checked). The reference is "
            + "nn.Sequential over float NCHW, in blocks of whichever of 64, 256 and 1,024 is fastest for it. "
            + "Without weights a model of first weights is measured: speed does not depend on them.\n\n"
            + "Example: ./embodied bench models --threads 1 2 --json models.json")
        { threads };
        var largest = new Option<bool>("--largest")
        {
            Description = $"Instead, write, load and ask a checkpoint shaped as {LargestCheckpoint.Shape} (5 GB on the disk, minutes)."
        };
        command.Add(largest);
        options.AddTo(command);
        command.SetAction(parsed =>
        {
            Effort effort = options.Read(parsed);
            int[] wide = NumberLists.Read(parsed, threads, 1024);
            string load = Machine.Load();
            if (parsed.GetValue(largest))
                return options.Answer(parsed, services, new BenchReport(Machine.Describe(load, ("libtorch", TorchRuntime.Version)),
                    [.. LargestCheckpoint.Measure(services.Error)]));
            using SceneClip model = Load();
            using var tower = new PlainTower(model);
            List<BenchRow> rows = [];
            string config = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
            File.WriteAllText(config, """{"model_type":"clip"}"""); // all sizes at their default are those of ViT-B/32
            foreach (ScalarType type in new[] { ScalarType.Float32, ScalarType.BFloat16 })
            {
                using var race = new TowerRace(type, config);
                foreach (int width in wide.OrderDescending())
                {
                    services.Error.WriteLine($"{race.Name}, {width} threads ...");
                    TorchRuntime.SetThreads(width);
                    rows.Add(race.Measure(width == wide.Max() ? "" : $"/threads={width}", width, effort, services.Cancel));
                }
            }

            File.Delete(config);
            foreach (int width in wide.OrderDescending())
            {
                services.Error.WriteLine($"{model.Name}, {width} threads ...");
                TorchRuntime.SetThreads(width);
                rows.Add(Measure(RowName(model, width, wide.Max()), width, model, tower, effort, services.Cancel));
            }

            return options.Answer(parsed, services, new BenchReport(Machine.Describe(load, ("libtorch", TorchRuntime.Version)), rows));
        });
        return command;
    }

    /// <summary>The row of the most threads has the plain name.</summary>
    internal static string RowName(IImageTextModel model, int threads, int most) =>
        $"{model.Name}/image/{model.ImageSize}x{model.ImageSize}{(threads == most ? "" : $"/threads={threads}")}";

    private static SceneClip Load()
    {
        string folder = Path.Combine(WeightsFolder.Locate(), SceneClip.CatalogName);
        return Directory.Exists(folder) ? SceneClip.Load(folder) : SceneClip.Create(["a pole on a cart"], seed: 1);
    }

    private static BenchRow Measure(string name, int threads, SceneClip model, PlainTower tower, Effort effort, CancellationToken cancel)
    {
        byte[] frames = new byte[Pictures * model.ImageSize * model.ImageSize * 3];
        var rng = Rng.For(1, "pixels");
        for (int i = 0; i < frames.Length; i++) frames[i] = (byte)rng.NextBits();
        float[] ours = new float[Pictures * model.EmbeddingSize], theirs = new float[ours.Length];

        double once = Warm(() => model.EncodeImages(frames, model.ImageSize, model.ImageSize, ours));
        int times = Math.Max(1, (int)(effort.Seconds / once));
        int block = Blocks.MinBy(size => Warm(() => tower.Encode(frames, theirs, size)));
        float difference = ours.Zip(theirs, (a, b) => Math.Abs(a - b)).Max();
        if (!(difference <= Agreement))
            throw new EmbodiedException($"{name}: the two towers differ by {difference}, so they are not the same model and cannot be "
                + "compared. Please report it.");

        Comparison measured = Alternation.Run(effort.Repeats,
            () => Speed(times, () => model.EncodeImages(frames, model.ImageSize, model.ImageSize, ours)),
            () => Speed(times, () => tower.Encode(frames, theirs, block)), cancel);
        return BenchRow.Of(name, "images/s", "the same tower and weights as nn.Sequential over float NCHW", measured, ("threads", threads),
            ("referenceBlock", block), ("difference", (double)difference));
    }

    /// <summary>Seconds of the fastest of a few runs, the first of which find nothing prepared.</summary>
    private static double Warm(Action work)
    {
        const int runs = 4;
        return Enumerable.Range(0, runs).Min(_ => Pictures / Speed(1, work));
    }

    private static double Speed(int times, Action work)
    {
        long began = Stopwatch.GetTimestamp();
        for (int i = 0; i < times; i++) work();
        return times * (double)Pictures / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }
}
