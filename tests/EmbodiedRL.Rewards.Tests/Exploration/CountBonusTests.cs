using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rewards.Exploration;
using static EmbodiedRL.Rewards.Tests.RewardFormulas;

namespace EmbodiedRL.Rewards.Tests.Exploration;

public sealed class CountBonusTests
{
    private static readonly float Half = 1 / MathF.Sqrt(2), Third = 1 / MathF.Sqrt(3);

    [Fact]
    public async Task Visits_of_a_batch_count_before_it_is_scored_and_stay()
    {
        var walk = new Walk(2, Walk.Line());
        using var reward = new CountBonus("counts", new CountOptions { Width = [1] }, Walk.Line());
        AssertNear([Half, 1, Half, 1], await Walk.Score(reward, walk.Rollout(2, (t, n) => [n == 0 ? 5 : t])));
        AssertNear([Third, Half], await Walk.Score(reward, walk.Rollout(1, (_, n) => [n == 0 ? 5 : 1])));
        // one more visit than were counted, and none is
        for (int again = 0; again < 2; again++)
            AssertNear([0.5f, 1], await Walk.Score(reward, walk.Rollout(1, (_, n) => [n == 0 ? 5 : 9]), frozen: true));
    }

    [Fact]
    public async Task Visits_of_an_episode_go_on_over_batches_and_end_with_it()
    {
        var walk = new Walk(2, Walk.Line());
        using var reward = new CountBonus("counts", new CountOptions { Width = [1], Over = CountOptions.Episode }, Walk.Line());
        AssertNear([1, 1, Half, Half], await Walk.Score(reward, walk.Rollout(2, (_, _) => [3])));
        AssertNear([Third, Third, 1, 0.5f],
            await Walk.Score(reward, walk.Rollout(2, (_, _) => [3], (t, n) => t == 0 && n == 0)));
    }

    [Fact]
    public async Task Cells_are_centered_at_multiples_of_their_width_and_made_of_named_fields()
    {
        var walk = new Walk(1, Walk.Line(2));
        using var reward = new CountBonus("counts",
            new CountOptions { Fields = ["x1"], Width = [0.1], Over = CountOptions.Episode }, Walk.Line(2));
        float[] places = [0.7f, 0.66f, 0.74f, 0.76f, -0.04f, 0.04f];
        AssertNear([1, Half, Third, 1, 1, Half], await Walk.Score(reward, walk.Rollout(6, (t, _) => [t * 10, places[t]])));
    }

    [Fact]
    public async Task Hashed_vectors_of_one_direction_share_a_cell_and_opposite_ones_do_not()
    {
        var walk = new Walk(1, Walk.Line(40));
        using var reward = new CountBonus("counts", new CountOptions { HashBits = 32, Over = CountOptions.Episode }, Walk.Line(40));
        float[] At(int t) => [.. Enumerable.Range(0, 40).Select(i => (t == 2 ? -1 : 1 + t) * (MathF.Sin(i) + 0.01f))];
        AssertNear([1, Half, 1], await Walk.Score(reward, walk.Rollout(3, (t, _) => At(t))));
    }

    [Fact]
    public async Task Memory_is_bounded_and_keeps_what_is_visited_often()
    {
        var walk = new Walk(1, Walk.Line());
        using var reward = new CountBonus("counts", new CountOptions { Width = [1], Capacity = 8 }, Walk.Line());
        for (int rollout = 0; rollout < 20; rollout++)
            await Walk.Score(reward, walk.Rollout(64, (t, _) => [t % 2 == 0 ? 0 : 100 + t + (64 * rollout)]));
        Assert.True(NoiseBatches.Entries(reward)["run/cells"].Length <= 8 * sizeof(ulong));
        float[] bonus = await Walk.Score(reward, walk.Rollout(2, (t, _) => [t]), frozen: true);
        Assert.True(bonus[0] < 0.5f, $"{bonus[0]}");
        Assert.Equal(1, bonus[1]);
    }

    [Fact]
    public void What_cannot_be_counted_is_refused_when_it_is_made()
    {
        EnvironmentInfo blind = Walk.Line() with { Name = "blind", State = new StateSpec() };
        Assert.Equal("reward 'counts' in environment 'blind': expected a vector of state numbers, found none.",
            Assert.Throws<SpecMismatchException>(() => new CountBonus("counts", new CountOptions(), blind)).Message);
        Assert.Contains("for reward 'counts' in environment 'line' called 'y0'",
            Message<UnknownNameException>(new CountOptions { Fields = ["y0"] }), StringComparison.Ordinal);
        Assert.Contains("counts:width: expected 1 number or one for each of 1 values, found 2",
            Message<SettingsException>(new CountOptions { Width = [1, 2] }), StringComparison.Ordinal);
        Assert.Contains("over: expected run or episode", new CountOptions { Over = "life" }.Violations().Single(),
            StringComparison.Ordinal);

        static string Message<T>(CountOptions options) where T : Exception =>
            Assert.Throws<T>(() => new CountBonus("counts", options, Walk.Line())).Message;
    }

    [Fact]
    public async Task A_state_that_is_not_finite_is_named()
    {
        using var reward = new CountBonus("counts", new CountOptions(), Walk.Line());
        TrajectoryBatch batch = new Walk(1, Walk.Line()).Rollout(2, (t, _) => [t == 0 ? 0 : float.NaN]);
        SortedDictionary<string, byte[]> before = NoiseBatches.Entries(reward);
        NonFiniteException error = await Assert.ThrowsAsync<NonFiniteException>(async () => await Walk.Score(reward, batch));
        Assert.Contains("'x0' that reward 'counts' reads is not finite at step 1", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, NoiseBatches.Entries(reward));
    }
}
