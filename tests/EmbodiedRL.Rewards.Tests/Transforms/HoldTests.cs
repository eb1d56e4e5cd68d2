using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Rewards.Transforms;
using static EmbodiedRL.Rewards.Tests.Transforms.Steps;

namespace EmbodiedRL.Rewards.Tests.Transforms;

public sealed class HoldTests
{
    [Fact]
    public void A_row_takes_the_last_score_of_its_episode_and_of_no_other()
    {
        TrajectoryBatch batch = Of(["--x---", "---t--"]).Single();
        float[] scores = Transposed([1, None, None, None, 5, None], [None, None, 3, None, None, None]);
        new Hold().Apply(batch, scores, NoiseBatches.Context());
        // A new episode begins after 'x': its first row takes the 5 that comes. After 't' the second environment's new episode has no
        // score at all: it takes the mean.
        Assert.Equal(Transposed([1, 1, 1, 5, 5, 5], [3, 3, 3, 3, 3, 3]), scores);
    }

    [Fact]
    public void An_episode_that_goes_on_takes_its_last_score_along_and_a_new_one_does_not()
    {
        TrajectoryBatch[] batches = [.. Of(["---", "--x", "---"], ["---", "---", "-x-"])];
        var hold = new Hold();
        float[] first = Transposed([None, 2, None], [7, None, None], [None, None, None]),
            second = Transposed([None, None, 9], [None, None, None], [None, None, 4]);
        hold.Apply(batches[0], first, NoiseBatches.Context());
        hold.Apply(batches[1], second, NoiseBatches.Context());
        // nothing is known of the third: the mean, which is not taken along
        Assert.Equal(Transposed([2, 2, 2], [7, 7, 7], [4.5f, 4.5f, 4.5f]), first);
        Assert.Equal(Transposed([2, 2, 9], [4.25f, 4.25f, 4.25f], [4.25f, 4.25f, 4]), second);
    }

    /// <summary>Evaluation counts its episodes from 0 as training does, so what training remembers must not fill them.</summary>
    [Fact]
    public void Frozen_scoring_takes_nothing_from_training_and_leaves_it_nothing()
    {
        TrajectoryBatch[] batches = [.. Of(["--"], ["--"])];
        var hold = new Hold();
        float[] first = [1, None], frozen = [None, 5], second = [None, None];
        hold.Apply(batches[0], first, NoiseBatches.Context());
        hold.Apply(batches[0], frozen, NoiseBatches.Context(frozen: true));
        hold.Apply(batches[1], second, NoiseBatches.Context());
        Assert.Equal([5, 5], frozen);
        Assert.Equal([1, 1], second);
    }

    [Fact]
    public void A_snapshot_between_two_batches_brings_the_last_scores_along()
    {
        TrajectoryBatch[] batches = [.. Of(["--", "--"], ["--", "--"])];
        Hold whole = new(), resumed = new();
        whole.Apply(batches[0], Transposed([1, None], [2, 3]), NoiseBatches.Context());
        var snapshot = new Snapshot();
        whole.Save(snapshot);
        resumed.Load(snapshot);
        float[] scores = Transposed([None, None], [None, None]);
        resumed.Apply(batches[1], scores, NoiseBatches.Context());
        Assert.Equal(Transposed([1, 1], [3, 3]), scores);
    }

    [Fact]
    public void Completions_have_nothing_to_hold()
    {
        float[] scores = [1, None, 3];
        new Hold().Apply(new CompletionBatch(["a"], 3, ["1", "2", "3"]), scores, NoiseBatches.Context());
        Assert.Equal([1, None, 3], scores);
    }
}
