using EmbodiedRL.Algorithms.Reasoning;

namespace EmbodiedRL.Algorithms.Tests.Reasoning;

public sealed class RewardShapingTests
{
    [Theory]
    [InlineData(10, 0)]
    [InlineData(80, 0)]
    [InlineData(85, -0.25)]
    [InlineData(100, -1)]
    [InlineData(120, -1)]
    public void Overlong_completions_are_punished_softly(int length, double expected) =>
        Assert.Equal(expected, OverlongPenalty.Of(length, limit: 100, margin: 20), 1e-12);

    [Fact]
    public void A_tie_is_broken_by_the_score_and_weighed()
    {
        float[] advantages = [9, -9, 0, 0];
        Assert.Equal(1, TieBreaker.Apply([1, 0, 1, 1], [5, 5, 2, 4], 2, 0.5f, advantages));
        float one = (float)(0.5 / Math.Sqrt(2) / (1 + (1e-4 / Math.Sqrt(2))));
        Assert.Equal([9, -9, -one, one], advantages.Select(value => (float)Math.Round(value, 5)), Near);

        static bool Near(float a, float b) => Math.Abs(a - b) < 1e-4;
    }

    [Fact]
    public void Equal_scores_break_no_tie()
    {
        float[] advantages = [0, 0];
        Assert.Equal(0, TieBreaker.Apply([1, 1], [3, 3], 2, 1, advantages));
        Assert.Equal([0f, 0f], advantages);
    }
}
