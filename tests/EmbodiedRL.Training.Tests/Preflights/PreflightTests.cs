using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Rewards.Exploration;
using EmbodiedRL.Training.Evaluation;
using EmbodiedRL.Training.Preflights;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Training.Tests.Preflights;

[Collection(Serial.Name)]
public sealed class PreflightTests
{
    private static readonly PreflightSettings Few = new() { Paths = 4, Frames = 10, Episodes = 4, Shown = 3, Size = 32 };

    [Fact]
    public async Task The_truth_itself_goes()
    {
        PreflightReport report = await Look("oracle", new OracleOptions());
        Assert.True(report.Verdict == PreflightVerdict.Go, string.Join(" ", report.Reasons));
        PreflightFigures figures = report.Figures;
        Assert.Equal(1, report.Check.Agreement!.Value, 1e-9);
        Assert.InRange(figures.Explained!.Value, 0.95, 1);
        Assert.InRange(figures.Range!.Value, 0.5, 1.5);
        Assert.Equal(figures.OrderOfTruth!.Value, figures.Order!.Value, 1e-6);
        Assert.Equal(figures.RisesOfTruth, figures.Rises);
        Assert.Equal(1, figures.PlayedAgreement!.Value, 1e-9);
        Assert.Null(figures.LookVariance); // it sees no frames
        Assert.All(report.Paths, path =>
        {
            Assert.Equal(path.Truths, path.Rewards.Select(reward => reward), (one, other) => Math.Abs(one - other) < 1e-6);
            Assert.True(path.Truths[^1] > path.Truths[0]);
            Assert.InRange(path.Reached, 1, Few.Frames - 1);
        });
        Assert.Equal(report.Rewards.Count, report.Truths.Count);
        Assert.Equal((Few.Shown, Few.Shown), (report.Best.Count, report.Worst.Count));
        Assert.Equal(report.Rewards.Max(), report.Best[0].Reward);
        Assert.Equal(report.Rewards.Min(), report.Worst[0].Reward);
        Assert.All(report.Best, frame => Assert.Equal(frame.Truth!.Value, frame.Reward, 1e-6));
        Assert.NotEqual(report.Best[0].Rgb, report.Worst[0].Rgb);
    }

    [Fact]
    public async Task Its_opposite_cannot()
    {
        PreflightReport report = await Look("oracle", new OracleOptions { Factor = -1 });
        Assert.Equal(PreflightVerdict.NoGo, report.Verdict);
        Assert.True(report.Check.Inverted);
        Assert.True(report.Figures.Range < 0 && report.Figures.Order < 0);
        Assert.InRange(report.Figures.Explained!.Value, 0.95, 1); // noise is not what is wrong with it
    }

    [Fact]
    public async Task A_constant_has_no_figures_and_cannot()
    {
        PreflightReport report = await Look("oracle", new OracleOptions { Factor = 0 });
        Assert.Equal(PreflightVerdict.NoGo, report.Verdict);
        Assert.Null(report.Figures.Explained);
        Assert.Null(report.Figures.Range);
        Assert.Equal((0.0, 0.0), (report.Figures.Spread, report.Figures.Order));
        Assert.Equal(new Thirds(0, 0, 0), report.Figures.Rises);
    }

    [Fact]
    public async Task A_reward_of_pixels_is_shown_other_looks()
    {
        PreflightReport report = await Look("red", null);
        Assert.InRange(report.Figures.LookVariance!.Value, 0, 0.5);
        Assert.Empty(report.Kind); // it reads no sentence
        Assert.NotNull(report.Check.Agreement);
    }

    [Fact]
    public async Task Equal_seeds_give_equal_figures_and_another_seed_gives_others()
    {
        RunSettings run = Oracle.Run("red", "red");
        PreflightReport first = await Look(run);
        Assert.Equal(first.Figures, (await Look(run)).Figures);
        Assert.NotEqual(first.Figures, (await Look(run with { Env = run.Env with { Seed = 2 } })).Figures);
    }

    [Fact]
    public async Task A_goal_of_unknown_truth_has_no_ways()
    {
        RunSettings run = Oracle.Run("red", "red");
        PreflightReport report = await Look(run with { Goal = run.Goal with { Prompt = "a dog" } });
        Assert.NotEqual(PreflightVerdict.Go, report.Verdict);
        Assert.Empty(report.Paths);
        Assert.Null(report.Figures.Order);
        Assert.Contains(report.Notes, note => note.Contains("nobody knows", StringComparison.Ordinal));
        Assert.NotNull(report.Figures.Spread);
    }

    [Fact]
    public async Task A_goal_out_of_reach_cannot_go()
    {
        RunSettings run = Oracle.Run("perfect", "oracle", new OracleOptions());
        PreflightReport report = await Look(run with { Goal = run.Goal with { Prompt = "a red ball on the left and on the right" } });
        Assert.Equal(PreflightVerdict.NoGo, report.Verdict);
        Assert.Contains(report.Notes, note => note.Contains("none of", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Of_what_pays_for_novelty_nothing_is_known()
    {
        PreflightReport report = await Look("counts", null);
        Assert.Equal(PreflightVerdict.Doubtful, report.Verdict);
        Assert.Contains("Nothing can be said before the run", report.Reasons[0], StringComparison.Ordinal);
        Assert.Empty(report.Paths);
    }

    [Fact]
    public async Task Settings_out_of_range_are_named() => Assert.Contains("frames: expected", (await Assert.ThrowsAsync<SettingsException>(
        () => Preflight.RunAsync(Oracle.Run("red", "red"), "", Oracle.Services, Few with { Frames = 2 }, TimeProvider.System,
            CancellationToken.None))).Message, StringComparison.Ordinal);

    private static Task<PreflightReport> Look(string source, Options? options) => Look(Oracle.Run(source, source, options));

    private static Task<PreflightReport> Look(RunSettings run) =>
        Preflight.RunAsync(run, "", Oracle.Services, Few, TimeProvider.System, CancellationToken.None);
}
