using System.CommandLine;
using System.Diagnostics;
using EmbodiedRL.App.Commands;
using EmbodiedRL.App.Reporting.Sections;
using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Benchmarks.Proofs;
using EmbodiedRL.Core;
using EmbodiedRL.Models;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Models.Encoders.Pretrained;
using EmbodiedRL.Rewards.Diagnostics;
using EmbodiedRL.Training;
using EmbodiedRL.Training.Composition;
using static TorchSharp.torch;

namespace EmbodiedRL.Benchmarks.Encoders;

/// <summary><c>bench models</c>: image towers against the same towers written plainly.</summary>
internal sealed class ModelsBench : ICommand
{
    private const int Pictures = 1024, RankedStates = 1000;
    private const float RankAlpha = 0.5f;
    private const float Agreement = 1e-4f, AgreementOfBf16 = 0.02f; // of numbers of unit vectors

    private static readonly string[] Usual =
        [TowerRace.RowOf(ScalarType.Float32), TowerRace.RowOf(ScalarType.BFloat16), $"{SceneClip.CatalogName}/image/64x64"];

    /// <summary>Blocks in which the reference may take its pictures; whichever suits it best on this machine is used.</summary>
    private static readonly int[] Blocks = [64, 256, Pictures];

    public Command Build(CommandServices services)
    {
        var options = new MeasuringOptions(defaultSeconds: 0.5);
        Option<string[]> threads = NumberLists.Option("--threads",
            "Threads of one tensor operation; the largest has the row without a suffix.", 1, 2);
        var rows = new Option<string[]>("--rows")
        {
            Description = $"Rows to measure. Default: {string.Join(' ', Usual)}. {LargestCheckpoint.Row} writes, loads and asks a "
                + "checkpoint of 5 GB.",
            AllowMultipleArgumentsPerToken = true,
        };
        var command = new Command("models",
            "Measure embedding images against the same tower as a plain TorchSharp graph.\n\n"
            + "Both sides read the same images and write the same embeddings (checked), in blocks of whichever size is fastest for each. "
            + "scene-clip reads bytes [B, H, W, 3], in bfloat16 where the processor has it; its reference is nn.Sequential over float "
            + "NCHW. The tower of CLIP ViT-B/32 has drawn "
            + "weights and reads floats; its reference is of TorchSharp's own modules, in the same precision. "
            + "Speed does not depend on weights.\n\n"
            + "Example: ./embodied bench models --threads 1 2 --rows scene-clip/image/64x64 --json models.json")
        { threads, rows };
        options.AddTo(command);
        command.SetAction(parsed =>
        {
            Effort effort = options.Read(parsed);
            int[] wide = [.. NumberLists.Read(parsed, threads, 1024).OrderDescending()];
            string[] asked = parsed.GetValue(rows) is { Length: > 0 } named ? named : Usual;
            foreach (string row in asked) KnownNames.Require("row", row, [.. Usual, LargestCheckpoint.Row]);
            string load = Machine.Load();
            BenchRow[] measured = [.. asked.Distinct().SelectMany(row => Measure(row, wide, effort, services))];
            return options.Answer(parsed, services, new BenchReport(Machine.Describe(load, ("libtorch", TorchRuntime.Version)), measured));
        });
        return command;
    }

    /// <summary>The row of the most threads has the plain name.</summary>
    internal static string RowName(IImageTextModel model, int threads, int most) =>
        $"{model.Name}/image/{model.ImageSize}x{model.ImageSize}{(threads == most ? "" : $"/threads={threads}")}";

    /// <summary>One row for each number of threads.</summary>
    private static IEnumerable<BenchRow> Measure(string row, int[] wide, Effort effort, CommandServices services)
    {
        if (row == LargestCheckpoint.Row) return LargestCheckpoint.Measure(services.Error);
        if (row == Usual[^1]) return MeasureSceneClip(wide, effort, services);
        return TowerRace.Measure(row == Usual[0] ? ScalarType.Float32 : ScalarType.BFloat16, wide, effort, services);
    }

    private static IEnumerable<BenchRow> MeasureSceneClip(int[] wide, Effort effort, CommandServices services)
    {
        using SceneClip model = Load(Precision.Auto);
        using var tower = new PlainTower(model);
        (double median, double least) = RankToFp32(model);
        foreach (int width in wide)
        {
            services.Error.WriteLine($"{model.Name}, {width} threads ...");
            TorchRuntime.SetThreads(width);
            BenchRow row = Measure(RowName(model, width, wide.Max()), width, model, tower, effort, services.Cancel);
            (row.More["rankToFp32Median"], row.More["rankToFp32Least"]) = (median, least);
            yield return row;
        }
    }

    /// <summary>
    /// Rank correlation of the rewards of this precision with those of 32-bit floats, over states of the humanoid drawn over the whole
    /// range, for one plain sentence of each fact.
    /// </summary>
    private static (double Median, double Least) RankToFp32(SceneClip model)
    {
        using SceneClip whole = Load(Precision.Fp32);
        using var pictures = new GoalPictures(RunServices.Shipped.Environment("gym/humanoid", RankedStates, 0), model.ImageSize);
        pictures.Draw(0, repainted: false);
        double[] ranks = [.. pictures.Scores(model, RankAlpha).Zip(pictures.Scores(whole, RankAlpha),
            (ours, theirs) => Correlations.Spearman(ours, theirs)).Order()];
        return (ranks[ranks.Length / 2], ranks[0]);
    }

    private static SceneClip Load(Precision precision)
    {
        string folder = Path.Combine(WeightsFolder.Locate(), SceneClip.CatalogName);
        return Directory.Exists(folder)
            ? SceneClip.Load(folder, precision: precision)
            : SceneClip.Create(["a pole on a cart"], seed: 1);
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
        bool isShort = Precision.Auto.TypeOn(CPU) == ScalarType.BFloat16;
        if (!(difference <= (isShort ? AgreementOfBf16 : Agreement)))
            throw new EmbodiedException($"{name}: the two towers differ by {difference}, so they are not the same model and cannot be "
                + "compared. Please report it.");

        Comparison measured = Alternation.Run(effort.Repeats,
            () => Speed(times, () => model.EncodeImages(frames, model.ImageSize, model.ImageSize, ours)),
            () => Speed(times, () => tower.Encode(frames, theirs, block)), cancel);
        return BenchRow.Of(name, "images/s", "the same tower and weights as nn.Sequential over float NCHW", measured, ("threads", threads),
            ("referenceBlock", block), ("difference", (double)difference), ("precision", isShort ? "bf16" : "fp32"));
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
