using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Rewards.Learned;
using EmbodiedRL.Rewards.Sources;

namespace EmbodiedRL.Rewards.Tests;

public sealed class RewardStackTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;
    private readonly RecordedMetrics _metrics = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Weighted_shaped_terms_add_up_to_the_reward()
    {
        using RewardStack stack = Create(
            new()
            {
                Name = "vlm",
                Source = "goal-baseline",
                Options = new GoalBaselineOptions { Model = "color" },
                Transforms = [new() { Name = "standardize" }],
                Weight = 0.1f
            },
            new() { Name = "task", Source = "task", Transforms = [new() { Name = "clip" }], Weight = 2 },
            new()
            {
                Name = "alive",
                Source = "program",
                Options = new ProgramOptions { File = Formula("1 - point_position") },
                Weight = -0.5f
            });
        await Score(stack, Noise());
        double sum = (0.1 * _metrics["reward/vlm/shaped/mean"]) + (2 * _metrics["reward/task/shaped/mean"])
            - (0.5 * _metrics["reward/alive/shaped/mean"]);
        Assert.Equal(sum, _metrics["reward/mean"], 1e-5);
        Assert.Equal(sum,
            _metrics["reward/vlm/weighted/mean"] + _metrics["reward/task/weighted/mean"] + _metrics["reward/alive/weighted/mean"], 1e-9);
        Assert.True(_metrics["reward/vlm/raw/std"] > 0);
        Assert.Equal(0, _metrics["reward/vlm/raw/missing"]);
    }

    [Fact]
    public async Task The_sum_of_sources_weighs_what_they_say_and_changes_nothing()
    {
        using RewardStack stack = Create(
            new() { Name = "task", Source = "task", Transforms = [new() { Name = "standardize" }], Weight = 2 },
            new() { Name = "alive", Source = "program", Options = new ProgramOptions { File = Formula("3") }, Weight = -0.5f });
        await Score(stack, Noise());
        Snapshot before = new(), after = new();
        stack.Save(before);
        int written = _metrics.Values.Count;
        TrajectoryBatch batch = Noise();
        float[] scores = new float[batch.Rows];
        await stack.SumSourcesAsync(batch, scores, CancellationToken.None);
        stack.Save(after);
        Assert.Equal(Array.ConvertAll(batch.TaskRewards, reward => (2 * reward) + (-0.5f * 3)), scores);
        Assert.Equal(before.Entries, after.Entries);
        Assert.Equal(written, _metrics.Values.Count);
    }

    [Fact]
    public async Task A_term_that_does_not_apply_is_left_out_and_counted()
    {
        using RewardStack stack = Create(
            new()
            {
                Name = "sometimes",
                Source = "program",
                Options = new ProgramOptions { File = Formula("point_position > 0 ? 10 : double.NaN") }
            },
            new() { Name = "always", Source = "program", Options = new ProgramOptions { File = Formula("1", "always") } });
        TrajectoryBatch batch = Noise();
        float[] rewards = await Score(stack, batch);
        for (int i = 0; i < rewards.Length; i++) Assert.Equal(batch.States[i * 2] > 0 ? 11 : 1, rewards[i]);
        Assert.Equal(rewards.Count(reward => reward == 1) / (double)rewards.Length, _metrics["reward/sometimes/raw/missing"], 1e-9);
        Assert.Equal(10, _metrics["reward/sometimes/raw/mean"]);
    }

    [Fact]
    public async Task A_step_to_which_no_term_applies_is_an_error_that_names_it()
    {
        using RewardStack stack = Create(new RewardTermSettings
        {
            Name = "picky",
            Source = "program",
            Options = new ProgramOptions { File = Formula("point_position == 77 ? double.NaN : 1") }
        });
        TrajectoryBatch batch = Noise();
        batch.States[((2 * batch.Count) + 1) * 2] = 77;
        var error = await Assert.ThrowsAsync<NonFiniteException>(() => Score(stack, batch));
        Assert.Contains("step 2 of environment 1", error.Message, StringComparison.Ordinal);
        Assert.Contains("picky", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_infinite_score_is_an_error_that_names_the_term()
    {
        using RewardStack stack =
            Create(new RewardTermSettings { Name = "mad", Source = "program", Options = new ProgramOptions { File = Formula("1 / 0") } });
        var error = await Assert.ThrowsAsync<NonFiniteException>(() => Score(stack, Noise()));
        Assert.Contains("'mad'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void It_reads_what_its_terms_read()
    {
        using RewardStack stack = Create(new() { Name = "vlm", Source = "goal-baseline" }, new() { Name = "task", Source = "task" });
        Assert.Equal(BatchFields.Frames | BatchFields.TaskRewards, stack.Spec.Reads);
        Assert.Equal([FrameSpec.Square(4)], stack.Frames);
    }

    [Fact]
    public void A_run_without_frames_is_refused_with_both_names()
    {
        var error = Assert.Throws<SpecMismatchException>(() => RewardRegistries.Shipped.Build(
            new() { Terms = [new() { Name = "vlm", Source = "goal-baseline" }] }, Context() with { Available = BatchFields.States }));
        Assert.Contains("'vlm'", error.Message, StringComparison.Ordinal);
        Assert.Contains("'fast'", error.Message, StringComparison.Ordinal);
        Assert.Contains("Frames", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Terms_read_frames_of_different_sizes_side_by_side()
    {
        RewardContext context = Context() with { Models = name => new ColorModel(name == "large" ? 8 : 4) };
        using RewardStack stack = RewardRegistries.Shipped.Build(new()
        {
            Terms =
            [
                new() { Name = "near", Source = "goal-baseline", Options = new GoalBaselineOptions { Model = "small" } },
                new() { Name = "far", Source = "goal-baseline", Options = new GoalBaselineOptions { Model = "large" } },
            ],
        }, context);
        Assert.Equal([FrameSpec.Square(4), FrameSpec.Square(8)], stack.Frames);
        var batch = new TrajectoryBatch(1, 1, FastEnv.Describe(), stack.Frames);
        for (int pixel = 0; pixel < 16; pixel++) batch.Frames(FrameSpec.Square(4)).Frame(0)[3 * pixel] = 255;  // red, which is the goal
        for (int pixel = 0; pixel < 64; pixel++) batch.Frames(FrameSpec.Square(8)).Frame(0)[(3 * pixel) + 2] = 255; // blue, which is not
        await Score(stack, batch);
        Assert.True(stack.ScoresOf(0).Span[0] > stack.ScoresOf(1).Span[0]);
    }

    [Fact]
    public async Task A_snapshot_resumes_bit_for_bit()
    {
        RewardTermSettings[] terms =
        [
            new() { Name = "task", Source = "task", Transforms = [new() { Name = "standardize" }] },
            new() { Name = "vlm", Source = "goal-baseline", Transforms = [new() { Name = "center" }] },
        ];
        using RewardStack stack = Create(terms), other = Create(terms);
        await Score(stack, Noise(1));
        var snapshot = new Snapshot();
        stack.Save(snapshot);
        other.Load(snapshot);
        Assert.Equal(await Score(stack, Noise(2)), await Score(other, Noise(2)));
    }

    [Fact]
    public void Every_violation_is_listed()
    {
        var error = Assert.Throws<SettingsException>(() => Create(
            new() { Name = "a b", Source = "task" },
            new() { Name = "vlm", Source = "goal-baseline", Options = new GoalBaselineOptions { Alpha = 2 } },
            new() { Name = "vlm", Source = "program", Weight = float.NaN }));
        Assert.Equal(5, error.Violations.Count);
        Assert.Contains(error.Violations, violation => violation.Contains("reward:terms:1:alpha", StringComparison.Ordinal));
        Assert.Throws<SettingsException>(() => Create());
    }

    [Fact]
    public void Unknown_sources_and_combinators_offer_the_nearest()
    {
        Assert.Contains("'goal-baseline'", Assert.Throws<SettingsException>(
            () => Create(new RewardTermSettings { Name = "x", Source = "goal-baselin" })).Message, StringComparison.Ordinal);
        Assert.Contains("'product'", Assert.Throws<SettingsException>(() => RewardRegistries.Shipped.Build(
            new() { Combine = "produkt", Terms = [new() { Name = "x", Source = "task" }] }, Context())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_source_has_a_line_in_the_catalog_and_a_paper_or_a_reason()
    {
        Type[] sources = [.. typeof(RewardStack).Assembly.GetTypes().Where(type =>
            type is { IsClass: true, IsAbstract: false, IsPublic: true } && type.IsAssignableTo(typeof(IReward))
                && type != typeof(RewardStack) && type != typeof(DistilledReward))]; // both are made of other rewards
        Assert.Equal(sources.Length, RewardRegistries.Shipped.Sources.Names.Count);
        Assert.All(sources,
            type => Assert.True(type.IsDefined(typeof(PaperAttribute), false) || type.IsDefined(typeof(NoPaperAttribute), false)));
    }

    private RewardStack Create(params RewardTermSettings[] terms) => RewardRegistries.Shipped.Build(new() { Terms = terms }, Context());

    private RewardContext Context() => new()
    {
        Info = FastEnv.Describe(),
        Goals = ["red"],
        Baselines = ["gray"],
        Models = _ => new ColorModel(),
        Folder = _folder,
    };

    private string Formula(string text, string name = "formula")
    {
        File.WriteAllText(Path.Combine(_folder, name + ".reward.cs"), text);
        return name + ".reward.cs";
    }

    private static TrajectoryBatch Noise(ulong seed = 1)
    {
        var batch = new TrajectoryBatch(4, 3, FastEnv.Describe(), FrameSpec.Square(4));
        var rng = Rng.For(seed, "noise");
        for (int i = 0; i < batch.States.Length; i++) batch.States[i] = (float)rng.Normal();
        for (int i = 0; i < batch.TaskRewards.Length; i++) batch.TaskRewards[i] = (float)rng.Normal();
        for (int i = 0; i < batch.Rows; i++)
            foreach (ref byte pixel in batch.FrameBlocks[0].Frame(i)) pixel = (byte)rng.Below(256);
        return batch;
    }

    private async Task<float[]> Score(RewardStack stack, TrajectoryBatch batch)
    {
        float[] rewards = new float[batch.Rows];
        await stack.ScoreAsync(batch, rewards, new ScoreContext(0, 0, Frozen: false, _metrics, CancellationToken.None));
        return rewards;
    }
}
