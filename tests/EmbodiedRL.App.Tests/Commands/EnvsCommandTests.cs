using System.Diagnostics;
using System.Numerics;
using System.Text.Json;
using EmbodiedRL.App.Commands;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Training.Composition;

namespace EmbodiedRL.App.Tests.Commands;

public sealed class EnvsCommandTests
{
    [Fact]
    public async Task List_names_every_environment()
    {
        (int code, string output, string error) = await Verbs.RunAsync("envs", "list");
        Assert.True(code == ExitCode.Done, error);
        Assert.Equal(
            [
                "name   observations  actions  summary",
                "drawn  2             1        A point that should come to rest at the origin.",
                "fast   2             1        A point that should come to rest at the origin.",
            ],
            output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task List_answers_scripts_in_json()
    {
        (_, string output, _) = await Verbs.RunAsync("envs", "list", "--json");
        using JsonDocument list = JsonDocument.Parse(output);
        JsonElement first = list.RootElement[1];
        Assert.Equal(("fast", 2, 1, 0),
            (first.GetProperty("name").GetString(), first.GetProperty("observations").GetInt32(), first.GetProperty("actions").GetInt32(),
                first.GetProperty("choices").GetInt32()));
        Assert.StartsWith("A point", first.GetProperty("summary").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Describe_tells_people_everything_the_specs_say()
    {
        (int code, string output, string error) = await Verbs.RunAsync(Told, "envs", "describe", "swing");
        Assert.True(code == ExitCode.Done, error);
        foreach (string line in new[]
        {
            "swing: A swing.",
            "Control step 0.02 s", "Episode 500 steps, 10 s", "Default goal \"the swing at the top\"", "Baseline \"a swing\"",
            "Cameras front (default), side",
            "swing/angle 1 any rad from hanging down", "swing/speed 2 -8 to 8 rad/s -", "swing/height 1 from 0 m above the ground",
            "Action, 3 choices:", "push 1 0 to 2 -",
            "top 200 0.9 within 12 degrees of the top",
            "top swing top \"at the top\", \"upside down\", \"stands on its head\"", "low swing - \"hanging\"",
            "top \"as high as it goes\"", "swing \"a swing\", \"the swing\"",
        })
            Assert.True(Squeezed(output).Contains($"\n{line}\n", StringComparison.Ordinal), $"'{line}' is missing in:\n{output}");
    }

    [Fact]
    public async Task Describe_answers_scripts_in_json()
    {
        (_, string output, _) = await Verbs.RunAsync(Told, "envs", "describe", "swing", "--json");
        using JsonDocument document = JsonDocument.Parse(output);
        JsonElement root = document.RootElement;
        Assert.Equal((0.02, 500), (root.GetProperty("controlTimestep").GetDouble(), root.GetProperty("episodeSteps").GetInt32()));
        JsonElement[] fields = [.. root.GetProperty("observation").GetProperty("fields").EnumerateArray()];
        Assert.Equal(JsonValueKind.Null, fields[0].GetProperty("minimum").ValueKind);
        Assert.Equal((1, 2, -8f, "rad/s"),
            (fields[1].GetProperty("offset").GetInt32(), fields[1].GetProperty("length").GetInt32(),
                fields[1].GetProperty("minimum").GetSingle(), fields[1].GetProperty("unit").GetString()));
        Assert.Equal(3, root.GetProperty("action").GetProperty("choices").GetInt32());
        Assert.Equal(["front", "side"], root.GetProperty("cameras").EnumerateArray().Select(camera => camera.GetString()));
        Assert.Equal("as high as it goes", root.GetProperty("facts")[0].GetProperty("heldOut")[0].GetString());
        Assert.Equal(0.9, root.GetProperty("measures")[0].GetProperty("share").GetDouble());
    }

    [Fact]
    public async Task What_an_environment_has_none_of_is_not_shown()
    {
        (_, string output, _) = await Verbs.RunAsync("envs", "describe", "fast");
        Assert.Contains("none: it cannot be drawn", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Facts", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("There is no environment 'fsat'. Did you mean 'fast'?", "envs", "describe", "fsat")]
    [InlineData("There is no command of envs 'lst'. Did you mean 'list'?", "envs", "lst")]
    [InlineData("See ./embodied envs --help.", "envs")]
    [InlineData("See ./embodied envs describe --help.", "envs", "describe")]
    [InlineData("There is no option of envs list '--jsn'. Did you mean '--json'?", "envs", "list", "--jsn")]
    public async Task Bad_input_is_one_clear_line_and_code_2(string says, params string[] arguments) =>
        Verbs.RefusedBecause(says, await Verbs.RunAsync(arguments));

    /// <summary>Another process of this one runs the list alone, and the loader of libraries says what it opened.</summary>
    [Fact]
    public async Task List_loads_neither_libtorch_nor_GL()
    {
        using var folder = new TemporaryFolder();
        string host = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet";
        var start = new ProcessStartInfo(host, [Path.Combine(AppContext.BaseDirectory, "EmbodiedRL.App.dll"), "envs", "list"])
        {
            RedirectStandardOutput = true
        };
        (start.Environment["LD_DEBUG"], start.Environment["LD_DEBUG_OUTPUT"]) = ("files", folder["loader"]);
        using Process process = Process.Start(start)!;
        string said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0 && said.Contains("cartpole", StringComparison.Ordinal), said);
        string loaded = string.Concat(Directory.GetFiles(folder.Path).Select(File.ReadAllText));
        Assert.Contains("libcoreclr", loaded, StringComparison.Ordinal);
        foreach (string library in new[] { "libtorch", "libc10", "LibTorchSharp", "libEGL", "libSkiaSharp" })
            Assert.DoesNotContain(library, loaded, StringComparison.Ordinal);
    }

    private static RunServices Told { get; } = new()
    {
        Environments = TestParts.Environments(("swing", _ => new SpecsOnly())),
    };

    private static string Squeezed(string text) =>
        "\n" + string.Join('\n', text.Split('\n').Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries))));

    /// <summary>Can be described and nothing else.</summary>
    private sealed class SpecsOnly : IVectorEnvironment
    {
        public EnvironmentInfo Info { get; } = FastEnv.Describe(discrete: true) with
        {
            Name = "swing",
            Summary = "A swing.",
            DefaultGoal = "the swing at the top",
            Baseline = "a swing",
            ControlTimestep = 0.02,
            EpisodeSteps = 500,
            Observations = new ObservationSpec(
                new FieldSpec("swing/angle", Unit: "rad", Meaning: "from hanging down"),
                new FieldSpec("swing/speed", 2, -8, 8, "rad/s", "-"),
                new FieldSpec("swing/height", Minimum: 0, Unit: "m", Meaning: "above the ground")),
            Camera = "front",
            Scene = new SceneDescription
            {
                Geoms = [],
                Cameras = [
                    new SceneCamera("front", Vector3.Zero, Quaternion.Identity, 45),
                    new SceneCamera("side", Vector3.Zero, Quaternion.Identity, 45)
                ],
                Lights = [new SceneLight(-Vector3.UnitZ, Vector3.One, Vector3.Zero, Vector3.Zero)],
            },
            Measures = [new SuccessMeasure("top", "within 12 degrees of the top", _ => 0)],
            Subjects = [new Subject("swing", ["a swing", "the swing"])],
            Facts =
            [
                new Fact("top", "swing", ["at the top", "upside down"], ["as high as it goes"], _ => 0, "top")
                {
                    Verbs = ["stands on its head"]
                },
                new Fact("low", "swing", ["hanging"], [], _ => 0),
            ],
        };

        public int Count => 1;

        public void Reset(ulong seed, StartDistribution start, StepBuffer into) => throw new InvalidOperationException();

        public void Step(ReadOnlySpan<float> actions, StepBuffer into) => throw new InvalidOperationException();

        public void SampleStates(ulong seed, long draw, StateSource source, StepBuffer into) => throw new InvalidOperationException();

        public void Save(Snapshot into) => throw new InvalidOperationException();

        public void Load(Snapshot from) => throw new InvalidOperationException();

        public void Dispose()
        {
        }
    }
}
