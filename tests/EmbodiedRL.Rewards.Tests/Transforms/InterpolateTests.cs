using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Rewards.Transforms;
using static EmbodiedRL.Rewards.Tests.Transforms.Steps;

namespace EmbodiedRL.Rewards.Tests.Transforms;

public sealed class InterpolateTests
{
    [Fact]
    public void Rows_between_two_scores_lie_on_their_line_and_those_outside_take_the_nearer()
    {
        TrajectoryBatch batch = Of(["-------"]).Single();
        float[] scores = [None, 1, None, None, None, 3, None];
        new Interpolate().Apply(batch, scores, NoiseBatches.Context());
        Assert.Equal([1, 1, 1.5f, 2, 2.5f, 3, 3], scores);
    }

    [Fact]
    public void No_line_crosses_the_end_of_an_episode()
    {
        TrajectoryBatch batch = Of(["--x---", "-t----"]).Single();
        float[] scores = Transposed([0, None, None, None, None, 6], [None, None, 4, None, None, 7]);
        new Interpolate().Apply(batch, scores, NoiseBatches.Context());
        Assert.Equal(Transposed([0, 0, 0, 6, 6, 6], [4, 4, 4, 5, 6, 7]), scores); // nothing is known of what ended in the second: the mean
    }

    /// <summary>From 3 at the last step of the first rollout to 0 at the third of the second: 2, 1, 0.</summary>
    [Fact]
    public void A_line_goes_on_from_one_batch_into_the_next()
    {
        TrajectoryBatch[] batches = [.. Of(["--", "-x"], ["---", "---"])];
        var interpolate = new Interpolate();
        float[] first = Transposed([1, 3], [8, 9]), second = Transposed([None, None, 0], [None, None, 5]);
        interpolate.Apply(batches[0], first, NoiseBatches.Context());
        interpolate.Apply(batches[1], second, NoiseBatches.Context());
        Assert.Equal(Transposed([2, 1, 0], [5, 5, 5]), second);
    }

    [Fact]
    public void A_snapshot_between_two_batches_brings_the_last_scores_along_and_frozen_scoring_reads_none()
    {
        TrajectoryBatch[] batches = [.. Of(["--"], ["--"])];
        Interpolate whole = new(), resumed = new();
        whole.Apply(batches[0], [1, 3], NoiseBatches.Context());
        var snapshot = new Snapshot();
        whole.Save(snapshot);
        resumed.Load(snapshot);
        float[] scores = [None, 5], frozen = [None, 5];
        resumed.Apply(batches[1], frozen, NoiseBatches.Context(frozen: true));
        resumed.Apply(batches[1], scores, NoiseBatches.Context());
        Assert.Equal([5, 5], frozen);
        Assert.Equal([4, 5], scores);
    }

    [Fact]
    public void An_episode_without_any_score_takes_the_mean_of_its_group_and_a_group_without_any_stays_without()
    {
        TrajectoryBatch batch = Of(["--x--", "-----"]).Single();
        batch.SetGroups([4, 5]);
        float[] scores = Transposed([None, None, None, 1, 3], [None, None, None, None, None]);
        new Interpolate().Apply(batch, scores, NoiseBatches.Context());
        Assert.Equal(Transposed([2, 2, 2, 1, 3], [None, None, None, None, None]), scores);
    }
}
