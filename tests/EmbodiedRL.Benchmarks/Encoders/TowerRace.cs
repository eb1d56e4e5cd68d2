using System.Diagnostics;
using EmbodiedRL.App.Commands;
using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Core;
using EmbodiedRL.Models;
using EmbodiedRL.Models.Encoders.Pretrained;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Benchmarks.Encoders;

/// <summary>The image tower of CLIP ViT-B/32 against the same tower of TorchSharp's own modules.</summary>
/// <remarks>Drawn weights: speed does not depend on them. Owns both.</remarks>
internal sealed class TowerRace : IDisposable
{
    private const int Images = 64, Size = 224;

    /// <summary>How many images at once; whichever suits a side best on this machine is used.</summary>
    private static readonly int[] Blocks = [8, 16, 32, 64];

    private readonly TwoTowers _model;
    private readonly PlainVisionTransformer _plain;
    private readonly Tensor _pixels;
    private readonly ScalarType _type;

    private TowerRace(ScalarType type, string config)
    {
        _type = type;
        NetworkWeights weights = DrawnCheckpoint.Draw(type);
        _model = Clip.Create(ConfigReader.Read(config), weights);
        _plain = new PlainVisionTransformer(weights);
        _pixels = randn([Images, 3, Size, Size], generator: new Generator(1));
    }

    /// <summary>Name of the row of a precision.</summary>
    public static string RowOf(ScalarType type) => $"ViT-B/32/image/{(type == ScalarType.BFloat16 ? "bf16" : "fp32")}";

    /// <summary>One row for each number of threads; that of the most has the plain name.</summary>
    public static IEnumerable<BenchRow> Measure(ScalarType type, int[] wide, Effort effort, CommandServices services)
    {
        string config = Path.GetTempFileName();
        try
        {
            File.WriteAllText(config, """{"model_type":"clip"}"""); // all sizes at their default are those of ViT-B/32
            using var race = new TowerRace(type, config);
            foreach (int width in wide)
            {
                services.Error.WriteLine($"{RowOf(type)}, {width} threads ...");
                TorchRuntime.SetThreads(width);
                yield return race.Measure(width == wide.Max() ? "" : $"/threads={width}", width, effort, services.Cancel);
            }
        }
        finally
        {
            File.Delete(config);
        }
    }

    private BenchRow Measure(string suffix, int threads, Effort effort, CancellationToken cancel)
    {
        int ours = Blocks.MinBy(Seconds(Ours)), theirs = Blocks.MinBy(Seconds(Plain));
        double difference;
        using (NewDisposeScope())
        using (no_grad())
            difference = (Ours(_pixels.narrow(0, 0, 8)) - Plain(_pixels.narrow(0, 0, 8))).abs().max().ToDouble();
        double allowed = _type == ScalarType.BFloat16 ? 0.02 : 1e-4;
        if (!(difference <= allowed))
            throw new EmbodiedException($"{RowOf(_type)}: the two towers differ by {difference}, so they are not the same model and "
                + "cannot be compared. Please report it.");
        Comparison measured = Alternation.Run(effort.Repeats, () => Speed(Ours, ours, effort.Seconds),
            () => Speed(Plain, theirs, effort.Seconds), cancel);
        return BenchRow.Of(RowOf(_type) + suffix, "images/s", "the same tower, weights and precision of TorchSharp's own modules", measured,
            ("threads", threads), ("block", ours), ("referenceBlock", theirs), ("difference", difference));
    }

    public void Dispose()
    {
        _plain.Dispose();
        _model.Dispose();
        _pixels.Dispose();
    }

    private Tensor Ours(Tensor pixels) => _model.Normalize(_model.EncodeImages(pixels));

    private Tensor Plain(Tensor pixels) => _plain.Forward(pixels);

    private Func<int, double> Seconds(Func<Tensor, Tensor> encode) => block =>
    {
        _ = Speed(encode, block, 0);
        return 1 / Speed(encode, block, 0);
    };

    private double Speed(Func<Tensor, Tensor> encode, int block, double seconds)
    {
        using IDisposable still = no_grad();
        long began = Stopwatch.GetTimestamp();
        int done = 0;
        do
        {
            for (int first = 0; first < Images; first += block, done += block)
            {
                using DisposeScope scope = NewDisposeScope();
                _ = encode(_pixels.narrow(0, first, block));
            }
        }
        while (Stopwatch.GetElapsedTime(began).TotalSeconds < seconds);
        return done / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }
}
