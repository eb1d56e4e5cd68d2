using EmbodiedRL.Training.Films;
using EmbodiedRL.Training.Metrics;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.App.Reporting.Sections;

/// <summary>Curves, film strips, videos.</summary>
internal static class Pictures
{
    private const long LargestVideo = 6_000_000; // a page that opens at once is worth more than a long video in it

    public static void Write(HtmlWriter page, ReportData run, IReadOnlyList<PlotFile> plots)
    {
        if (plots.Count > 0) page.Add($"<h2>Curves</h2>");
        foreach (PlotFile plot in plots)
        {
            page.Add($"<h3>{plot.Title}</h3><figure>");
            page.AddData("<img src=\"", "image/png", File.ReadAllBytes(plot.File), "\" alt=\"\">");
            page.Add($"<figcaption>{plot.Caption}</figcaption></figure>");
        }

        if (run.Episodes.Count == 0) return;
        page.Add($"<h2>What it looks like</h2>");
        foreach ((string stem, FilmedEpisode episode) in run.Episodes) WriteEpisode(page, run.Folder, stem, episode);
    }

    private static void WriteEpisode(HtmlWriter page, RunFolder folder, string stem, FilmedEpisode episode)
    {
        page.Add($"<h3>{episode.Title}</h3>");
        if (File.Exists($"{stem}.png"))
        {
            page.AddData("<figure><img src=\"", "image/png", File.ReadAllBytes($"{stem}.png"), "\" alt=\"\">");
            string judged = episode.Reward.Length > 0
                ? $"Under each frame: the score of reward '{episode.Reward}', before transforms"
                : "Frames of one episode";
            string held = episode.Holds.Count > 0 ? ", and whether the condition of each measure holds there" : "";
            page.Add($"<figcaption>{judged}{held}.</figcaption></figure>");
        }

        if (Plots.WriteEpisode(folder, Path.GetFileName(stem), episode) is { } plot)
        {
            page.AddData("<figure><img src=\"", "image/png", File.ReadAllBytes(plot.File), "\" alt=\"\">");
            page.Add($"<figcaption>{plot.Caption}</figcaption></figure>");
        }

        var video = new FileInfo($"{stem}.mp4");
        if (!video.Exists) return;
        if (video.Length <= LargestVideo)
            page.AddData("<video controls loop muted preload=\"metadata\" src=\"", "video/mp4",
                File.ReadAllBytes(video.FullName), "\"></video>");
        page.Add($"""<p class="soft small">Video: <code>{Path.GetRelativePath(folder.Root, video.FullName)}</code></p>""");
    }
}
