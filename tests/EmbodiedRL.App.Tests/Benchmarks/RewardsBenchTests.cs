using System.Text.Json;
using EmbodiedRL.App.Commands;
using EmbodiedRL.App.Tests.Commands;
using EmbodiedRL.Benchmarks;
using EmbodiedRL.Benchmarks.RewardComparison;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Models;
using EmbodiedRL.Rewards.Diagnostics;
using EmbodiedRL.Rewards.Programs;
using EmbodiedRL.Training.Auditing;
using EmbodiedRL.Training.Composition;
using TorchSharp;

namespace EmbodiedRL.App.Tests.Benchmarks;

/// <summary><c>bench rewards</c> from the command line, in small; and the rewards that it ships.</summary>
[Collection(Serial.Name)]
public sealed class RewardsBenchTests : IDisposable
{
    private static readonly string[] Small =
    [
        "--env", "cartpole", "--env:count", "4", "--agent:horizon", "32",
        "--agent:minibatch", "64", "--agent:hiddenSizes:0", "8", "--agent:hiddenSizes:1", "8", "--evaluate:episodes", "2",
        "--evaluate:scored", "1", "--evaluate:every", "128", "--set", "threads=1",
    ];

    private static readonly string[] Smallest = [.. Small, "--steps", "256", "--audit-episodes", "0"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Cells_are_run_once_and_reported()
    {
        string[] arguments = ["--tasks", "upright,hanging", "--rewards", "hand,success-classifier", "--out", _folder["out"],
            "--json", _folder["bench.json"], .. Smallest];
        (int code, string output, string error) = await Run([.. arguments, "--seeds", "1"]);
        Assert.True(code == ExitCode.Done, error);
        Assert.Contains("Report: ", output, StringComparison.Ordinal);
        string[] cells = File.ReadAllLines(_folder["out/cells.jsonl"]);
        Assert.Equal(4, cells.Length);
        Assert.Equal(5, File.ReadAllLines(_folder["out/cells.csv"]).Length);
        Assert.False(Directory.Exists(_folder["out/runs"]), "run folders stay");
        Assert.Contains("cartpole/hanging", File.ReadAllText(_folder["out/report.html"]), StringComparison.Ordinal);
        using (JsonDocument json = JsonDocument.Parse(File.ReadAllText(_folder["bench.json"])))
            Assert.Equal(["cartpole/upright/hand", "cartpole/upright/success-classifier", "cartpole/hanging/hand",
                "cartpole/hanging/success-classifier", "rewards/hand", "rewards/success-classifier"],
                json.RootElement.GetProperty("rows").EnumerateArray().Select(row => row.GetProperty("name").GetString()));

        (code, _, error) = await Run([.. arguments, "--seeds", "1"]);
        Assert.True(code == ExitCode.Done, error);
        Assert.DoesNotContain("seed 1", error, StringComparison.Ordinal);
        Assert.Equal(cells, File.ReadAllLines(_folder["out/cells.jsonl"]));

        (code, output, _) = await Run([.. arguments, "--seeds", "2", "--budget", "0"]);
        Assert.Equal(ExitCode.Done, code);
        Assert.Contains("4 x not run yet", output, StringComparison.Ordinal);
        Verbs.RefusedBecause("to hold runs of the settings, rewards and weights asked for",
            await Run([.. arguments, "--seeds", "1", "--agent:gamma", "0.9"]));
    }

    /// <summary>An expert's states are rewarded by what was learned in the run, which is gone from memory when the audit comes.</summary>
    [Fact]
    public async Task Rewards_are_audited_as_they_were_at_the_end_of_their_runs()
    {
        (int code, _, string error) = await Run(["--tasks", "upright", "--rewards", "hand,success-classifier", "--out", _folder["out"],
            .. Small, "--audit-episodes", "2", "--steps", "2048", "--seeds", "1"]);
        Assert.True(code == ExitCode.Done, error);
        AuditFigure[] figures = [.. new Ledger<AuditFigure>(_folder["out/audits.jsonl"]).Read()];
        AuditFigure Figure(string reward, string metric) => figures.Single(figure => figure.Reward == reward && figure.Metric == metric);
        Assert.True(Figure("hand", "kendall").Value > 0.8, $"{Figure("hand", "kendall").Value}");
        Assert.True(Figure("hand", AuditMetrics.Epic).Value < 0.3, $"{Figure("hand", AuditMetrics.Epic).Value}");
        Assert.NotNull(Figure("success-classifier", "kendall").Value); // one that has learned nothing scores alike everywhere
    }

    [Fact]
    public async Task What_cannot_be_run_is_said_and_nothing_stands_in_for_it()
    {
        File.WriteAllText(_folder["absent.json"], """
            { "terms": [ { "name": "far", "source": "goal-baseline", "model": "nobody/has-this" } ] }
            """);
        File.WriteAllText(_folder["unwritten.json"], """
            { "terms": [ { "name": "own", "source": "program", "file": "{task}.reward.cs" } ] }
            """);
        (int code, string output, string error) = await Run(
            ["--tasks", "upright", "--rewards", $"hand,{_folder["absent.json"]},{_folder["unwritten.json"]}", "--out", _folder["out"],
            "--seeds", "1", .. Smallest]);
        Assert.True(code == ExitCode.BadInput, error);
        Assert.Contains("not run: no model", output, StringComparison.Ordinal);
        Assert.Contains("not run: no file", output, StringComparison.Ordinal);
        Assert.Contains("upright.reward.cs", output, StringComparison.Ordinal);
        Assert.Single(File.ReadAllLines(_folder["out/cells.jsonl"]));

        Verbs.RefusedBecause("'hand'", await Run(["--rewards", "hnad", "--out", _folder["other"], .. Smallest]));
        Verbs.RefusedBecause("upright", await Run(["--tasks", "uprigt", "--out", _folder["other"], .. Smallest]));
        Verbs.RefusedBecause("--seeds: expected 1 to 1000", await Run([.. Smallest, "--seeds", "0", "--out", _folder["other"]]));
    }

    public static TheoryData<string> Environments => ["cartpole", "color-reacher", "gym/half-cheetah", "gym/humanoid"];

    /// <summary>Hand-built rewards are of the tasks that they say: over sampled states they rise with their measure.</summary>
    [Theory]
    [MemberData(nameof(Environments))]
    public void Shipped_formulas_rise_with_their_measures(string name)
    {
        string folder = Path.Combine(RewardDefinition.Shipped, "hand", name);
        using IVectorEnvironment environment = RunServices.Shipped.Environment(name, 64, 1);
        EnvironmentInfo info = environment.Info;
        var buffer = new StepBuffer(64, info);
        var states = new List<float>();
        for (int draw = 0; draw < 64; draw++)
        {
            environment.SampleStates(1, draw, draw % 2 == 0 ? StateSource.Uniform : StateSource.Keyframes, buffer);
            states.AddRange(buffer.States);
        }

        int length = info.State.Length, count = states.Count / length;
        float[] rows = [.. states], actions = new float[count * info.Actions.Length], scores = new float[count];
        string[] files = Directory.GetFiles(folder);
        Assert.NotEmpty(files);
        foreach (string file in files)
        {
            string task = Path.GetFileName(file).Replace(".reward.cs", "", StringComparison.Ordinal);
            SuccessMeasure measure = info.Measures.Single(measure => measure.Name == task);
            using RewardProgram program = RewardProgram.Compile(File.ReadAllText(file), file, info.State, info.Actions);
            program.Score(rows, actions, scores);
            bool[] holds = [.. Enumerable.Range(0, count).Select(i => measure.Holds(rows.AsSpan(i * length, length)) > 0.5f)];
            Assert.Contains(true, holds);
            double auroc = Classification.Auroc(Array.ConvertAll(scores, score => (double)score), holds);
            // a cheetah that runs must be level too, which its reward does not say
            Assert.True(auroc > 0.8, $"{name}/{task}: {auroc}");
        }
    }

    private static async Task<(int Code, string Output, string Error)> Run(string[] arguments)
    {
        TorchRuntime.EnsureLoaded();
        int threads = torch.get_num_threads();
        try
        {
            return await Verbs.RunAsync([new BenchCommand(new RewardsBench(RunServices.Shipped))],
                [BenchCommand.Verb, "rewards", .. arguments]);
        }
        finally
        {
            torch.set_num_threads(threads);
        }
    }
}
