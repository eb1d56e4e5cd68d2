using EmbodiedRL.Core;
using EmbodiedRL.Training.Films;
using EmbodiedRL.Training.Metrics;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.App.Reporting;

/// <summary>A picture of a run and what to say under it.</summary>
/// <param name="File">PNG in the run's folder.</param>
/// <param name="Title">A few words.</param>
/// <param name="Caption">One or two sentences.</param>
public sealed record PlotFile(string File, string Title, string Caption);

/// <summary>Curves of a run, drawn from its <c>metrics.jsonl</c> alone.</summary>
/// <remarks>
/// Read are <c>reward/mean</c> (the total), <c>reward/NAME/raw/mean</c> and <c>reward/NAME/weighted/mean</c> (each term),
/// <c>evaluate/MEASURE</c> (success of evaluation episodes), <c>measure/MEASURE</c> (share of training steps in which a measure's condition
/// held), <c>rollout/return/mean</c>, <c>rollout/seen/mean</c>, <c>rollout/length/mean</c> (episodes of training) and <c>train/*</c>.
/// </remarks>
public static class Plots
{
    private const string Steps = "environment steps", Completions = "completions";

    /// <summary>Draws whatever the metrics allow into <see cref="RunFolder.Plots"/>.</summary>
    /// <returns>In the order of reading; empty if nothing was measured.</returns>
    /// <param name="run">Its folder.</param>
    /// <param name="ofCompletions">Whether a language model was fine-tuned.</param>
    public static IReadOnlyList<PlotFile> Write(RunFolder run, bool ofCompletions = false)
    {
        MetricsTable metrics = MetricsTable.Read(run.Metrics);
        var files = new List<PlotFile>();
        if (ofCompletions) DrawCompletions();
        else DrawBodies();
        return files;

        void DrawCompletions()
        {
            Draw("learning.png", "Reward and answers during training",
                "Left: the reward of sampled completions, and the weighted terms that it is the sum of where there are several. Right: "
                    + "held-out questions by the likeliest completion, those of the test at both ends and fewer of a validation split "
                    + "between; brier is better the lower.",
                Told(metrics)?.Over(Completions), Answered(metrics));
            Draw("training.png", "The learner's health",
                "Entropy of sampled tokens, length of completions, and share of prompts whose completions all earned the same.",
                One(metrics, "entropy", "entropy")?.Over(Completions),
                One(metrics, "tokens of a completion", "completions/mean_length")?.Over(Completions),
                One(metrics, "prompts that teach nothing", "frac_reward_zero_std")?.Over(Completions));
        }

        void DrawBodies()
        {
            Draw("learning.png", "Reward and measures during training",
                "Left: the reward as the agent learned from it, averaged over each rollout, and the weighted terms that it is the sum of "
                    + "where there are several. Right: hand-built measures, which are no part of the reward. Long curves are drawn as a "
                    + "running mean, with every rollout faintly behind.",
                Told(metrics), Came(metrics));
            Draw("terms.png", "Reward terms",
                "Each term as its source gave it, and as it entered the sum: after its transforms, times its weight.",
                Terms(metrics, "raw", "as its source gave it"), Terms(metrics, "weighted", "as it entered the sum"));
            Draw("returns.png", "Episodes of training",
                "Means of the newest 100 episodes: return by the hand-built reward, return by the reward that the agent learned from, and "
                    + "length.",
                One(metrics, "hand-built return", "rollout/return/mean"), One(metrics, "return of the reward seen", "rollout/seen/mean"),
                One(metrics, "steps of an episode", "rollout/length/mean"));
            Draw("training.png", "The learner's health",
                "Divergence from the policy before each update, spread of the actions, and how much of the return the critic explains.",
                One(metrics, "divergence", "train/kl"), One(metrics, "entropy", "train/entropy"),
                One(metrics, "explained variance", "train/explained-variance"));
        }

        void Draw(string name, string title, string caption, params Chart?[] charts)
        {
            Chart[] drawn = [.. charts.OfType<Chart>().Select(chart => chart with { Smooths = true })];
            if (drawn.Length == 0) return;
            byte[] png = drawn.Length > 2 ? Figure.Png(drawn, width: 360, height: 240) : Figure.Png(drawn);
            string file = Path.Combine(run.Plots, name);
            AtomicFile.Write(file, stream => stream.Write(png));
            files.Add(new PlotFile(file, title, caption));
        }
    }

    /// <summary>Draws one episode: the judge's score step by step, shaded where the first measure's condition holds.</summary>
    /// <returns>Null if nothing scored it.</returns>
    public static PlotFile? WriteEpisode(RunFolder run, string name, FilmedEpisode episode)
    {
        (int Step,
            float Score)[] scored = [.. episode.Scores.Select((score, i) => (Step: i + 1, Score: score ?? float.NaN))
                .Where(pair => float.IsFinite(pair.Score))];
        if (scored.Length == 0) return null;
        (string measure, bool[] holds) = episode.Holds.FirstOrDefault(new KeyValuePair<string, bool[]>("", []));
        var chart = new Chart($"score of '{episode.Reward}'", "step of the episode",
            [new ChartLine(episode.Reward, [.. scored.Select(pair => (double)pair.Step)], [.. scored.Select(pair => (double)pair.Score)])])
        { Bands = [.. Stretches(holds)] };
        string file = Path.Combine(run.Plots, $"episode-{name}.png");
        byte[] png = Figure.Png([chart], width: 1040, height: 220);
        AtomicFile.Write(file, stream => stream.Write(png));
        return new PlotFile(file, episode.Title,
            measure.Length > 0
                ? $"The score through the episode; green where the condition of the hidden measure '{measure}' holds."
                : "The score through the episode.");
    }

    private static IEnumerable<(double From, double To)> Stretches(bool[] holds)
    {
        for (int start = 0; start < holds.Length; start++)
        {
            if (!holds[start]) continue;
            int end = start;
            while (end + 1 < holds.Length && holds[end + 1]) end++;
            yield return (start + 0.5, end + 1.5);
            start = end;
        }
    }

    internal static Chart? Told(MetricsTable metrics)
    {
        const string title = "reward the agent learned from";
        MetricSeries total = metrics["reward/mean"];
        if (total.Values.Count == 0) return null;
        ChartLine[] terms = Lines(Means(metrics, "weighted"));
        return new Chart(title, Steps, [new ChartLine("total", total.Steps, total.Values), .. terms.Length > 1 ? terms : []]);
    }

    private static Chart? Answered(MetricsTable metrics)
    {
        string[] names = ["success", "overlap", "brier", "well-formed"];
        ChartLine[] lines = Lines(metrics.Under("evaluate/").Where(pair => names.Contains(pair.Key)));
        return lines.Length > 0 ? new Chart("held-out questions", Completions, lines) { Shares = true } : null;
    }

    private static Chart? Came(MetricsTable metrics)
    {
        ChartLine[] lines = Lines(metrics.Under("evaluate/").Where(pair => !IsSaidTwice(metrics, pair))
            .Select(pair => KeyValuePair.Create($"{pair.Key} (episodes)", pair.Value))
            .Concat(metrics.Under("measure/").Select(pair => KeyValuePair.Create($"{pair.Key} (training steps)", pair.Value))));
        return lines.Length > 0 ? new Chart("hidden measures", Steps, lines) { Shares = true } : null;
    }

    /// <summary>Whether success is that of one measure, whose curve would lie hidden under it.</summary>
    private static bool IsSaidTwice(MetricsTable metrics, KeyValuePair<string, MetricSeries> series) =>
        series.Key == "success"
            && metrics.Under("evaluate/").Any(other => other.Key != series.Key && other.Value.Values.SequenceEqual(series.Value.Values));

    private static Chart? Terms(MetricsTable metrics, string environments, string title)
    {
        ChartLine[] lines = Lines(Means(metrics, environments));
        return lines.Length > 0 ? new Chart(lines.Length == 1 ? $"'{lines[0].Label}' {title}" : title, Steps, lines) : null;
    }

    private static Chart? One(MetricsTable metrics, string title, string name)
    {
        MetricSeries series = metrics[name];
        return series.Values.Count > 0 ? new Chart(title, Steps, [new ChartLine(title, series.Steps, series.Values)]) : null;
    }

    private static IEnumerable<KeyValuePair<string, MetricSeries>> Means(MetricsTable metrics, string environments)
    {
        string ending = $"/{environments}/mean";
        return metrics.Under("reward/").Where(pair => pair.Key.EndsWith(ending, StringComparison.Ordinal))
            .Select(pair => KeyValuePair.Create(pair.Key[..^ending.Length], pair.Value));
    }

    private static ChartLine[] Lines(IEnumerable<KeyValuePair<string, MetricSeries>> series) =>
        [.. series.Select(pair => new ChartLine(pair.Key, pair.Value.Steps, pair.Value.Values))];
}
