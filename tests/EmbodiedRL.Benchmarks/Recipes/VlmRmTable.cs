using System.Globalization;
using EmbodiedRL.Core;

namespace EmbodiedRL.Benchmarks.Recipes;

/// <summary>The table of a recipe: the paper's figures beside ours, as Markdown and as CSV.</summary>
/// <param name="Rows">In the paper's order.</param>
internal sealed record VlmRmTable(IReadOnlyList<VlmRmRow> Rows)
{
    /// <summary>Names of the files in the folder of the runs.</summary>
    public const string MarkdownFile = "table.md", CsvFile = "table.csv";

    private const string Preface = """
        # The humanoid table of VLM-RM (arXiv 2310.12921, table 1)

        Success in %. The paper's: a person labeled 100 episodes; one succeeds if at least half of its steps show the goal. Ours: the
        measure named in the row, by the rule of the settings, on the final policy of the seed that has the highest reward.

        """;

    private static readonly string[] Heads =
    [
        "task", "paper %", "ours %", "mean of seeds %", "measure", "model", "precision", "learner", "steps", "seeds", "images/s",
        "wall time", "film",
    ];

    /// <summary>Writes both files, each in one step.</summary>
    /// <param name="folder">Of the runs; paths of films are relative to it.</param>
    public void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        AtomicFile.WriteText(Path.Combine(folder, MarkdownFile), Markdown(folder));
        AtomicFile.WriteText(Path.Combine(folder, CsvFile), Csv(folder));
    }

    /// <summary>As Markdown.</summary>
    public string Markdown(string folder) => Preface.ReplaceLineEndings("\n") + "\n" + string.Concat(
        new[] { Heads, [.. Heads.Select(_ => "---")] }.Concat(Rows.Select(row => Words(row, folder)))
            .Select(words => $"| {string.Join(" | ", words.Select(word => word.Replace("|", "\\|", StringComparison.Ordinal)))} |\n"));

    /// <summary>As comma-separated values, quoted where need be.</summary>
    public string Csv(string folder) => string.Concat(
        new[] { Heads }.Concat(Rows.Select(row => Words(row, folder))).Select(words => $"{string.Join(',', words.Select(Quoted))}\n"));

    private static string[] Words(VlmRmRow row, string folder)
    {
        bool hasRun = row.Cells.Count > 0;
        return
        [
            row.Task.Name, Text($"{row.Task.Paper}"), Ours(row, folder), row.Mean is { } mean ? Percent(mean) : "-",
            row.Measure.Length > 0 ? row.Measure : "none", row.Model, row.Settings.Reward.Precision, row.Settings.Agent.Algorithm,
            Text($"{row.Steps}"), Text($"{row.Cells.Count} of {row.Seeds}"),
            row.ImagesPerSecond is { } speed ? Text($"{speed:0.#}") : "-", hasRun ? Duration(row.Seconds) : "-",
            row.Film(folder) ?? (hasRun ? "none, since ffmpeg is missing" : "-"),
        ];
    }

    private static string Ours(VlmRmRow row, string folder)
    {
        if (row.Best is not { } best) return row.Missing;
        if (row.Measure.Length == 0) return $"no measure; judge the film {row.Film(folder) ?? "(there is none)"}";
        return best.Summary.Success is not { } success ? "-"
            : best.Summary.SuccessInterval is [var low, var high]
                ? $"{Percent(success)} ({Percent(low)} to {Percent(high)})"
                : Percent(success);
    }

    private static string Percent(double share) => Text($"{100 * share:0.#}");

    private static string Duration(double seconds)
    {
        var time = TimeSpan.FromSeconds(seconds);
        return Text($"{(long)time.TotalHours}:{time:mm\\:ss}");
    }

    private static string Quoted(string word) =>
        word.AsSpan().IndexOfAny(",\"\n") < 0 ? word : $"\"{word.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
