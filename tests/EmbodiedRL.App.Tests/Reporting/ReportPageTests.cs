using System.Text.RegularExpressions;
using EmbodiedRL.App.Reporting;
using EmbodiedRL.Training.Films;
using EmbodiedRL.Training.Metrics;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Tests;

namespace EmbodiedRL.App.Tests.Reporting;

public sealed partial class ReportPageTests : IDisposable
{
    private const string Goal = "a pole <standing> upright & still";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_finished_run_tells_its_whole_story_in_one_file()
    {
        RunFolder run = await Synthetic();
        Summary().Write(run.Summary);
        string page = Report(run);

        Assert.Contains("a pole &lt;standing&gt; upright &amp; still", page, StringComparison.Ordinal);
        Assert.Contains("""<span class="tag paraphrase">""", page, StringComparison.Ordinal);
        Assert.Contains("kept back when the image-text model was trained", page, StringComparison.Ordinal);
        Assert.Contains("The goal has words that scene-clip has never seen", page, StringComparison.Ordinal);
        Assert.Contains("<div class=\"figure\">2 %</div>", page, StringComparison.Ordinal);
        Assert.Contains("<div class=\"figure\">97 %</div>", page, StringComparison.Ordinal);
        Assert.Contains("95 % interval: 91.5 % to 99 %", page, StringComparison.Ordinal);
        Assert.Contains("pole within 15 degrees of upright", page, StringComparison.Ordinal);
        Assert.Contains("How strict is this?", page, StringComparison.Ordinal);
        Assert.Contains("within 7.5 degrees", page, StringComparison.Ordinal);
        Assert.Contains("<td class=\"number\">71 %</td>", page, StringComparison.Ordinal);
        Assert.Contains("<td class=\"number\">1.3 %</td>", page, StringComparison.Ordinal);
        Assert.Contains("shuffled weights", page, StringComparison.Ordinal);
        Assert.Contains("no zero-shot model of the open world", page, StringComparison.Ordinal);
        Assert.Contains("alpha 0.5, ", page, StringComparison.Ordinal);
        Assert.Contains("model scene-clip", page, StringComparison.Ordinal);
        Assert.Contains("score images", page, StringComparison.Ordinal);
        Assert.Contains("agent:learningRate", page, StringComparison.Ordinal);
        Assert.Contains("After training", page, StringComparison.Ordinal);
        Assert.Contains("data:video/mp4;base64,", page, StringComparison.Ordinal);
        Assert.True(DataPictures().Count(page) >= 5, "learning, terms, health, film strip, episode");
    }

    [Fact]
    public async Task Sentences_that_terms_really_read_are_named_where_the_goal_does_not_say_it()
    {
        RunFolder run = await Synthetic();
        RunSummary summary = Summary();
        (summary with { Prompts = [new("vlm", [summary.Goal], [])] }).Write(run.Summary);
        Assert.DoesNotContain("not the goal alone", Report(run), StringComparison.Ordinal);
        (summary with { Prompts = [new("vlm", [summary.Goal, "a broom on a hand"], [])] }).Write(run.Summary);
        Assert.Equal("a broom on a hand", RunSummary.Read(run.Summary).Prompts[0].Goals[1]);
        Assert.Contains("“a broom on a hand”", Report(run), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_needs_no_network_and_no_script()
    {
        RunFolder run = await Synthetic();
        Summary().Write(run.Summary);
        string page = Report(run);
        Assert.DoesNotContain("http", Data().Replace(page, ""), StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("url(", page, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_goal_that_matches_no_measure_is_said_to_be_unjudged()
    {
        RunFolder run = await Synthetic();
        (Summary() with { Success = null, SuccessInterval = null, SuccessBefore = null, JudgedBy = [] }).Write(run.Summary);
        Assert.Contains("Success is not judged", Report(run), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_has_not_ended_shows_how_far_it_came()
    {
        RunFolder run = await Synthetic();
        string page = Report(run);
        Assert.Contains("has not ended", page, StringComparison.Ordinal);
        Assert.Contains("a pole &lt;standing&gt;", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_was_only_begun_has_a_page_too()
    {
        RunFolder run = RunFolder.Create(_folder["bare"]);
        File.WriteAllText(run.Settings, """{ "env": { "name": "cartpole" } }""");
        Assert.Contains("cartpole, without a sentence", Report(run), StringComparison.Ordinal);
    }

    /// <summary>The curve that is said to be what the agent learned from is that: the total, and beside it what adds up to it.</summary>
    [Fact]
    public async Task The_reward_is_drawn_as_it_was_learned_from()
    {
        RunFolder run = await Synthetic();
        Chart told = Plots.Told(MetricsTable.Read(run.Metrics))!;
        Assert.Equal(["total", "alive", "vlm"], told.Lines.Select(line => line.Label));
        for (int i = 0; i < 40; i++) Assert.Equal(told.Lines[0].Y[i], told.Lines[1].Y[i] + told.Lines[2].Y[i], 1e-9);
        Assert.Equal(Math.Sin(40) + 0.05, told.Lines[0].Y[^1], 1e-9);
    }

    /// <summary>By hand, over three neighbors and fewer toward the ends.</summary>
    [Fact]
    public void A_long_line_is_smoothed_and_reaches_as_far_as_the_raw_one() =>
        Assert.Equal([9, 5, 4, 4, 6, 9], Figure.Smooth([9, 3, 3, 6, 3, 9]));

    private static string Report(RunFolder run)
    {
        ReportPage.Write(run, Rewards.RewardRegistries.Shipped);
        return File.ReadAllText(run.Report);
    }

    private static RunSummary Summary() => ExampleSummary.Create() with
    {
        Environment = "cartpole",
        Goal = Goal,
        GoalKind = "paraphrase",
        GoalAgreement = 0.98,
        Baseline = "a pole on a cart",
        SuccessBefore = 0.02,
        JudgedBy = ["upright"],
        Episodes = 100,
        Meanings = new Dictionary<string, string>
        {
            ["upright"] = "pole within 15 degrees of upright",
            ["hanging"] = "pole within 15 degrees of hanging"
        },
        Warnings = ["The goal has words that scene-clip has never seen: 'still'."],
        Controls = [new ControlOutcome("shuffled weights", "The same model with its weights shuffled: what it says means nothing.", 0,
            new Dictionary<string, double> { ["upright"] = 0 })],
    };

    private async Task<RunFolder> Synthetic()
    {
        RunFolder run = RunFolder.Create(_folder["run"]);
        File.WriteAllText(run.Settings, $$"""
            {
              "env": { "name": "cartpole", "count": 64 },
              "goal": { "prompt": "{{Goal}}", "baseline": "a pole on a cart" },
              "reward": { "combine": "sum", "terms": [
                { "name": "vlm", "source": "goal-baseline", "model": "scene-clip", "alpha": 0.5,
                  "transforms": [ { "name": "standardize" } ], "weight": 1 },
                { "name": "alive", "source": "program", "file": "alive.reward.cs", "weight": 0.05 } ] },
              "agent": { "algorithm": "ppo", "learningRate": 0.0007 }
            }
            """);
        using (var log = new MetricsLog(run.Metrics))
        {
            for (int update = 1; update <= 40; update++)
            {
                double done = update / 40.0;
                log.Begin(update, update * 4096);
                log.Write("reward/vlm/raw/mean", 0.4 + (0.5 * done));
                log.Write("reward/vlm/shaped/mean", Math.Sin(update));
                log.Write("reward/alive/raw/mean", 1);
                log.Write("reward/alive/shaped/mean", 1);
                log.Write("reward/vlm/weighted/mean", Math.Sin(update));
                log.Write("reward/alive/weighted/mean", 0.05);
                log.Write("reward/mean", Math.Sin(update) + 0.05);
                log.Write("train/kl", 0.01);
                log.Write("train/entropy", 1.4 - done);
                log.Write("train/explained-variance", done);
                log.Write("measure/upright", done * done);
                if (update % 10 == 0) log.Write("evaluate/upright", done > 0.6 ? 0.97 : 0.1);
                log.Flush();
            }
        }

        using var environment = new DrawnPoint(4);
        using var judge = new RedInTheMiddle();
        var recording = new EpisodeRecording(environment, new Spring()) { Reward = judge, Measures = ["centered"], Size = 128, Seed = 3 };
        await recording.WriteAsync(Path.Combine(run.Videos, "after"), "After training", CancellationToken.None);
        return run;
    }

    [GeneratedRegex("src=\"data:image/png;base64,[A-Za-z0-9+/=]{1000,}\"")]
    private static partial Regex DataPictures();

    [GeneratedRegex("data:[a-z]+/[a-z0-9]+;base64,[A-Za-z0-9+/=]+")]
    private static partial Regex Data();
}
