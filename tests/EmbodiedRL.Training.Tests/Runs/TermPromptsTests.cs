using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rewards;
using EmbodiedRL.Rewards.Sources;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.Training.Tests.Runs;

public sealed class TermPromptsTests
{
    private const string Goal = "a red ball on the left";

    [Fact]
    public void Every_term_that_reads_sentences_is_named_with_all_of_its_own()
    {
        using var model = new PositionModel();
        using RewardStack reward = Stack(
            new GoalBaselineReward("run", model, [Goal], ["a ball"], 0), new RedInTheMiddle(),
            new GoalBaselineReward("own", model, ["left", "far left"], ["a thing"], 0));
        IReadOnlyList<TermPrompts> prompts = TermPrompts.Of(reward);
        Assert.Equal(["run reads \"a red ball on the left\"", "own reads \"left\" and \"far left\""],
            prompts.Select(term => term.ToString()));
        Assert.Equal(["a ball", "a thing"], prompts.SelectMany(term => term.Baselines));
        Assert.False(TermPrompts.AreGoalAlone(prompts, Goal));
    }

    [Fact]
    public void The_goal_alone_is_the_goal_alone()
    {
        using var model = new PositionModel();
        using RewardStack reward = Stack(new GoalBaselineReward("run", model, [Goal], ["a ball"], 0));
        Assert.True(TermPrompts.AreGoalAlone(TermPrompts.Of(reward), Goal));
        Assert.False(TermPrompts.AreGoalAlone(TermPrompts.Of(reward), "another"));
        Assert.True(TermPrompts.AreGoalAlone([], Goal)); // nothing else is read
    }

    private static RewardStack Stack(params IReadOnlyList<Core.Contracts.IReward> sources) =>
        new([.. sources.Select(source => new RewardTerm(source, [], 1))], BatchFields.Frames | BatchFields.States);
}
