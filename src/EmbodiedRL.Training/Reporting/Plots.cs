using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.Training.Reporting;

/// <summary>A picture of a run and what to say under it.</summary>
/// <param name="File">PNG in the run's folder.</param>
/// <param name="Title">A few words.</param>
/// <param name="Caption">One or two sentences.</param>
public sealed record PlotFile(string File, string Title, string Caption);

/// <summary>Curves of a run, drawn from its <c>metrics.jsonl</c> alone.</summary>
/// <remarks>
/// Read are <c>reward/NAME/raw/mean</c> and <c>reward/NAME/shaped/mean</c> (each term), <c>reward/mean</c>, <c>evaluate/MEASURE</c> (success of
/// evaluation episodes), <c>measure/MEASURE</c> (share of training steps in which a measure's condition held) and <c>train/*</c>.
/// </remarks>
public static class Plots
{
    private const string Steps = "environment steps";

    /// <summary>Draws whatever the metrics allow into <see cref="RunFolder.Plots"/>.</summary>
    /// <returns>In the order of reading; empty if nothing was measured.</returns>
    public static IReadOnlyList<PlotFile> Write(RunFolder run)
    {
        MetricsTable metrics = MetricsTable.Read(run.Metrics);
        var files = new List<PlotFile>();
        Draw("learning.png", "What the agent was told, and what came of it",
            "Left: what the reward said, averaged over each rollout; this is all that the agent learned from. Right: hand-built measures, "
            + "which are no part of the reward.", Told(metrics), Came(metrics));
        if (Means(metrics, "raw").Skip(1).Any()) Draw("terms.png", "Reward terms", "Each term as its source gave it, and after its transforms, before its weight.", Terms(metrics, "raw"), Terms(metrics, "shaped"));
        Draw("training.png", "The learner's health", "Divergence from the policy before each update, spread of the actions, and how much of the return the critic explains.",
            One(metrics, "divergence", "train/kl"), One(metrics, "entropy", "train/entropy"), One(metrics, "explained variance", "train/explained-variance"));
        return files;

        void Draw(string name, string title, string caption, params Chart?[] charts)
        {
            Chart[] drawn = [.. charts.OfType<Chart>()];
            if (drawn.Length == 0) return;
            byte[] png = drawn.Length > 2 ? Figure.Png(drawn, width: 360, height: 240) : Figure.Png(drawn);
            string file = Path.Combine(run.Plots, name);
            AtomicFile.Write(file, stream => stream.Write(png));
            files.Add(new PlotFile(file, title, caption));
        }
    }

    /// <summary>Draws one episode: the judge's score step by step, shaded where the first measure's condition holds.</summary>
    /// <returns>Null if nothing scored it.</returns>
    public static PlotFile? WriteEpisode(RunFolder run, string name, RecordedEpisode episode)
    {
        (int Step, float Score)[] scored = [.. episode.Scores.Select((score, i) => (Step: i + 1, Score: score ?? float.NaN)).Where(pair => float.IsFinite(pair.Score))];
        if (scored.Length == 0) return null;
        (string measure, bool[] holds) = episode.Holds.FirstOrDefault(new KeyValuePair<string, bool[]>("", []));
        var chart = new Chart($"score of '{episode.Judge}'", "step of the episode",
            [new ChartLine(episode.Judge, [.. scored.Select(pair => (double)pair.Step)], [.. scored.Select(pair => (double)pair.Score)])])
        { Bands = [.. Stretches(holds)] };
        string file = Path.Combine(run.Plots, $"episode-{name}.png");
        byte[] png = Figure.Png([chart], width: 1040, height: 220);
        AtomicFile.Write(file, stream => stream.Write(png));
        return new PlotFile(file, episode.Title,
            measure.Length > 0 ? $"The score through the episode; green where the condition of the hidden measure '{measure}' holds." : "The score through the episode.");
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

    private static Chart? Told(MetricsTable metrics)
    {
        ChartLine[] lines = Lines(Means(metrics, "raw"));
        return lines.Length > 0 ? new Chart("reward the agent saw", Steps, lines) : One(metrics, "reward the agent saw", "reward/mean");
    }

    private static Chart? Came(MetricsTable metrics)
    {
        ChartLine[] lines = Lines(metrics.Under("evaluate/").Select(pair => KeyValuePair.Create($"{pair.Key} (episodes)", pair.Value))
            .Concat(metrics.Under("measure/").Select(pair => KeyValuePair.Create($"{pair.Key} (training steps)", pair.Value))));
        return lines.Length > 0 ? new Chart("hidden measures", Steps, lines) { Shares = true } : null;
    }

    private static Chart? Terms(MetricsTable metrics, string stage)
    {
        ChartLine[] lines = Lines(Means(metrics, stage));
        return lines.Length > 0 ? new Chart(stage == "raw" ? "before transforms" : "after transforms", Steps, lines) : null;
    }

    private static Chart? One(MetricsTable metrics, string title, string name)
    {
        MetricSeries series = metrics[name];
        return series.Values.Count > 0 ? new Chart(title, Steps, [new ChartLine(title, series.Steps, series.Values)]) : null;
    }

    private static IEnumerable<KeyValuePair<string, MetricSeries>> Means(MetricsTable metrics, string stage)
    {
        string ending = $"/{stage}/mean";
        return metrics.Under("reward/").Where(pair => pair.Key.EndsWith(ending, StringComparison.Ordinal))
            .Select(pair => KeyValuePair.Create(pair.Key[..^ending.Length], pair.Value));
    }

    private static ChartLine[] Lines(IEnumerable<KeyValuePair<string, MetricSeries>> series) =>
        [.. series.Select(pair => new ChartLine(pair.Key, pair.Value.Steps, pair.Value.Values))];
}
