using System.Text.Json;
using EmbodiedRL.App.Commands;
using EmbodiedRL.App.Tests.Commands;
using EmbodiedRL.Benchmarks;
using EmbodiedRL.Benchmarks.Recipes;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Models;
using EmbodiedRL.Models.Hub;
using EmbodiedRL.Rewards.Sources;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Settings;
using TorchSharp;

namespace EmbodiedRL.App.Tests.Benchmarks;

/// <summary>The recipe of VLM-RM: its settings, and the table that its command fills, with a model of random weights.</summary>
[Collection(Serial.Name)]
public sealed class VlmRmBenchTests : IDisposable
{
    /// <summary>Two updates of a few short episodes instead of 3,125 of 32 long ones.</summary>
    private static readonly string[] Small =
    [
        "--seeds", "1", "--steps", "80", "--env:count", "4", "--agent:horizon", "10", "--agent:minibatch", "20",
        "--agent:hiddenSizes:0", "8", "--agent:hiddenSizes:1", "8", "--env:wrappers:0:steps", "10", "--evaluate:episodes", "2",
        "--evaluate:scored", "2", "--checkpoint:every", "40", "--reward:precision", "fp32", "--set", "threads=1",
    ];

    private readonly TemporaryFolder _folder = new();
    private readonly RunServices _runServices;

    public VlmRmBenchTests()
    {
        var variables = new Dictionary<string, string> { ["HF_HOME"] = _folder["hub"], ["EMBODIED_MODELS_LOCK"] = _folder["lock.json"] };
        _runServices = RunServices.Shipped with
        {
            Hub = HubSettings.Of(variables.GetValueOrDefault, null, RunServices.Shipped.Weights)
        };
    }

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Tasks => [.. VlmRmTask.All.Select(task => task.Name)];

    [Theory]
    [MemberData(nameof(Tasks))]
    public void Every_settings_file_says_what_the_paper_says(string name)
    {
        VlmRmTask task = VlmRmTask.All.Single(task => task.Name == name);
        RunSettings settings = SettingsReader.Read(new SettingsSources { File = task.File }, RunServices.Shipped);
        Assert.StartsWith("a humanoid robot ", settings.Goal.Prompt, StringComparison.Ordinal);
        Assert.Equal(("a humanoid robot", "gym/humanoid", "vlm-rm", 10_000_000),
            (settings.Goal.Baseline, settings.Env.Name, settings.Env.Render.Camera, settings.Agent.Steps));
        var options = (GoalBaselineOptions)Assert.Single(settings.Reward.Terms).Options!;
        Assert.Equal(("open-clip-vit-bigg-14", 0), (options.Model, options.Alpha));
        Assert.Equal("laion/CLIP-ViT-bigG-14-laion2B-39B-b160k", KnownModels.Find(options.Model)!.Repository);
        Assert.Equal(3200, settings.Env.Count * JsonSerializer.SerializeToElement<object>(settings.Agent.Options!).GetProperty("Horizon")
            .GetInt32()); // images that the paper's model reads at once

        using TrainingRun run = Composed(settings with
        {
            Env = settings.Env with { Count = 1 },
            Reward = settings.Reward with { Terms = [RewardChoice.TaskTerm] },
            Evaluate = settings.Evaluate with { Episodes = 1, Scored = 0 },
        });
        Assert.Equal(100, run.Info.EpisodeSteps);
        Assert.All(run.Info.Measures, measure => Assert.Equal((100, 0.5), (measure.Window, measure.Share)));
        Assert.Equal(settings.Evaluate.Task.Length > 0 ? [settings.Evaluate.Task] : [], run.Assessment.JudgedBy);
    }

    [Fact]
    public void There_is_a_settings_file_for_each_task_and_no_other() => Assert.Equal(
        VlmRmTask.All.Select(task => $"{task.Name}.json").Order(),
        Directory.EnumerateFiles(Path.Combine(Fixtures.RepositoryRoot, "assets", "settings", "vlm-rm"))
            .Select(file => Path.GetFileName(file)).Order());

    [Fact]
    public async Task The_table_is_filled_cell_by_cell_and_what_has_ended_is_not_run_again()
    {
        WriteModel();
        string[] others = ["--tasks", "kneeling,lotus", "--out", _folder["out"], .. Small];
        string[] arguments = ["--model", _folder["tiny"], .. others];
        (int code, string output, string error) = await Run(arguments);
        Assert.True(code == ExitCode.Done, error);
        Assert.Equal(output, File.ReadAllText(_folder["out/table.md"]));
        Dictionary<string, string>[] rows = Rows();
        Assert.Equal([("kneeling", "100"), ("lotus", "100")], rows.Select(row => (row["task"], row["paper %"])));
        Assert.All(rows, row => Assert.Equal((_folder["tiny"], "fp32", "ppo", "80", "1 of 1"),
            (row["model"], row["precision"], row["learner"], row["steps"], row["seeds"])));
        Assert.All(rows, row => Assert.True(double.Parse(row["images/s"]) > 0, row["images/s"]));
        var summary = RunSummary.Read(_folder["out/kneeling/seed-1/summary.json"]);
        Assert.Equal(["kneeling"], summary.JudgedBy);
        Assert.StartsWith($"{100 * summary.Success!.Value:0.#} (", rows[0]["ours %"], StringComparison.Ordinal);
        Assert.Null(RunSummary.Read(_folder["out/lotus/seed-1/summary.json"]).Success);
        Assert.StartsWith("no measure; judge the film ", rows[1]["ours %"], StringComparison.Ordinal);

        string[] metrics = RunFiles.Metrics(_folder["out/kneeling/seed-1"]);
        File.Delete(_folder["out/kneeling/seed-1/summary.json"]);
        string[] checkpoints = [.. Directory.GetFileSystemEntries(_folder["out/kneeling/seed-1/checkpoints"]).Order()];
        Remove(checkpoints[^1]);
        DateTime ended = File.GetLastWriteTimeUtc(_folder["out/lotus/seed-1/summary.json"]);
        (code, string again, error) = await Run(arguments);
        Assert.True(code == ExitCode.Done, error);
        Assert.Contains("Going on after update 1 of 2", error, StringComparison.Ordinal);
        Assert.DoesNotContain("lotus", error, StringComparison.Ordinal);
        Assert.Equal(ended, File.GetLastWriteTimeUtc(_folder["out/lotus/seed-1/summary.json"]));
        Assert.Equal(metrics, RunFiles.Metrics(_folder["out/kneeling/seed-1"]));
        Assert.Equal(rows.Select(row => row["ours %"]), Rows().Select(row => row["ours %"]));

        Verbs.RefusedBecause("to hold a run of model 'scene-clip', found one of", await Run(["--model", "scene-clip", .. others]));
        Verbs.RefusedBecause("to hold a run of the settings asked for", await Run([.. arguments, "--agent:gamma", "0.9"]));
    }

    [Fact]
    public async Task A_missing_model_is_one_line_and_nothing_stands_in_for_it()
    {
        (int code, string output, string error) = await Run(["--out", _folder["out"]]);
        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains("./embodied models pull open-clip-vit-bigg-14",
            Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.Equal(output, File.ReadAllText(_folder["out/table.md"]));
        Assert.Equal(VlmRmTask.All.Select(task => (task.Name, "not run: no model", "0 of 4")),
            Rows().Select(row => (row["task"], row["ours %"], row["seeds"])));
        Assert.Equal(["table.csv", "table.md"], Directory.EnumerateFileSystemEntries(_folder["out"]).Select(Path.GetFileName).Order());
    }

    private static TrainingRun Composed(RunSettings settings) =>
        TrainingRun.Compose(settings, "", RunServices.Shipped, TimeProvider.System);

    private static void Remove(string path)
    {
        if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
        else File.Delete(path);
    }

    /// <summary>The shape of open_clip's bigG in small, of random weights, with a tokenizer that spells.</summary>
    private void WriteModel()
    {
        Directory.CreateDirectory(_folder["tiny"]);
        string source = Fixtures.Require("contrastive/openclip/bigg-style");
        foreach (string file in new[] { "open_clip_config.json", "open_clip_model.safetensors" })
            File.Copy(Path.Combine(source, file), _folder[$"tiny/{file}"]);
        string[] letters = [.. "abcdefghijklmnopqrstuvwxyz,".Select(letter => $"{letter}")];
        // "humanoid" and "robot" are words, so that goals differ within the 16 tokens that it reads
        string[] merges = [.. Merges("humanoid"), .. Merges("robot")];
        string[] tokens =
        [
            .. letters, .. letters.Select(letter => $"{letter}</w>"),
            .. merges.Select(merge => merge.Replace(" ", "", StringComparison.Ordinal)), "<|startoftext|>", "<|endoftext|>",
        ];
        File.WriteAllText(_folder["tiny/vocab.json"],
            JsonSerializer.Serialize(tokens.Index().ToDictionary(token => token.Item, token => token.Index)));
        File.WriteAllText(_folder["tiny/merges.txt"], $"#version: 0.2\n{string.Join('\n', merges)}\n");
    }

    private static IEnumerable<string> Merges(string word) => Enumerable.Range(1, word.Length - 1)
        .Select(end => $"{word[..end]} {word[end]}{(end == word.Length - 1 ? "</w>" : "")}");

    /// <summary>Rows of table.csv by column; no cell of these tests is quoted.</summary>
    private Dictionary<string, string>[] Rows()
    {
        string[][] lines = [.. File.ReadAllLines(_folder["out/table.csv"]).Select(line => line.Replace("\"", "").Split(','))];
        return [.. lines[1..].Select(line => lines[0].Zip(line).ToDictionary(pair => pair.First, pair => pair.Second))];
    }

    private async Task<(int Code, string Output, string Error)> Run(string[] arguments)
    {
        TorchRuntime.EnsureLoaded();
        int threads = torch.get_num_threads();
        try
        {
            return await Verbs.RunAsync([new BenchCommand(new VlmRmBench(_runServices))], [BenchCommand.Verb, "vlm-rm", .. arguments]);
        }
        finally
        {
            torch.set_num_threads(threads);
        }
    }
}
