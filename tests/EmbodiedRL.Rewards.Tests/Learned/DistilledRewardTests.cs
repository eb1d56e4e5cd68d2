using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rewards.Learned;
using EmbodiedRL.Rewards.Sources;

namespace EmbodiedRL.Rewards.Tests.Learned;

public sealed class DistilledStateContract : LearnedRewardContract
{
    protected override IReward Create() => Make(DistillSettings.State);

    internal static DistilledReward Make(string student) => new(
        new GoalBaselineReward("vlm", new ColorModel(), ["red", "blue"], ["gray"], 0.5f), new DistillSettings
        {
            Student = student,
            WarmUp = 1,
            Memory = 256,
            Steps = 4,
            Minibatch = 32,
            Audit = 0.2,
        }, student == DistillSettings.Observation ? FastEnv.Describe().Observations : FastEnv.Describe().State);
}

public sealed class DistilledObservationContract : LearnedRewardContract
{
    protected override IReward Create() => DistilledStateContract.Make(DistillSettings.Observation);
}

public sealed class DistilledPixelsContract : LearnedRewardContract
{
    protected override IReward Create() => DistilledStateContract.Make(DistillSettings.Pixels);
}

public sealed class DistilledRewardTests
{
    private const int Steps = 32, Count = 16, Side = 4;

    [Theory]
    [InlineData(DistillSettings.State)]
    [InlineData(DistillSettings.Pixels)]
    public async Task A_student_saves_calls_and_keeps_the_order(string student)
    {
        using DistilledReward reward = Make(student);
        double[] given = [], right = [];
        long calls = 0;
        for (int rollout = 0; rollout < 16; rollout++)
        {
            (TrajectoryBatch batch, double[] truth) = Rollout(rollout);
            float[] scores = new float[batch.Rows];
            var context = new ScoreContext(0, 0, Frozen: false, NullMetricSink.Instance, default);
            await reward.ScoreAsync(batch, scores, context);
            await reward.LearnAsync(batch, context);
            if (rollout == 9) calls = reward.Calls;
            if (rollout >= 10) (given, right) = ([.. given, .. scores.Select(score => (double)score)], [.. right, .. truth]);
        }

        double late = (double)(reward.Calls - calls) / (6 * Steps * Count);
        Assert.True(late < 0.25, $"the source was asked about {late:0.00} of the last rows");
        Assert.True(Rewards.Diagnostics.Correlations.Spearman(given, right) > 0.97);
        Assert.True(reward.Rank > 0.95, $"{reward.Rank}");
    }

    [Fact]
    public async Task What_it_reports_to_have_kept_is_what_it_kept()
    {
        // the source is asked at random alone: any rank is good enough; and it changes its mind
        using DistilledReward reward = Make(DistillSettings.State, tolerance: 100, rank: -1);
        for (int rollout = 0; rollout < 40; rollout++)
        {
            (TrajectoryBatch batch, _) = Rollout(rollout, isReversed: rollout >= 5);
            float[] scores = new float[batch.Rows];
            var context = new ScoreContext(0, 0, Frozen: false, NullMetricSink.Instance, default);
            await reward.ScoreAsync(batch, scores, context);
            if (rollout < 5) await reward.LearnAsync(batch, context);
        }

        Assert.True(reward.Rank < 0, $"{reward.Rank}");
    }

    [Fact]
    public void What_cannot_be_distilled_is_refused_when_it_is_made()
    {
        var settings = new DistillSettings { Student = DistillSettings.State };
        VectorSpec state = FastEnv.Describe().State;
        Assert.Contains("depends on Episode", Assert.Throws<SettingsException>(() => new DistilledReward(
            new GoalBaselineReward("vlm", new ColorModel(), ["red"], ["gray"], 0.5f, skipBelow: 1), settings, state)).Message,
            StringComparison.Ordinal);
        Assert.Contains("TaskRewards", Assert.Throws<SettingsException>(() =>
            new DistilledReward(new TaskReward("task"), settings, FastEnv.Describe().State)).Message, StringComparison.Ordinal);
        Assert.Contains("distill:student", RewardRegistries.Shipped.Violations(new RewardStackSettings
        {
            Terms = [new RewardTermSettings { Name = "vlm", Source = "goal-baseline", Distill = new DistillSettings { Student = "text" } }],
        }).Single(), StringComparison.Ordinal);
    }

    /// <summary>Every fourth step has a frame, and a score; both students see the row that the frame belongs to.</summary>
    [Theory]
    [InlineData(DistillSettings.State)]
    [InlineData(DistillSettings.Pixels)]
    public async Task Steps_that_the_source_leaves_out_are_left_out(string student)
    {
        using DistilledReward reward = Make(student, every: 4);
        double[] given = [], right = [];
        for (int rollout = 0; rollout < 32; rollout++)
        {
            (TrajectoryBatch batch, double[] truth) = Rollout(rollout, every: 4);
            float[] scores = new float[batch.Rows];
            var context = new ScoreContext(0, 0, Frozen: false, NullMetricSink.Instance, default);
            await reward.ScoreAsync(batch, scores, context);
            await reward.LearnAsync(batch, context);
            for (int row = 0; row < batch.Rows; row++) Assert.Equal(row / Count % 4 != 0, float.IsNaN(scores[row]));
            if (rollout < 26) continue;
            int[] rows = [.. Enumerable.Range(0, batch.Rows).Where(row => row / Count % 4 == 0)];
            (given, right) = ([.. given, .. rows.Select(row => (double)scores[row])], [.. right, .. rows.Select(row => truth[row])]);
        }

        Assert.Equal(32 * Steps / 4 * Count, reward.Rows);
        Assert.True(reward.Calls < 0.75 * reward.Rows, $"{reward.Calls} of {reward.Rows}");
        Assert.True(Rewards.Diagnostics.Correlations.Spearman(given, right) > 0.95);
    }

    /// <summary>A student that is right where its members agree to within 0.5 and wrong elsewhere.</summary>
    [Fact]
    public void The_tolerance_is_the_greatest_that_keeps_the_order()
    {
        var window = new AuditWindow(100);
        for (int i = 0; i < 100; i++)
        {
            float deviation = i / 99f, source = (i * 37 % 100) / 100f;
            window.Add(deviation <= 0.5f ? source : -source, deviation, source, source);
        }

        Assert.Equal(1, window.Rank, 1e-12);
        Assert.InRange(window.Tolerance(0.999), 0.45, 0.5);
        Assert.Equal(1, window.Tolerance(-1));
        Assert.True(window.StudentRank < 0.9);

        var inverted = new AuditWindow(10);
        for (int i = 0; i < 10; i++) inverted.Add(-i, 0, i, i);
        Assert.True(inverted.Tolerance(0.9) < 0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void It_can_be_checked_before_a_run_if_its_source_can(bool isCheckable)
    {
        using var reward = new DistilledReward(new Seen(isCheckable), new DistillSettings { Student = DistillSettings.Pixels }, null);
        Assert.Equal(isCheckable, reward.IsCheckable);
    }

    [Fact]
    public void A_student_without_anything_to_read_is_refused()
    {
        var settings = new DistillSettings { Student = DistillSettings.Observation };
        using var teacher = new GoalBaselineReward("vlm", new ColorModel(), ["red"], ["gray"], 0.5f);
        Assert.Contains("found none in the observation", Assert.Throws<SettingsException>(() =>
            new DistilledReward(teacher, settings, new ObservationSpec())).Message, StringComparison.Ordinal);
        Assert.Throws<UnknownNameException>(() =>
            new DistilledReward(teacher, settings with { Fields = ["nothing"] }, FastEnv.Describe().Observations));
    }

    /// <summary>The row that a frame shows: what follows the step, also at the end of an episode and of the rollout.</summary>
    [Fact]
    public void The_observation_after_a_step_is_that_of_its_frame()
    {
        TrajectoryBatch batch = NoiseBatches.Rollout();
        int width = batch.Info.Observations.Length, ended = 0;
        for (int row = 0; row < batch.Rows; row++)
        {
            float[] expected = batch.EndsEpisode(row) ? batch.FinalObservation(row).ToArray()
                : row + batch.Count < batch.Rows ? batch.Observations[((row + batch.Count) * width)..((row + batch.Count + 1) * width)]
                : batch.NextObservations[(row % batch.Count * width)..((row % batch.Count + 1) * width)];
            Assert.Equal(expected, batch.ObservationAfter(row).ToArray());
            if (batch.EndsEpisode(row)) ended++;
        }

        Assert.True(ended > 0);
    }

    private static DistilledReward Make(string student, double tolerance = 0.2, int every = 1, double rank = 0.97) =>
        new(new GoalBaselineReward("vlm", new ColorModel(Side), ["red"], ["gray"], 0f, every: every), new DistillSettings
        {
            Student = student,
            WarmUp = 512,
            Steps = student == DistillSettings.State ? 48 : 12,
            Minibatch = 64,
            Audit = 0.02,
            Tolerance = tolerance,
            Rank = rank,
        }, FastEnv.Describe().State);

    /// <summary>Frames whose redness follows from the state's first number.</summary>
    private static (TrajectoryBatch Batch, double[] Truth) Rollout(int rollout, bool isReversed = false, int every = 1)
    {
        FrameSpec spec = FrameSpec.Square(Side) with { Every = every };
        var batch = new TrajectoryBatch(Steps, Count, FastEnv.Describe(), spec);
        FrameBlock frames = batch.Frames(spec);
        double[] truth = new double[batch.Rows];
        var rng = Rng.For(5, "rollout", rollout);
        int width = batch.Info.State.Length;
        for (int row = 0; row < batch.Rows; row++)
        {
            for (int k = 0; k < width; k++) batch.States[(row * width) + k] = (float)rng.Normal();
            double red = Math.Tanh(batch.States[row * width]) * (isReversed ? -1 : 1);
            truth[row] = (byte)(128 + (120 * red));
            if (row / Count % every != 0) continue;
            Span<byte> frame = frames.Frame((row / Count / every * Count) + (row % Count));
            for (int i = 0; i < frame.Length; i++) frame[i] = (byte)(i % 3 == 0 ? truth[row] : 100);
        }

        return (batch, truth);
    }

    private sealed class Seen(bool isCheckable)
        : Reward(new RewardSpec("seen", BatchFields.Frames, Frames: FrameSpec.Square(Side)))
    {
        public override bool IsCheckable => isCheckable;

        public override ValueTask ScoreAsync(RewardBatch batch, Memory<float> scores, ScoreContext context) =>
            throw new NotSupportedException();
    }
}
