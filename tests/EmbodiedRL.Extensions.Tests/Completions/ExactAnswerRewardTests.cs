using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Rewards;

namespace EmbodiedRL.Extensions.Tests.Completions;

[Trait("Category", Extension.Category)]
public sealed class ExactAnswerRewardContract : CompletionRewardContract
{
    protected override IReward Create() => new ExactAnswerReward("exact", new ExactAnswerOptions());
}

[Trait("Category", Extension.Category)]
public sealed class ExactAnswerRewardTests
{
    [Theory]
    [InlineData(false, 1, 1)]
    [InlineData(true, 1, -1)]
    public async Task Each_completion_is_compared_with_the_reference_of_its_own_prompt(bool matchCase, float upper, float lower)
    {
        using var reward = new ExactAnswerReward("exact", new ExactAnswerOptions { Wrong = -1, MatchCase = matchCase });
        var batch = new CompletionBatch(["Capital?", "Sum?"], 3, ["a", "b", "c", "d", "e", "f"])
        {
            Answers = ["Paris", " paris ", null, "4", "Paris", "44"],
            References = ["Paris", "4"],
        };
        float[] scores = new float[6];
        await reward.ScoreAsync(batch, scores, ScoreContext.Preview());
        Assert.Equal([upper, lower, -1, 1, -1, -1], scores);
    }

    [Fact]
    public async Task Bodies_are_refused_when_a_run_is_composed_and_when_they_are_scored()
    {
        var term = new RewardTerm(new ExactAnswerReward("exact", new ExactAnswerOptions()), [], 1);
        var error = Assert.Throws<SpecMismatchException>(() =>
            new RewardStack([term], BatchFields.States | BatchFields.Frames, subject: "environment 'cartpole'"));
        foreach (string named in new[] { "'exact'", "'cartpole'", "Answers", "References" })
            Assert.Contains(named, error.Message, StringComparison.Ordinal);

        TrajectoryBatch bodies = NoiseBatches.Rollout();
        await Assert.ThrowsAsync<SpecMismatchException>(async () =>
            await term.Source.ScoreAsync(bodies, new float[bodies.Rows], ScoreContext.Preview()));
    }

    [Fact]
    public void Reversed_scores_are_refused() => Assert.Single(new ExactAnswerOptions { Right = 1, Wrong = 1 }.Violations());
}
