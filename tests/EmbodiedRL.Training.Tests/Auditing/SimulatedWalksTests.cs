using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rewards;
using EmbodiedRL.Training.Auditing;
using EmbodiedRL.Training.Loop;

namespace EmbodiedRL.Training.Tests.Auditing;

public sealed class SimulatedWalksTests
{
    /// <summary>How near to the origin the point is.</summary>
    private static double Truth(float position) => Math.Max(0, 1 - Math.Abs(position));

    [Fact]
    public async Task The_truth_is_no_distance_from_itself_however_scaled_and_the_furthest_from_its_opposite()
    {
        Assert.Equal(0, await Distance(Truth), 6);
        Assert.Equal(0, await Distance(position => 7 * Truth(position)), 3);
        Assert.InRange(await Distance(position => 3 + (7 * Truth(position))), 0.01, 0.2); // pays for not falling off, which ends an episode
        Assert.Equal(2, await Distance(position => -Truth(position)), 3);
    }

    [Fact]
    public async Task A_reward_that_does_not_tell_is_at_one_and_one_that_tells_roughly_is_between()
    {
        Assert.Equal(1, await Distance(_ => 5));
        double rough = await Distance(position => -position * position);
        Assert.InRange(rough, 0.01, 0.7);
        double other = await Distance(position => position); // as often right as wrong
        Assert.InRange(other, rough + 0.2, 2);
        Assert.Equal(other, await Distance(position => position));
    }

    /// <summary>Where nothing that is done changes the truth, a reward that pays nothing is no better than another.</summary>
    [Fact]
    public async Task A_truth_that_no_action_changes_has_no_distance() =>
        Assert.Equal((double.NaN, double.NaN), (await Distance(_ => 5, _ => 0.5), await Distance(Truth, _ => 0.5)));

    private static async Task<double> Distance(Func<float, double> reward, Func<float, double>? of = null)
    {
        using var environment = new FastEnv(16);
        using var renderers = new RendererPool();
        using var stack = new RewardStack([new RewardTerm(new OfPosition(reward), [], 1)], BatchFields.States);
        var walks = new SimulatedWalks(environment, renderers, "", state => (float)(of ?? Truth)(state[0]));
        return (await walks.DistanceAsync(stack, 1, default)).Value;
    }

    private sealed class OfPosition(Func<float, double> score) : Reward(new RewardSpec("position", BatchFields.States))
    {
        public override ValueTask ScoreAsync(RewardBatch batch, Memory<float> scores, ScoreContext context)
        {
            Check(batch, scores);
            float[] states = batch.As<TrajectoryBatch>().States;
            for (int row = 0; row < batch.Rows; row++) scores.Span[row] = (float)score(states[2 * row]);
            return ValueTask.CompletedTask;
        }
    }
}
