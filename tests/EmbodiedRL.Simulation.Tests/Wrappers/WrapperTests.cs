using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Core.Wrapping;
using EmbodiedRL.Simulation.Physics;
using EmbodiedRL.Simulation.Tasks;
using EmbodiedRL.Simulation.Wrappers;

namespace EmbodiedRL.Simulation.Tests.Wrappers;

public sealed class WrapperTests
{
    [Fact]
    public void A_time_limit_truncates_and_begins_the_next_episode_in_the_same_step()
    {
        using var environment = new TimeLimit(new Counting(2), 2); // by themselves they end after 3 and 4 steps
        StepBuffer buffer = Start(environment);
        environment.Step([0, 0], buffer);
        Assert.Equal([StepKind.Mid, StepKind.Mid], buffer.Kinds);
        environment.Step([0, 0], buffer);
        Assert.Equal([StepKind.Truncated, StepKind.Truncated], buffer.Kinds);
        Assert.Equal([1, 2, 1, 2], buffer.FinalObservations);
        Assert.Equal([2, 0, 2, 0], buffer.Observations);
        Assert.Equal([2, 2], buffer.States);
        environment.Step([0, 0], buffer);
        Assert.Equal([2, 1, 2, 1], buffer.Observations);
        Assert.Equal(2, environment.Info.EpisodeSteps);
    }

    [Fact]
    public void A_time_limit_counts_from_the_start_of_each_episode()
    {
        using var environment = new TimeLimit(new Counting(2), 4);
        StepBuffer buffer = Start(environment);
        List<StepKind> first = [], second = [];
        for (int step = 0; step < 8; step++)
        {
            environment.Step([0, 0], buffer);
            first.Add(buffer.Kinds[0]);
            second.Add(buffer.Kinds[1]);
        }

        Assert.Equal([2, 5], first.Index().Where(kind => kind.Item.Ends()).Select(kind => kind.Index));
        Assert.Equal([3, 7], second.Index().Where(kind => kind.Item.Ends()).Select(kind => kind.Index));
        Assert.DoesNotContain(StepKind.Truncated, first.Concat(second)); // the task's own end comes first
    }

    [Fact]
    public void First_episodes_are_cut_at_different_lengths_and_later_ones_are_whole()
    {
        using var environment = new StaggeredStarts(new TimeLimit(new Counting(4), 3)); // by themselves they end after 3 steps each
        StepBuffer buffer = Start(environment);
        var ends = new List<(int Step, int Row, StepKind Kind)>();
        for (int step = 1; step <= 9; step++)
        {
            environment.Step([0, 0, 0, 0], buffer);
            for (int row = 0; row < 4; row++)
                if (buffer.Kinds[row].Ends()) ends.Add((step, row, buffer.Kinds[row]));
            if (step == 1)
                Assert.Equal((1, 1, 2, 0),
                    (buffer.FinalObservations[6], buffer.FinalObservations[7], buffer.Observations[6], buffer.Observations[7]));
        }

        Assert.Equal([3, 6, 9], ends.Where(end => end.Row == 0).Select(end => end.Step));
        Assert.Equal([3, 6, 9], ends.Where(end => end.Row == 1).Select(end => end.Step));
        Assert.Equal([2, 5, 8], ends.Where(end => end.Row == 2).Select(end => end.Step));
        Assert.Equal([1, 4, 7], ends.Where(end => end.Row == 3).Select(end => end.Step));
        Assert.All(ends.Where(end => end.Step < 3), end => Assert.Equal(StepKind.Truncated, end.Kind));
    }

    [Theory]
    [InlineData(64, 500)]
    [InlineData(7, 3)]
    public void First_limits_are_spread_over_the_whole_time(int count, int steps)
    {
        int[] limits = [.. Enumerable.Range(0, count).Select(row => StaggeredStarts.FirstLimit(row, count, steps))];
        Assert.Equal(steps, limits[0]);
        Assert.All(limits, limit => Assert.InRange(limit, 1, steps));
        Assert.Equal(limits, limits.OrderDescending());
        Assert.Equal(Math.Min(count, steps), limits.Distinct().Count());
    }

    /// <summary>Where a cut is due is saved with the rest, so that a resumed run is cut at the same steps.</summary>
    [Fact]
    public void Cuts_that_are_due_come_back_from_a_snapshot()
    {
        StaggeredStarts Make() =>
            new(new VectorEnvironment(MujocoModel.Parse("point", PointTask.Scene), model => new PointTask(model), 3, 1));
        using StaggeredStarts whole = Make(), resumed = Make();
        StepBuffer one = Start(whole), two = new(3, resumed.Info);
        for (int step = 0; step < 5; step++) whole.Step([1, 0, -1], one);
        var snapshot = new Snapshot();
        whole.Save(snapshot);
        resumed.Load(snapshot);
        int cuts = 0;
        for (int step = 5; step < whole.Info.EpisodeSteps; step++)
        {
            whole.Step([1, 0, -1], one);
            resumed.Step([1, 0, -1], two);
            Assert.Equal(one.Kinds, two.Kinds);
            Assert.Equal(one.Observations, two.Observations);
            cuts += one.Kinds.Count(kind => kind == StepKind.Truncated);
        }

        Assert.True(cuts >= 2, $"{cuts} cuts in {whole.Info.EpisodeSteps} steps");
    }

    /// <summary>What a wrapper makes of the reward can be undone by who compares with published numbers.</summary>
    [Fact]
    public void A_scaled_reward_says_by_what_it_was_scaled()
    {
        var moments = new RunningMoments(1);
        moments.Update<float>([0, 100, 0, 100]);
        using var environment = new NormalizeReward(new StackedFrames(new Counting(2), 2), moments, learns: false);
        using var reshaped = new StackedFrames(new NormalizeReward(new Counting(2), moments, learns: false), 2);
        foreach (IVectorEnvironment scaled in new IVectorEnvironment[] { environment, reshaped })
        {
            StepBuffer buffer = Start(scaled);
            scaled.Step([0, 0], buffer);
            Assert.Equal(1.1 / 50, buffer.Rewards[0], 1e-3);
            Assert.Equal(1.1, buffer.Rewards[0] / buffer.RewardScales[0], 1e-5);
        }
    }

    [Fact]
    public void A_repeated_action_adds_rewards_up_and_stops_where_the_episode_ends()
    {
        var inner = new Counting(2);
        using var environment = new ActionRepeat(inner, 4);
        StepBuffer buffer = Start(environment);
        environment.Step([1, 2], buffer);
        Assert.Equal([1 + 2 + 3, 1 + 2 + 3 + 4], [buffer.RewardTerms[0], buffer.RewardTerms[2]]);
        Assert.Equal(6.6f, buffer.Rewards[0], 1e-5f);
        Assert.Equal(11, buffer.Rewards[1], 1e-5f);
        Assert.Equal([StepKind.Terminated, StepKind.Terminated], buffer.Kinds);
        Assert.Equal([3, 4], buffer.States); // what the last of the repeats led to
        Assert.Equal([2, 0, 2, 0], buffer.Observations); // nobody has moved in the new episodes
        Assert.Equal([float.NaN, 2], inner.Done[3]);
        // the time to succeed in stays what it is
        Assert.Equal((25, 0.4, 3), (environment.Info.EpisodeSteps, environment.Info.ControlTimestep, environment.Info.Measures[0].Window));
    }

    [Fact]
    public void Stacked_observations_are_the_last_ones_and_never_those_of_another_episode()
    {
        using var environment = new StackedFrames(new Counting(1), 3);
        StepBuffer buffer = Start(environment);
        Assert.Equal([1, 0, 1, 0, 1, 0], buffer.Observations);
        environment.Step([0], buffer);
        Assert.Equal([1, 0, 1, 0, 1, 1], buffer.Observations);
        environment.Step([0], buffer);
        environment.Step([0], buffer);
        Assert.Equal(StepKind.Terminated, buffer.Kinds[0]);
        Assert.Equal([1, 1, 1, 2, 1, 3], buffer.FinalObservations);
        Assert.Equal([2, 0, 2, 0, 2, 0], buffer.Observations);
        Assert.Equal([3], buffer.States);
        Assert.Equal(["episode@-2", "step@-2", "episode@-1", "step@-1", "episode", "step"],
            environment.Info.Observations.Fields.Select(field => field.Name));
    }

    [Fact]
    public void A_stack_within_a_time_limit_begins_anew_when_it_is_cut_short()
    {
        using var environment = new TimeLimit(new StackedFrames(new Counting(1), 2), 2);
        StepBuffer buffer = Start(environment);
        environment.Step([0], buffer);
        environment.Step([0], buffer);
        Assert.Equal([1, 1, 1, 2], buffer.FinalObservations);
        Assert.Equal([2, 0, 2, 0], buffer.Observations);
    }

    [Fact]
    public void Standardized_observations_have_mean_0_and_variance_1_of_what_was_seen()
    {
        var moments = new RunningMoments(2);
        using var environment = new NormalizeObservation(new Counting(1), moments, learns: true);
        StepBuffer buffer = Start(environment);
        environment.Step([0], buffer);
        environment.Step([0], buffer); // steps seen: 0, 1, 2; mean 1, variance 2/3
        Assert.Equal((2 - 1) / Math.Sqrt(2.0 / 3), buffer.Observations[1], 1e-3);
        environment.Step([0], buffer); // the fourth ends the episode: seen is its successor's 0; steps 0, 1, 2, 0
        double mean = 0.75, deviation = Math.Sqrt(((2 * mean * mean) + (0.25 * 0.25) + (1.25 * 1.25)) / 4);
        Assert.Equal((0 - mean) / deviation, buffer.Observations[1], 1e-3);
        Assert.Equal((3 - mean) / deviation, buffer.FinalObservations[1], 2e-3);
    }

    [Fact]
    public void Frozen_moments_are_read_and_not_changed()
    {
        var moments = new RunningMoments(2);
        using (var learning = new NormalizeObservation(new Counting(1), moments, learns: true)) Start(learning);
        double[] before = [.. moments.Mean, .. moments.Variance, moments.Count];
        using var judged = new NormalizeObservation(new Counting(1), moments, learns: false);
        StepBuffer buffer = Start(judged);
        judged.Step([0], buffer);
        double[] after = [.. moments.Mean, .. moments.Variance, moments.Count];
        Assert.Equal(before, after);
    }

    [Fact]
    public void Rewards_are_divided_by_the_deviation_of_the_discounted_return()
    {
        const double discount = 0.5;
        using var environment = new NormalizeReward(new Counting(1), new RunningMoments(1), learns: true, discount, limit: 1000);
        StepBuffer buffer = Start(environment);
        environment.Step([0], buffer);
        environment.Step([0], buffer);
        double first = 1.1, second = (discount * first) + 2.2, mean = (first + second) / 2;
        double deviation = Math.Sqrt((Math.Pow(first - mean, 2) + Math.Pow(second - mean, 2)) / 2);
        Assert.Equal(2.2 / deviation, buffer.Rewards[0], 1e-2);
        Assert.Equal(buffer.Rewards[0], buffer.RewardTerms[0] + buffer.RewardTerms[1], 1e-4f);
    }

    [Fact]
    public void Noise_is_normal_and_each_environments_own()
    {
        var inner = new Counting(2);
        using var environment = new ActionNoise(inner, 0.5f, "noise");
        StepBuffer buffer = Start(environment);
        for (int step = 0; step < 4000; step++) environment.Step([1, 1], buffer);
        double[] noise = [.. inner.Done.Select(done => (double)done[0] - 1)];
        Assert.Equal(0, noise.Average(), 0.03);
        Assert.Equal(0.25, noise.Average(value => value * value), 0.02);
        Assert.DoesNotContain(inner.Done, done => done[0] == done[1]);
        Assert.Throws<SpecMismatchException>(() => new ActionNoise(new Counting(1, choices: 3), 0.5f, "noise"));
    }

    [Fact]
    public void Delayed_actions_come_in_order_and_are_forgotten_between_episodes()
    {
        var inner = new Counting(1);
        using var environment = new ActionDelay(inner, 2);
        StepBuffer buffer = Start(environment);
        for (int step = 1; step <= 6; step++) environment.Step([step / 2f], buffer);
        Assert.Equal([0, 0, 0.5f, 0, 0, 2], inner.Done.Select(done => done[0])); // the episode ends after three steps
    }

    [Fact]
    public void Sticky_actions_repeat_the_last_one_as_often_as_they_should_and_never_across_episodes()
    {
        var inner = new Counting(1);
        using var environment = new StickyActions(inner, 0.25, "sticky");
        StepBuffer buffer = Start(environment);
        for (int step = 0; step < 6000; step++) environment.Step([step], buffer);
        float[] done = [.. inner.Done.Select(row => row[0])];
        Assert.All(Enumerable.Range(0, 2000), episode => Assert.Equal(3 * episode, done[3 * episode]));
        double stuck = Enumerable.Range(0, 6000).Where(step => step % 3 > 0).Average(step => done[step] == step ? 0.0 : 1);
        Assert.Equal(0.25, stuck, 0.03);
    }

    [Fact]
    public void Scaled_actions_run_from_bound_to_bound()
    {
        var inner = new Counting(3);
        using var environment = new ScaleAction(inner);
        environment.Step([-1, 0, 1], Start(environment));
        Assert.Equal([-2, 1, 4], inner.Done[0]);
        Assert.Equal((-1, 1), (environment.Info.Actions.Vector.Fields[0].Minimum, environment.Info.Actions.Vector.Fields[0].Maximum));
    }

    [Fact]
    public void A_success_rule_changes_how_long_a_condition_must_hold_and_not_the_condition()
    {
        using var environment = new SuccessRule(new FastEnv(2), 30, 0.5);
        using var plain = new FastEnv(2);
        Assert.Equal([.. plain.Info.Measures.Select(measure => measure with { Window = 30, Share = 0.5 })], environment.Info.Measures);
        Assert.NotEqual((30, 0.5), (plain.Info.Measures[0].Window, plain.Info.Measures[0].Share));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SuccessRule(new FastEnv(1), 30, 0));
    }

    [Fact]
    public void What_needs_single_environments_says_so_where_there_are_none()
    {
        Assert.Contains("step one without the other",
            Assert.Throws<SpecMismatchException>(() => new TimeLimit(new FastEnv(2), 5)).Message, StringComparison.Ordinal);
        Assert.Throws<SpecMismatchException>(() => new ActionRepeat(new ScaleAction(new FastEnv(2)), 5));
    }

    [Fact]
    public void A_resting_environment_and_its_row_stay_as_they_are()
    {
        using var environment = new VectorEnvironment(MujocoModel.Parse("point", PointTask.Scene), model => new PointTask(model), 2, 1);
        StepBuffer buffer = Start(environment);
        float[] before = [.. buffer.Observations];
        environment.StepMasked([1, 1], [true, false], buffer);
        Assert.Equal(before[..2], buffer.Observations[..2]);
        Assert.NotEqual(before[2..], buffer.Observations[2..]);
        Assert.Equal([StepKind.First, StepKind.Mid], buffer.Kinds);
        environment.Step([1, 1], buffer);
        Assert.NotEqual(before[..2], buffer.Observations[..2]);
    }

    private static StepBuffer Start(IVectorEnvironment environment)
    {
        var buffer = new StepBuffer(environment.Count, environment.Info);
        environment.Reset(7, StartDistribution.Task, buffer);
        return buffer;
    }
}
