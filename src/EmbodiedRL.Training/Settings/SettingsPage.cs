using System.Text;

namespace EmbodiedRL.Training.Settings;

/// <summary>The table of all settings as a page of Markdown: <c>assets/docs/settings.md</c>.</summary>
internal static class SettingsPage
{
    private const string Command = "./embodied settings --page assets/docs/settings.md";

    private const string Introduction =
        "A run is said by a JSON file; any setting can also be given as `--section:key value` or as a variable `EMBODIED__section__key`. "
        + "Stronger\nfirst: command line, variables, file, what the environment comes with (`assets/runs`), the defaults here. `env:count` "
        + "stands in the file as\n`{ \"env\": { \"count\": 64 } }`; N is a place in a list, counted from 0. A key that does not exist is "
        + "an error that names the nearest one.";

    /// <summary>The page.</summary>
    public static string Of(IReadOnlyList<SettingRow> rows)
    {
        var page = new StringBuilder($"""
            # Settings

            Made by `{Command}` from the comments and ranges in the source; a test fails when it is not current.

            {Introduction}

            """);
        foreach (IGrouping<string, SettingRow> section in rows.GroupBy(SectionOf))
        {
            page.Append(section.Key.Length > 0 ? $"\n## {section.Key}\n\n" : "\n## Beside the sections\n\n");
            page.Append("| setting | values | default | meaning |\n|---|---|---|---|\n");
            foreach (SettingRow row in section) page.Append(Line(row));
        }

        return page.ToString();
    }

    private static string SectionOf(SettingRow row) => row.Key.Contains(':', StringComparison.Ordinal)
        ? row.Key[..row.Key.IndexOf(':', StringComparison.Ordinal)]
        : "";

    private static string Line(SettingRow row) =>
        $"| `{row.Key}` | {Cell(row.Values)} | {(row.Default.Length > 0 ? $"`{Cell(row.Default)}`" : "")} | {Cell(row.Meaning)} |\n";

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
