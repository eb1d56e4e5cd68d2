using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Rewards.Shaping;

namespace EmbodiedRL.Rewards.Tests.Shaping;

public sealed class WeightScheduleTests
{
    private readonly RecordedMetrics _metrics = new();

    [Theory]
    [InlineData("linear"), InlineData("cosine"), InlineData("exponential")]
    public void Both_ends_are_exact(string kind)
    {
        var schedule = new WeightSchedule { Kind = kind, Start = 0.1, End = 0.7, Initial = 0.3, Final = 1.1 };
        foreach (double early in new[] { 0, 0.05, 0.1 }) Assert.Equal(0.3, schedule.At(early));
        foreach (double late in new[] { 0.7, 0.9, 1 }) Assert.Equal(1.1, schedule.At(late));
        for (double progress = 0.1; progress < 0.7; progress += 0.01)
            Assert.True(schedule.At(progress + 0.01) > schedule.At(progress), $"{progress}");
    }

    /// <summary>x = 1/4 and 1/2 of the way from 2 to 0.5: 2 - 1.5 x; 0.5 + 1.5 (1 + cos(pi x)) / 2; 2 * 0.25^x.</summary>
    [Theory]
    [InlineData("linear", 1.625, 1.25)]
    [InlineData("cosine", 1.7803300858899107, 1.25)]
    [InlineData("exponential", 1.4142135623730951, 1)]
    [InlineData("constant", 1, 1)]
    public void Between_the_ends_the_factor_follows_its_formula(string kind, double quarter, double half)
    {
        WeightSchedule schedule = kind == "constant" ? new() : new() { Kind = kind, Start = 0.2, End = 0.6, Initial = 2, Final = 0.5 };
        Assert.Equal(quarter, schedule.At(0.3), 1e-12);
        Assert.Equal(half, schedule.At(0.4), 1e-12);
    }

    [Fact]
    public void A_schedule_without_length_jumps()
    {
        var schedule = new WeightSchedule { Kind = "linear", Start = 0.5, End = 0.5 };
        Assert.Equal([1, 1, 0, 0], new[] { 0, 0.5, 0.51, 1 }.Select(schedule.At));
    }

    [Fact]
    public async Task A_scheduled_term_fades_out_of_the_reward_and_its_weight_is_logged()
    {
        using RewardStack stack = Build("sum", new WeightSchedule { Kind = "linear", Start = 0.25, End = 0.75 });
        TrajectoryBatch batch = NoiseBatches.Rollout();
        foreach ((double progress, float factor) in new[] { (0, 1f), (0.25, 1f), (0.5, 0.5f), (0.75, 0f), (1, 0f) })
        {
            float[] rewards = await Score(stack, batch, progress);
            for (int row = 0; row < rewards.Length; row++)
                Assert.Equal((3 * factor * batch.TaskRewards[row]) + (2 * batch.TaskRewards[row]), rewards[row], 1e-5f);
            Assert.Equal(3 * factor, _metrics["reward/fading/weight"], 1e-9);
            Assert.Equal(_metrics["reward/mean"], _metrics["reward/fading/weighted/mean"] + _metrics["reward/kept/weighted/mean"], 1e-6);
        }

        Assert.DoesNotContain("reward/kept/weight", _metrics.Values.Keys);
    }

    /// <summary>The unscheduled reward at weight 3 + 2, bit for bit, before the schedule begins.</summary>
    [Fact]
    public async Task Before_its_start_a_schedule_changes_no_bit()
    {
        using RewardStack scheduled = Build("sum", new() { Kind = "cosine", Start = 0.5, Final = 0.1 }), plain = Build("sum", new());
        TrajectoryBatch batch = NoiseBatches.Rollout();
        Assert.Equal(await Score(plain, batch, 0.5), await Score(scheduled, batch, 0.5));
        Assert.NotEqual(await Score(plain, batch, 0.9), await Score(scheduled, batch, 0.9));
    }

    [Fact]
    public void Schedules_that_say_nothing_or_cannot_be_are_refused()
    {
        Assert.Contains("reward:terms:0:schedule:kind: expected constant or linear", Error(new() { Kind = "linaer" }),
            StringComparison.Ordinal);
        Assert.Contains("schedule:kind", Error(new() { Final = 0.5 }), StringComparison.Ordinal);
        Assert.Contains("schedule:end", Error(new() { Kind = "linear", Start = 0.6, End = 0.5 }), StringComparison.Ordinal);
        Assert.Contains("above 0", Error(new() { Kind = "exponential" }), StringComparison.Ordinal);
        Assert.Contains("schedule:initial", Error(new() { Kind = "linear", Initial = -1 }), StringComparison.Ordinal);
    }

    /// <summary>A weight of 0 would stop the run where a combinator asks for more, at its end: it is refused at its beginning.</summary>
    [Theory]
    [InlineData("logical-and"), InlineData("lexicographic"), InlineData("signed-geometric-mean")]
    public async Task Where_a_combinator_takes_no_weight_of_zero_fading_out_is_refused_at_once(string combine)
    {
        Assert.Contains(combine, Error(new() { Kind = "linear" }, combine), StringComparison.Ordinal);
        using RewardStack stack = Build(combine, new() { Kind = "linear", Final = 0.1 });
        Assert.All(await Score(stack, NoiseBatches.Rollout(), 1), reward => Assert.True(float.IsFinite(reward)));
    }

    private static RewardStack Build(string combine, WeightSchedule schedule) => RewardRegistries.Shipped.Build(new()
    {
        Combine = combine,
        Terms =
        [
            new() { Name = "fading", Source = "task", Weight = 3, Schedule = schedule },
            new() { Name = "kept", Source = "task", Weight = 2 },
        ],
    }, new RewardContext { Info = FastEnv.Describe() });

    private static string Error(WeightSchedule schedule, string combine = "sum") =>
        Assert.Throws<SettingsException>(() => Build(combine, schedule)).Message;

    private async Task<float[]> Score(RewardStack stack, TrajectoryBatch batch, double progress)
    {
        float[] rewards = new float[batch.Rows];
        await stack.ScoreAsync(batch, rewards, new ScoreContext(0, progress, Frozen: false, _metrics, CancellationToken.None));
        return rewards;
    }
}
