using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using EmbodiedRL.App.Commands;
using EmbodiedRL.Contracts;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Training.Composition;

namespace EmbodiedRL.App.Tests.Commands;

/// <summary>
/// A run that was recorded once: equal settings, seed and model still give equal numbers, bit for bit.
/// </summary>
/// <remarks>
/// Bits are promised for one type of processor, so the recording names the one it was made on. The run is a process of its own: threads
/// of this one that libtorch has seen keep the number of threads that other tests asked for.
/// </remarks>
[Collection(Serial.Name)]
public sealed class RecordedRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact, Trait("Category", "Parity")]
    public async Task A_recorded_run_is_reproduced()
    {
        string recorded = Path.Combine(Fixtures.RepositoryRoot, "tests", "fixtures", "runs", "cartpole");
        JsonElement about = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(recorded, "run.json"))).RootElement;
        string processor = about.GetProperty("processor").GetString()!,
            cpu = File.Exists("/proc/cpuinfo") ? File.ReadAllText("/proc/cpuinfo") : "";
        bool hasBfloat16 = cpu.Contains("avx512_bf16", StringComparison.Ordinal);
        string family = about.GetProperty("family").GetString()!; // processors of one name differ in what they multiply by
        Assert.SkipUnless(cpu.Contains(processor, StringComparison.Ordinal) && FamilyOf(cpu) == family
            && hasBfloat16 == about.GetProperty("avx512_bf16").GetBoolean(),
            $"The run was recorded on {processor}, family {family}; bits are compared on that type of processor alone.");

        string model = Path.Combine(WeightsFolder.Locate(), SceneClip.CatalogName, "model.safetensors");
        Assert.True(about.GetProperty("sceneClipSha256").GetString() == HashOf(model),
            "The run was recorded with other weights of scene-clip. Record it anew: tests/fixtures/README.md says what is kept.");
        string run = _folder["run"];
        using Process process = Process.Start(new ProcessStartInfo("dotnet",
            [Path.Combine(AppContext.BaseDirectory, "EmbodiedRL.App.dll"), "train", "--env", "cartpole", "--goal",
                "a pole standing upright on a cart", "--steps", "40960", "--seed", "1", "--threads", "1", "--env:stagger", "false",
                "--evaluate:taskStart", "false", "--evaluate:scored", "0", "--out", run])
        { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == ExitCode.Done, await errors);

        string[] expected = File.ReadAllLines(Path.Combine(recorded, "metrics.jsonl")),
            found = File.ReadAllLines(Path.Combine(run, "metrics.jsonl"));
        Assert.Equal(expected.Length, found.Length);
        foreach ((string then, string now) in expected.Zip(found))
        {
            JsonElement line = JsonDocument.Parse(now).RootElement;
            foreach (JsonProperty metric in JsonDocument.Parse(then).RootElement.EnumerateObject())
                Assert.True(line.TryGetProperty(metric.Name, out JsonElement value) && value.GetDouble().Equals(metric.Value.GetDouble()),
                    $"{metric.Name} was {metric.Value.GetRawText()} in {then[..40]}...");
        }

        string weights = Directory.EnumerateFiles(run, "weights.safetensors", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal).Last();
        Assert.Equal(about.GetProperty("weightsSha256").GetString(), HashOf(weights));
    }

    /// <summary>Family, model and stepping.</summary>
    private static string FamilyOf(string cpu) => string.Join(' ', new[] { "cpu family", "model", "stepping" }
        .Select(key => Regex.Match(cpu, $@"^{key}\s*: (\d+)$", RegexOptions.Multiline).Groups[1].Value));

    private static string HashOf(string file) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)));
}
