using System.Globalization;
using System.Text.Json;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Rewards;
using EmbodiedRL.Training.Metrics;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.App.Reporting.Sections;

/// <summary>What the run was made of: reward, model, time, settings, versions.</summary>
internal static class Account
{
    public static void Write(HtmlWriter page, ReportData run, RewardRegistries rewards)
    {
        WriteTerms(page, run.Metrics, run.Terms, rewards);
        WriteModels(page, [.. run.Terms.Where(term => rewards.ReadsGoal(ReportData.Text(term, "source")))]);
        if (run.Summary is { } summary) WriteTime(page, summary.Seconds);
        WriteTable(page, "Settings", run.Flat().Where(setting => !setting.Path.StartsWith("versions", StringComparison.Ordinal)));
        if (run.Summary is { Versions.Count: > 0 } known)
            WriteTable(page, "Versions", known.Versions.Select(pair => (pair.Key, pair.Value)));
        page.Add($"""<p class="soft small">Made from this folder's own files: <code>summary.json</code>, <code>metrics.jsonl</code>, """
            + $"""<code>settings.json</code>, <code>videos/</code>.""");
        string again = run.IsReasoning ? "finetune settings.json" : "train --settings settings.json";
        page.Add($"The events file is for TensorBoard. The whole run can be repeated with <code>./embodied {again}</code>.</p>");
    }

    private static void WriteTerms(HtmlWriter page, MetricsTable metrics, IReadOnlyList<JsonElement> terms, RewardRegistries rewards)
    {
        if (terms.Count == 0) return;
        page.Add($"<h2>Reward terms</h2><p>The agent's reward is the weighted sum of these terms.</p>");
        page.Add($"""<table><tr><th>term</th><th>source</th><th>transforms</th><th class="number">weight</th>"""
            + $"""<th class="number">first mean</th><th class="number">last mean</th><th class="number">last, weighted</th></tr>""");
        foreach (JsonElement term in terms)
        {
            string name = ReportData.Text(term, "name");
            List<double> means = metrics[$"reward/{name}/raw/mean"].Values, weighted = metrics[$"reward/{name}/weighted/mean"].Values;
            string weight = ReportData.Text(term, "weight");
            string first = means.Count > 0 ? Short(means[0]) : "", last = means.Count > 0 ? Short(means[^1]) : "";
            page.Add($"""
                <tr><td class="key">{name}</td><td>{Source(term, rewards)}</td><td>{Transforms(term)}</td><td class="number">{weight}</td>
                <td class="number">{first}</td><td class="number">{last}</td>
                <td class="number">{(weighted.Count > 0 ? Short(weighted[^1]) : "")}</td></tr>
                """);
        }

        page.Add($"""</table><p class="soft small">First and last mean are of the source's scores before transforms, over the first """
            + $"and the last rollout; weighted is what entered the sum, after transforms.</p>");
    }

    private static void WriteModels(HtmlWriter page, IReadOnlyList<JsonElement> terms)
    {
        string[] models = [.. terms.Select(term => ReportData.Text(term, "model")).Where(model => model.Length > 0).Distinct()];
        if (models.Length == 0) return;
        page.Add($"<h2>What the image-text model is</h2>");
        foreach (string model in models)
        {
            if (model == "scene-clip")
            {
                page.Add($"<p><strong>{model}</strong> is a small model that this project trained itself, on pictures of these very scenes "
                    + $"with captions written from facts of the simulator's");
                page.Add($"state. It is grounded in those facts, for these scenes: it is no zero-shot model of the open world, and its "
                    + $"vocabulary is small. What the sentence can");
                page.Add($"therefore show is that an agent learns from nothing but pixels and words, "
                    + $"and not that any sentence will do.</p>");
            }
            else page.Add($"<p><strong>{model}</strong> scored the pictures. Its model card says what it was trained on.</p>");
        }

        if (terms.Any(term => ReportData.Text(term, "source") == RewardRegistries.GoalBaseline))
            page.Add($"<p>It scores each picture by how near it lies to the goal's sentence, seen along the line that leads from the "
                + $"baseline's sentence to the goal's.</p>");
    }

    private static void WriteTime(HtmlWriter page, IReadOnlyDictionary<string, double> seconds)
    {
        double all = seconds.Values.Sum();
        if (all <= 0) return;
        page.Add($"<h2>Where the time went</h2><p>{Duration(all)} on the wall clock.</p>"
            + $"""<table><tr><th>phase</th><th class="number">seconds</th><th class="number">share</th><th></th></tr>""");
        foreach ((string phase, double spent) in seconds.OrderByDescending(pair => pair.Value))
        {
            page.Add($"""
                <tr><td>{phase}</td><td class="number">{spent:0.0}</td><td class="number">{spent / all:0 %}</td>
                <td><span class="bar" style="width:{16 * spent / all:0.00}rem"></span></td></tr>
                """);
        }

        page.Add($"</table>");
    }

    private static void WriteTable(HtmlWriter page, string title, IEnumerable<(string Key, string Value)> rows)
    {
        page.Add($"<h2>{title}</h2><details><summary>show</summary><table>");
        foreach ((string key, string value) in rows) page.Add($"""<tr><td class="key">{key}</td><td>{value}</td></tr>""");
        page.Add($"</table></details>");
    }

    /// <summary>The source with its options; one that this program does not know by its name alone.</summary>
    private static string Source(JsonElement term, RewardRegistries rewards)
    {
        string name = ReportData.Text(term, "source");
        if (!rewards.Sources.Contains(name)) return name;
        RegistryEntry source = rewards.Sources.Find(name);
        IEnumerable<string> options = SettingsMap.Properties(source.Options).Select(SettingsMap.KeyOf)
            .Select(key => (key, Value: ReportData.Text(term, key))).Where(option => option.Value is not ("" or "[]"))
            .Select(option => $"{option.key} {option.Value}");
        return string.Join(", ", options.Prepend($"{name}: {source.Summary}"));
    }

    private static string Transforms(JsonElement term) =>
        term.TryGetProperty("transforms", out JsonElement transforms) && transforms.ValueKind == JsonValueKind.Array
            ? string.Join(", ",
                transforms.EnumerateArray()
                    .Select(item => item.ValueKind == JsonValueKind.Object ? ReportData.Text(item, "name") : item.ToString()))
            : "";

    private static string Short(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Duration(double seconds) => seconds < 120
        ? string.Create(CultureInfo.InvariantCulture, $"{seconds:0} seconds")
        : string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0.0} minutes");
}
