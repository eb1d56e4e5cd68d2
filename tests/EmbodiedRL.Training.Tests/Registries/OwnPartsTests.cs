using EmbodiedRL.Algorithms;
using EmbodiedRL.Algorithms.OnPolicy;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rewards;
using EmbodiedRL.Simulation.Wrappers;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Training.Tests.Registries;

/// <summary>Parts of one's own, registered in code and then named in settings like the shipped ones.</summary>
public sealed class OwnPartsTests : IDisposable
{
    private const string Block = """
        { "combine": "least", "floor": -2, "terms": [
            { "name": "long", "source": "row-number", "step": 0.5, "transforms": [ { "name": "shift", "by": 10 }, "center" ] },
            { "name": "flat", "source": "row-number", "step": 0 } ] }
        """;

    private readonly TemporaryFolder _folder = new();

    private static RunServices Own { get; } = Register();

    public void Dispose() => _folder.Dispose();

    /// <summary>The same block builds a stack for bodies and for completions; only the batches differ.</summary>
    [Fact]
    public async Task One_settings_block_scores_bodies_and_completions()
    {
        RewardStackSettings settings = SettingsReader.ReadReward(Block, Own);
        using RewardStack bodies = Own.Rewards.Build(settings, new RewardContext { Info = FastEnv.Describe() });
        using RewardStack completions =
            Own.Rewards.Build(settings, new RewardContext { Available = BatchFields.Texts | BatchFields.Prompts });
        float[] first = new float[4], second = new float[4];
        var context = new ScoreContext(0, 0, Frozen: false, NullMetricSink.Instance, CancellationToken.None);
        await bodies.ScoreAsync(new TrajectoryBatch(2, 2, FastEnv.Describe()), first, context);
        await completions.ScoreAsync(new CompletionBatch(["p"], 4, ["a", "b", "c", "d"]), second, context);
        Assert.Equal([-0.75, -0.25, 0, 0], first.Select(value => Math.Round(value, 2))); // 10, 10.5, 11, 11.5 less their mean, or 0
        Assert.Equal(first, second);
    }

    [Fact]
    public void A_block_without_a_term_for_what_a_run_collects_is_refused()
    {
        string message = Refused("task", new RewardContext { Available = BatchFields.Texts });
        Assert.Contains("completions of a language model, found only hand (task)", message, StringComparison.Ordinal);
        Assert.Contains("trajectories of bodies, found only hand (verifier)",
            Refused("verifier", new RewardContext { Info = FastEnv.Describe() }), StringComparison.Ordinal);

        static string Refused(string source, RewardContext context) => Assert.Throws<SettingsException>(() => Own.Rewards.Build(
            SettingsReader.ReadReward($$"""{ "terms": [ { "name": "hand", "source": "{{source}}" } ] }""", Own), context)).Message;
    }

    /// <summary>Each run builds the terms that score what it collects, under one combinator and with one weight each.</summary>
    [Fact]
    public async Task A_block_of_both_kinds_of_terms_serves_runs_of_both_kinds()
    {
        RewardStackSettings settings = SettingsReader.ReadReward("""
            { "terms": [ { "name": "hand", "source": "task" }, { "name": "answer", "source": "verifier", "format": "none", "weight": 2 } ] }
            """, Own);
        using RewardStack bodies = Own.Rewards.Build(settings, new RewardContext { Info = FastEnv.Describe() });
        using RewardStack completions =
            Own.Rewards.Build(settings, new RewardContext { Available = BatchFields.Texts | BatchFields.Questions });
        Assert.Equal("hand", Assert.Single(bodies.Terms).Name);
        Assert.Equal("answer", Assert.Single(completions.Terms).Name);
        float[] scores = new float[2];
        await completions.ScoreAsync(CompletionBatch.Of([new Question("2 + 2?", "4", AnswerForm.Number)], 2,
            ["<think>a</think><answer>4</answer>", "<think>a</think><answer>5</answer>"]), scores, ScoreContext.Preview(default));
        Assert.Equal([2f, 0f], scores);
    }

    [Fact]
    public void Ranges_and_keys_of_ones_own_options_are_checked_like_ours()
    {
        string[] violations = [.. Assert.Throws<SettingsException>(() => SettingsReader.ReadReward(
            """{ "terms": [ { "name": "a", "source": "row-number", "step": 99 }, { "name": "b", "source": "row-numbre" } ] }""",
            Own)).Violations];
        Assert.Contains("reward:terms:0:step: expected -1 to 1, found 99.", violations);
        Assert.Contains(violations, violation => violation.Contains("'row-number'", StringComparison.Ordinal));
        Assert.Contains("'reward:terms:0:step'", Assert.Single(Assert.Throws<SettingsException>(() => SettingsReader.ReadReward(
            """{ "terms": [ { "name": "a", "source": "row-number", "stepp": 1 } ] }""", Own)).Violations), StringComparison.Ordinal);
    }

    [Fact]
    public void An_environment_a_wrapper_and_an_algorithm_of_ones_own_make_a_run()
    {
        File.WriteAllText(_folder["run.json"], """
            { "env": { "name": "line", "rows": 3, "count": 2, "stagger": false, "wrappers": [ { "name": "twice", "times": 2 } ] },
              "reward": { "terms": [ { "name": "n", "source": "row-number" } ] },
              "agent": { "algorithm": "patient", "wait": 7 }, "evaluate": { "episodes": 1, "task": "centered", "scored": 0 } }
            """);
        RunSettings settings = SettingsReader.Read(new SettingsSources { File = _folder["run.json"] }, Own);
        Assert.Equal(7, Assert.IsType<PatientOptions>(settings.Agent.Options).Wait);
        Assert.Equal(3, Assert.IsType<LineOptions>(settings.Env.Options).Rows);
        SettingsFile.Write(_folder["settings.json"], settings, new Dictionary<string, string>());
        Assert.Equal(SettingsFile.Json(settings), SettingsFile.Json(SettingsFile.Read(_folder["settings.json"], Own)));
        Assert.Contains("\"wait\": 7", SettingsFile.Json(settings), StringComparison.Ordinal);

        using TrainingRun run = TrainingRun.Compose(settings, _folder.Path, Own, TimeProvider.System);
        Assert.IsType<Ppo>(run.Policy);
        Assert.Equal(7, ((IControlAlgorithm)run.Policy).Spec.RolloutSteps);
        Assert.Equal("row-number", Assert.Single(settings.Reward.Terms).Source);
    }

    private static RunServices Register()
    {
        RewardRegistries rewards = RunServices.Shipped.Rewards.Copy();
        rewards.Sources.Add<RowNumberOptions, RowNumber>("row-number", "the number of the row",
            (options, run) => new RowNumber(run.Term, options));
        rewards.Transforms.Add<ShiftOptions, Shift>("shift", "adds a number", (options, _) => new Shift(options));
        rewards.Combinators.Add<LeastOptions, Least>("least", "the least of the scores", (options, _) => new Least(options));
        return RunServices.Shipped with
        {
            Rewards = rewards,
            Algorithms = RunServices.Shipped.Algorithms.Copy().Add<PatientOptions, Ppo>("patient", "waits before it learns",
                (options, run) => new Ppo(new PpoOptions { Horizon = options.Wait }, run.Info, run.Seed, run.Device)),
            Environments = RunServices.Shipped.Environments.Copy()
                .Add<LineOptions, FastEnv>("line", "a point on a line", (_, run) => new FastEnv(run.Count)),
            Wrappers = RunServices.Shipped.Wrappers.Copy()
                .Add<ActionRepeatOptions, StackedFrames>("twice", "the last observations",
                    (options, run) => new StackedFrames(run.Inner, options.Times)),
        };
    }

    public sealed record RowNumberOptions : Options
    {
        [Range(-1, 1)]
        public float Step { get; init; } = 1;
    }

    public sealed record ShiftOptions : Options
    {
        public float By { get; init; }
    }

    public sealed record LeastOptions : Options
    {
        public float Floor { get; init; }
    }

    public sealed record PatientOptions : Options
    {
        [Range(1, 100)]
        public int Wait { get; init; } = 1;
    }

    public sealed record LineOptions : Options
    {
        [Range(1, 9)]
        public int Rows { get; init; } = 1;
    }

    private sealed class RowNumber(string name, RowNumberOptions options) : Reward(new RewardSpec(name, BatchFields.None))
    {
        public override ValueTask ScoreAsync(RewardBatch batch, Memory<float> scores, ScoreContext context)
        {
            for (int row = 0; row < batch.Rows; row++) scores.Span[row] = row * options.Step;
            return ValueTask.CompletedTask;
        }
    }

    private sealed class Shift(ShiftOptions options) : RewardTransform
    {
        public override void Apply(RewardBatch batch, Span<float> scores, ScoreContext context)
        {
            foreach (ref float score in scores) score += options.By;
        }
    }

    private sealed class Least(LeastOptions options) : RewardCombinator
    {
        public override void Combine(RewardBatch batch, IReadOnlyList<TermScores> terms, Span<float> rewards, ScoreContext context)
        {
            for (int row = 0; row < rewards.Length; row++) rewards[row] = Math.Max(options.Floor, Lowest(terms, row));
        }

        private static float Lowest(IReadOnlyList<TermScores> terms, int row)
        {
            float least = float.PositiveInfinity;
            foreach (TermScores term in terms) least = Math.Min(least, term.Scores.Span[row]);
            return least;
        }
    }
}
