using System.Diagnostics;
using System.Globalization;
using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Encoders.Pretrained;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Benchmarks.Encoders;

/// <summary>A checkpoint of the shape of open_clip's ViT-bigG-14 and drawn weights: written, loaded, and asked about one image.</summary>
internal static class LargestCheckpoint
{
    /// <summary>Name of the row.</summary>
    public const string Row = $"{Shape}/image/peak-memory";

    private const string Shape = "ViT-bigG-14";

    private const int Size = 224;
    private const double Limit = 16;

    private const string Config = """
        {"model_cfg":{"embed_dim":1280,
         "vision_cfg":{"image_size":224,"layers":48,"width":1664,"head_width":104,"mlp_ratio":4.9231,"patch_size":14},
         "text_cfg":{"context_length":77,"vocab_size":49408,"width":1280,"heads":20,"layers":32}},
         "preprocess_cfg":{"mean":[0.48145466,0.4578275,0.40821073],"std":[0.26862954,0.26130258,0.27577711],
         "interpolation":"bicubic","resize_mode":"shortest"}}
        """;

    /// <summary>Measures peak memory and speed; the folder is removed afterwards.</summary>
    public static IEnumerable<BenchRow> Measure(TextWriter told)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("embodied-largest-");
        try
        {
            string config = Path.Combine(folder.FullName, OpenClip.ConfigFile), weights = Path.Combine(folder.FullName,
                OpenClip.Stem + ".safetensors");
            File.WriteAllText(config, Config);
            told.WriteLine($"{Shape}: drawing and writing the checkpoint ...");
            using (OpenClip drawn = OpenClip.Create(ConfigReader.Read(config), DrawnCheckpoint.Draw(ScalarType.BFloat16)))
                drawn.Weights.Save(weights);
            double written = Gibibytes("VmHWM"), size = new FileInfo(weights).Length / Math.Pow(2, 30);

            told.WriteLine($"{Shape}: loading and asking ...");
            long began = Stopwatch.GetTimestamp();
            using TwoTowers model = PretrainedFolder.LoadTowers(folder.FullName, CPU, ScalarType.BFloat16);
            double loading = Stopwatch.GetElapsedTime(began).TotalSeconds;
            using DisposeScope scope = NewDisposeScope();
            using IDisposable still = no_grad();
            Tensor pixels = randn([1, 3, Size, Size], generator: new Generator(1));
            began = Stopwatch.GetTimestamp();
            Tensor image = model.Normalize(model.EncodeImages(pixels).to(ScalarType.Float32));
            double asking = Stopwatch.GetElapsedTime(began).TotalSeconds;
            if (!image.isfinite().all().item<bool>() || Math.Abs(image.norm().ToDouble() - 1) > 1e-3)
                throw new EmbodiedException($"{Shape}: the embedding of an image is no unit vector. Please report it.");
            double peak = Gibibytes("VmHWM");
            return
            [
                new BenchRow(Row, peak, "GiB", "the checkpoint in bfloat16 on the disk", size)
                {
                    Holds = peak < Limit,
                    More =
                    {
                        ["parameters"] = model.Weights.Tensors.Values.Sum(tensor => tensor.numel()), ["peakOfWriting"] = written,
                        ["secondsToLoad"] = loading, ["secondsForAnImage"] = asking,
                    },
                },
            ];
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>A figure of this process's memory, from its status file.</summary>
    private static double Gibibytes(string key) => File.ReadLines("/proc/self/status")
        .Where(line => line.StartsWith(key + ":", StringComparison.Ordinal))
        .Select(line => double.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture))
        .Single() / (1 << 20);
}
