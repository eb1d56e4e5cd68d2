using EmbodiedRL.Rewards.Sources;
using EmbodiedRL.Training.Evaluation;
using EmbodiedRL.Training.Loop;

namespace EmbodiedRL.Training.Tests.Evaluation;

[Collection(Serial.Name)]
public sealed class SentenceCheckTests
{
    private const string Left = "a red ball on the left";

    [Fact]
    public async Task A_sentence_that_the_model_follows_is_trusted_and_its_scores_are_spread()
    {
        SentenceVerdict verdict = await Judge(Left);
        Assert.Equal((RewardTrust.Trust, "left"), (verdict.Check.Trust, verdict.Check.Follows));
        Assert.Equal(0.5 / verdict.Scores.Count, verdict.Percentile(verdict.Scores.Min()), 0.01);
        Assert.Equal(1, verdict.Percentile(verdict.Scores.Max() + 1));
        Assert.Equal(0, verdict.Percentile(verdict.Scores.Min() - 1));
        Assert.Equal(0.5, verdict.Percentile(verdict.Scores.Order().ElementAt(verdict.Scores.Count / 2)), 0.02);
    }

    [Fact]
    public async Task The_states_are_drawn_once_for_all_sentences()
    {
        using var model = new PositionModel();
        using var reward = new GoalBaselineReward("vlm", model, [Left], ["a red ball"], 0);
        SentenceCheck check = await Draw(reward);
        double[] left = [.. check.Judge(Left, CancellationToken.None).Scores];
        SentenceVerdict right = check.Judge("a red ball on the right", CancellationToken.None);
        Assert.Equal("right", right.Check.Follows);
        Assert.Equal(left, check.Judge(Left, CancellationToken.None).Scores);
        Assert.Equal(Array.IndexOf(left, left.Max()), right.Scores.ToList().IndexOf(right.Scores.Min()));
    }

    [Fact]
    public async Task A_model_that_takes_left_for_right_is_refused()
    {
        SentenceVerdict verdict = await Judge(Left, inverted: true);
        Assert.Equal((RewardTrust.Refuse, "right"), (verdict.Check.Trust, verdict.Check.Follows));
        Assert.True(verdict.Check.Inverted);
    }

    private static async Task<SentenceVerdict> Judge(string goal, bool inverted = false)
    {
        using var model = new PositionModel(inverted);
        using var reward = new GoalBaselineReward("vlm", model, [goal], ["a red ball"], 0);
        return (await Draw(reward)).Judge(goal, CancellationToken.None);
    }

    private static async Task<SentenceCheck> Draw(GoalBaselineReward reward)
    {
        using var environment = new SpokenPoint("ball", RewardCheck.Rows);
        using var renderers = new RendererPool();
        return await SentenceCheck.DrawAsync(environment, renderers, "", reward, 1, CancellationToken.None);
    }
}
