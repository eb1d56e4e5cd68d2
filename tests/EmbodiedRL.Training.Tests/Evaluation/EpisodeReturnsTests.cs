using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Training.Evaluation;

namespace EmbodiedRL.Training.Tests.Evaluation;

public sealed class EpisodeReturnsTests
{
    private const StepKind Mid = StepKind.Mid, Over = StepKind.Terminated, Cut = StepKind.Truncated;

    /// <summary>Row 0 plays 3 steps into the second rollout and earns 1 + 3 + 5; row 1 plays 1 step and then 2.</summary>
    [Fact]
    public void Episodes_go_on_from_rollout_to_rollout()
    {
        var returns = new EpisodeReturns(2, 0);
        returns.Take([Mid, Over, Mid, Mid], [1, 2, 3, 4], [10, 20, 30, 40]);
        Assert.Equal(new EpisodeFigures(One(2), One(20), One(1)), returns.Figures);
        returns.Take([Over, Over], [5, 6], [50, 60]);
        EpisodeFigures figures = returns.Figures!;
        Assert.Equal(((2 + 9 + 10) / 3.0, (20 + 90 + 100) / 3.0, (1 + 3 + 2) / 3.0),
            (figures.Return.Mean, figures.Seen!.Mean, figures.Length.Mean));
    }

    [Fact]
    public void A_first_episode_that_staggering_cut_is_left_out_and_others_are_not()
    {
        var returns = new EpisodeReturns(3, wholeLength: 2);
        returns.Take([Cut, Over, Mid], [1, 2, 3], [0, 0, 0]);  // cut by staggering; over by itself
        returns.Take([Cut, Mid, Cut], [4, 5, 6], [0, 0, 0]);   // a second episode that ended early; a first one that was whole
        Assert.Equal((3, (2 + 4 + 9) / 3.0), (returns.Figures!.Return.Episodes, returns.Figures.Return.Mean));
    }

    [Fact]
    public void Only_the_newest_hundred_count_and_are_named_as_elsewhere()
    {
        var returns = new EpisodeReturns(1, 0);
        var metrics = new RecordedMetrics();
        returns.Write(metrics);
        Assert.Empty(metrics.Values);
        for (int episode = 0; episode < 150; episode++) returns.Take([Over], [episode], [0]);
        returns.Write(metrics);
        Assert.Equal((100, 99.5), (returns.Figures!.Return.Episodes, metrics["rollout/ep_rew_mean"]));
        Assert.Equal((1.0, 99.5), (metrics["rollout/ep_len_mean"], metrics["rollout/return/mean"]));
    }

    [Fact]
    public void What_was_put_away_goes_on_as_if_nothing_had_happened()
    {
        EpisodeReturns whole = new(2, 5), resumed = new(2, 5);
        whole.Take([Mid, Over, Mid, Mid], [1, 2, 3, 4], [1, 1, 1, 1]);
        var snapshot = new Snapshot();
        whole.Save(snapshot);
        resumed.Load(snapshot);
        foreach (EpisodeReturns returns in new[] { whole, resumed }) returns.Take([Cut, Cut, Over, Mid], [5, 6, 7, 8], [1, 1, 1, 1]);
        Assert.Equal(whole.Figures, resumed.Figures);
    }

    private static Spread One(double value) => Spread.Of([value])!;
}
