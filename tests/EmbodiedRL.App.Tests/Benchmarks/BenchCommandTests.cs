using System.Text.Json.Nodes;
using EmbodiedRL.App.Commands;
using EmbodiedRL.App.Reporting.Sections;
using EmbodiedRL.App.Tests.Commands;
using EmbodiedRL.Benchmarks;
using EmbodiedRL.Benchmarks.Encoders;
using EmbodiedRL.Benchmarks.Methods;
using EmbodiedRL.Benchmarks.Pictures;
using EmbodiedRL.Benchmarks.Proofs;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Models;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Simulation.Layout;
using EmbodiedRL.Simulation.Physics;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Tests;
using TorchSharp;

namespace EmbodiedRL.App.Tests.Benchmarks;

/// <summary>That each bench runs and answers as promised; how fast anything is, no test says.</summary>
[Collection(Serial.Name)]
public sealed class BenchCommandTests
{
    private static readonly string[] Briefly = ["--repeats", "1", "--seconds", "0.001"];

    [Fact]
    public async Task Simulation_has_a_row_for_each_count_and_width()
    {
        JsonArray rows = await Rows("simulation", "--env", "cartpole", "color-reacher", "--envs", "1", "3", "--threads", "1,2");
        Assert.Equal(
        [
            "cartpole/envs=1/threads=1", "cartpole/envs=1/threads=2", "cartpole/envs=3/threads=1", "cartpole/envs=3/threads=2",
            "color-reacher/envs=1/threads=1", "color-reacher/envs=1/threads=2", "color-reacher/envs=3/threads=1",
            "color-reacher/envs=3/threads=2",
        ], Names(rows));
        Assert.All(rows,
            row =>
                Assert.True((string)row!["unit"]! == "steps/s" && (double)row["ratio"]! > 0 && (long)row["bytesPerEnvironment"]! > 40_000));
    }

    [Fact]
    public async Task Simulation_calls_an_environment_by_its_short_name_however_it_was_asked_for()
    {
        JsonArray rows = await Rows("simulation", "--env", "humanoid", "gym/half-cheetah", "--envs", "2", "--threads", "1");
        Assert.Equal(["humanoid/envs=2/threads=1", "half-cheetah/envs=2/threads=1"], Names(rows));
    }

    [Fact]
    public async Task Models_compare_towers_that_say_the_same()
    {
        JsonArray rows = await Rows("models", "--rows", "scene-clip/image/64x64", "--threads", "1");
        Assert.Equal(["scene-clip/image/64x64"], Names(rows));
        Assert.Equal("images/s", (string)rows[0]!["unit"]!);
        Assert.Equal("color/image/16x16/threads=1", ModelsBench.RowName(new ColorModel(), 1, most: 2));
    }

    [Fact]
    public async Task Learning_compares_ways_that_give_the_same_gradients()
    {
        JsonArray rows = await Rows("learning", "--threads", "1");
        Assert.Equal(["mlp/17-64-64-6/batch=64/threads=1", "mlp/17-64-64-6/batch=2048/threads=1", "mlp/348-256-256-17/batch=256/threads=1"],
            Names(rows));
        Assert.All(rows,
            row =>
                Assert.True((string)row!["unit"]! == "minibatches/s" && (double)row["ratio"]! > 0 && (double)row["difference"]! <= 1e-4));
    }

    [Fact, Trait("Category", Installed.Category)]
    public async Task Render_compares_pictures_that_show_the_same()
    {
        Assert.SkipUnless(System.Runtime.InteropServices.NativeLibrary.TryLoad("libGL.so.1", out _),
            "MuJoCo's own renderer needs libGL.so.1; install it: apt-get install libgl1");
        JsonArray rows = await Rows("render", "--rows", "cartpole/64x64/plain", "--envs", "3");
        Assert.Equal(["cartpole/64x64/plain"], Names(rows));
        Assert.True((double)rows[0]!["meanDifference"]! < 16);
    }

    [Fact]
    public async Task A_proof_that_does_not_hold_says_so_by_its_exit_code()
    {
        RunServices ignorant = RunServices.Shipped with
        {
            Models = TestParts.Models(_ => SceneClip.Create(["a pole standing upright on a cart"], seed: 1))
        };
        (int code, string output, _) = await Run(new BenchCommand(new GoalBaselineProof(ignorant)), "S46");
        Assert.Equal(ExitCode.DidNotHold, code);
        Assert.Contains("DOES NOT HOLD", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proof_without_its_weights_is_one_error()
    {
        RunServices bare = RunServices.Shipped with
        {
            Models = TestParts.Models(_ => throw new AssetMissingException("The model", "here", "Make it."))
        };
        (int code, string output, string error) = await Run(new BenchCommand(new GoalBaselineProof(bare)), "S46");
        Assert.Equal((ExitCode.BadInput, ""), (code, output));
        Assert.Equal("Error: The model was not found or cannot be used (tried here). Make it.\n", error);
    }

    [Theory]
    [InlineData("'cartpool'", "simulation", "--env", "cartpool")]
    [InlineData("--envs: expected whole numbers from 1", "simulation", "--envs", "0")]
    [InlineData("--threads: expected whole numbers from 1", "models", "--threads", "two")]
    [InlineData("--repeats: expected 1 to 1000", "simulation", "--repeats", "0")]
    [InlineData("--seconds: expected 0.001 to 600", "render", "--seconds", "NaN")]
    [InlineData("'cartpole/65x65/plain'", "render", "--rows", "cartpole/65x65/plain")]
    [InlineData("'kneling'", "vlm-rm", "--tasks", "lotus,kneling")]
    [InlineData("--seeds: expected 1 to 1000", "vlm-rm", "--seeds", "0")]
    [InlineData("agent:steps", "vlm-rm", "--steps", "0")]
    [InlineData("'simulations'", "simulations")]
    [InlineData("--help", "")]
    public async Task Bad_usage_is_one_line(string says, params string[] arguments) =>
        Verbs.RefusedBecause(says, await Run(BenchCommand.Shipped, [.. arguments.Where(word => word.Length > 0)]));

    [Fact]
    public async Task Every_bench_shows_an_example()
    {
        string[] names =
        [
            "simulation", "render", "models", "learning", "reasoning", "distill", "vlm-rm", "proofs", "methods", .. MethodsPage.Proofs(),
        ];
        foreach (string name in names)
        {
            (int code, string output, _) = await Run(BenchCommand.Shipped, name, "--help");
            Assert.Equal(ExitCode.Done, code);
            Assert.Contains($"Example: ./embodied bench {name}", output, StringComparison.Ordinal);
        }
    }

    [Fact, Trait("Category", Installed.Category)]
    public void The_renderers_structs_are_laid_out_as_the_installed_headers_say()
    {
        const string folder = "/usr/include/mujoco";
        Installed.Require(Path.Combine(folder, "mujoco.h"), "libmujoco-dev");
        LayoutTable table = CHeader.Read(folder, ["mjvScene", "mjvOption", "mjvCamera", "mjrContext"]);
        var found = new VisualLayout(table.Sizes["mjvScene"], table.Find("mjvScene", "flags").Offset, table.Sizes["mjvOption"],
            table.Sizes["mjvCamera"], table.Sizes["mjrContext"]);
        Assert.Equal(VisualLayout.Of(table.Number), found);
        Assert.Equal((VisualLayout.CameraType, VisualLayout.CameraId),
            (table.Find("mjvCamera", "type").Offset, table.Find("mjvCamera", "fixedcamid").Offset));
    }

    private static async Task<JsonArray> Rows(params string[] arguments)
    {
        using var folder = new TemporaryFolder();
        (int code, string output, string error) =
            await Run(BenchCommand.Shipped, [.. arguments, .. Briefly, "--json", folder["bench.json"], "--out", folder["new/folder"]]);
        Assert.True(code == ExitCode.Done, error);
        Assert.Equal(output, await File.ReadAllTextAsync(folder["new/folder/bench.txt"]));
        Assert.Equal(await File.ReadAllTextAsync(folder["bench.json"]), await File.ReadAllTextAsync(folder["new/folder/bench.json"]));
        return JsonNode.Parse(await File.ReadAllTextAsync(folder["bench.json"]))!["rows"]!.AsArray();
    }

    private static IEnumerable<string> Names(JsonArray rows) => rows.Select(row => (string)row!["name"]!);

    /// <summary>Benches set the threads of libtorch, which all tests share.</summary>
    private static async Task<(int Code, string Output, string Error)> Run(BenchCommand bench, params string[] arguments)
    {
        TorchRuntime.EnsureLoaded();
        int threads = torch.get_num_threads();
        try
        {
            return await Verbs.RunAsync([bench], [BenchCommand.Verb, .. arguments]);
        }
        finally
        {
            torch.set_num_threads(threads);
        }
    }
}
