using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.InteropServices;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Models;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Rendering;
using EmbodiedRL.Rendering.Images;
using EmbodiedRL.Rewards.Sources;
using EmbodiedRL.Simulation.Native;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Runs;
using TorchSharp;

namespace EmbodiedRL.App.Commands;

/// <summary>The checks of <c>doctor</c>: each uses its part of the machine as a run would, and does not only look for a file.</summary>
internal static class DoctorChecks
{
    private const string ProcessorFile = "/proc/cpuinfo", NvidiaFile = "/proc/driver/nvidia/version";

    private static readonly string[] BrainFloatFlags = ["avx512_bf16", "amx_bf16", "bf16", "svebf16"];

    /// <summary>All of them, in the order in which they are shown.</summary>
    public static IReadOnlyList<DoctorCheck> All(RunServices runServices) =>
    [
        new(".NET", IsNeeded: true, () => Finding.Ok(RuntimeInformation.FrameworkDescription)),
        new("processor", IsNeeded: true, Processor),
        new("MuJoCo", IsNeeded: true, Physics),
        new("libtorch", IsNeeded: true, Libtorch),
        new("bfloat16", IsNeeded: false, BrainFloat),
        new("GPU", IsNeeded: false, Gpu),
        new("GL", IsNeeded: true, Drawing),
        new("ffmpeg", IsNeeded: false, Videos),
        new("font", IsNeeded: false, Font),
        .. runServices.Models.Names.Select(name =>
            new DoctorCheck(name, IsNeeded: name == new GoalBaselineOptions().Model, () => Weights(runServices, name))),
    ];

    private static Finding Processor()
    {
        SortedDictionary<string, string> versions = Versions.OfProcess();
        return Finding.Ok($"{versions["CPU"]}, {versions["CPUs"]} cores usable, {versions["OS"]}");
    }

    private static Finding Physics()
    {
        string version = MuJoCoLibrary.Version;
        return Finding.Ok($"{version}, its structs laid out as expected, from {MuJoCoLibrary.Path}");
    }

    private static Finding Libtorch()
    {
        string found = TorchRuntime.Describe();
        return TorchRuntime.Version.StartsWith(TorchRuntime.BuiltFor, StringComparison.Ordinal)
            ? Finding.Ok(found)
            : new Finding(FindingState.Warning, found,
                $"Should tensors misbehave, unset {TorchRuntime.Variable} or let it name a libtorch {TorchRuntime.BuiltFor}.");
    }

    private static Finding BrainFloat()
    {
        TorchRuntime.EnsureLoaded();
        const int size = 64;
        using (torch.NewDisposeScope())
        using (torch.no_grad())
        {
            torch.Tensor ramp = torch.linspace(0.5, 1.5, size * size).reshape(size, size);
            torch.Tensor halved = ramp.to(torch.bfloat16), exact = ramp.matmul(ramp);
            float error = ((halved.matmul(halved).to(torch.float32) - exact).abs().max() / exact.abs().max()).item<float>();
            if (!(error < 0.02f))
                return new Finding(FindingState.Missing, FormattableString.Invariant($"a matrix product is off by {error:P1}"),
                    "Use float32 for every model.");
        }

        string[] flags = [.. BrainFloatFlags.Intersect(ProcessorFlags())];
        return flags.Length > 0
            ? Finding.Ok($"matrix product right, the processor has {string.Join(", ", flags)}")
            : new Finding(FindingState.Warning,
                "matrix product right, but the processor has no instructions for it (avx512_bf16, amx_bf16)",
                "Large models run faster in float32 here.");
    }

    private static Finding Gpu()
    {
        TorchRuntime.EnsureLoaded();
        int count = torch.cuda.is_available() ? torch.cuda.device_count() : 0;
        if (count > 0) return Finding.Ok($"{count} with CUDA, used by device auto");
        return File.Exists(NvidiaFile)
            ? new Finding(FindingState.Warning,
                "there is an NVIDIA driver, but this libtorch has no CUDA",
                $"Set {TorchRuntime.Variable} to the lib folder of a PyTorch with CUDA.")
            : Finding.Ok("none, the processor does everything");
    }

    /// <summary>A red ball must be red in the middle and not in the corner.</summary>
    private static Finding Drawing()
    {
        const int size = 64;
        var scene = new SceneDescription
        {
            Geoms = [new SceneGeom("ball", GeomShape.Sphere, new Vector3(0.5f), new Vector4(1, 0, 0, 1))],
            Cameras = [new SceneCamera("front", new Vector3(0, 0, 3), Quaternion.Identity, 45)],
            Lights = [new SceneLight(-Vector3.UnitZ, Vector3.One, new Vector3(0.3f), Vector3.Zero)],
        };
        using var renderer = new BatchRenderer(scene, "front", size);
        byte[] picture = new byte[renderer.FrameBytes];
        renderer.Render([0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1], 1, picture);
        string device = $"{renderer.Device}{(renderer.IsSoftware ? ", drawn by the processor" : "")}";
        return picture[((size / 2 * size) + (size / 2)) * 3] > 100 && picture[0] < 50
            ? Finding.Ok(device)
            : new Finding(FindingState.Missing,
                $"{device}, but a red ball does not look like one",
                "Update the GL driver: apt-get install libgl1-mesa-dri");
    }

    /// <summary>A film is written and read again: an ffmpeg without H.264 does not pass.</summary>
    private static Finding Videos()
    {
        const int size = 32;
        string version = Ffmpeg.Version();
        DirectoryInfo folder = Directory.CreateTempSubdirectory("embodied-doctor-");
        try
        {
            string path = Path.Combine(folder.FullName, "film.mp4");
            using (var writer = new VideoWriter(path, size, size, framesPerSecond: 1))
            {
                writer.Write(new byte[size * size * 3]);
                writer.Finish();
            }

            return VideoReader.Read(path, every: 1).First() is { Width: size, Height: size }
                ? Finding.Ok($"{version}, writes and reads H.264")
                : new Finding(FindingState.Missing,
                    $"{version}, but a film came back at another size",
                    "Install Debian's: apt-get install ffmpeg");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Finding Font() => CaptionFont.Family is { Length: > 0 } family
        ? Finding.Ok(family)
        : new Finding(FindingState.Missing, "none, so captions and curves have no words", "Install one: apt-get install fonts-dejavu-core");

    private static Finding Weights(RunServices runServices, string name)
    {
        using IImageTextModel model = runServices.Model(name, TorchRuntime.ParseDevice("cpu"));
        return Finding.Ok($"loads, reads {model.ImageSize}x{model.ImageSize} pixels, {model.EmbeddingSize} dimensions");
    }

    private static ImmutableHashSet<string> ProcessorFlags() => !File.Exists(ProcessorFile) ? [] :
    [
        .. (File.ReadLines(ProcessorFile)
            .FirstOrDefault(line => line.StartsWith("flags", StringComparison.Ordinal)
                || line.StartsWith("Features", StringComparison.Ordinal))
            ?? "")
            .Split(' ', StringSplitOptions.RemoveEmptyEntries),
    ];
}
