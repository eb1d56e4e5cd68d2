using System.Globalization;
using System.Reflection;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.App.Commands;

/// <summary>A registered part as help shows it, read off its registry entry.</summary>
/// <param name="Kind">Of its registry.</param>
/// <param name="Name">What settings call it.</param>
/// <param name="Summary">One clause.</param>
/// <param name="Papers">That it implements.</param>
/// <param name="NoPaper">Why it has none; null if it has one.</param>
/// <param name="Options">Key, values, default and meaning of each.</param>
internal sealed record PartDescription(string Kind, string Name, string Summary, IReadOnlyList<PartPaper> Papers, string? NoPaper,
    IReadOnlyList<SettingRow> Options)
{
    /// <summary>Describes an entry.</summary>
    public static PartDescription Of(string kind, RegistryEntry entry, IRegistries registries) => new(kind, entry.Name, entry.Summary,
        [.. entry.Part.GetCustomAttributes<PaperAttribute>()
            .Select(paper => new PartPaper(paper.Id, paper.Title, paper.Year, paper.Method))],
        entry.Part.GetCustomAttribute<NoPaperAttribute>()?.Reason, SettingsTable.Rows(entry, DocumentationFiles.OfProgram, registries));

    /// <summary>For people.</summary>
    public void Write(TextWriter output)
    {
        output.WriteLine($"{Name} ({Kind}): {Summary}");
        foreach (PartPaper paper in Papers) output.WriteLine($"Paper: {paper}");
        if (NoPaper is not null) output.WriteLine($"No paper: {NoPaper}");
        WriteOptions(output, Options);
    }

    /// <summary>Options as a table; nothing where there are none.</summary>
    public static void WriteOptions(TextWriter output, IReadOnlyList<SettingRow> options)
    {
        if (options.Count == 0) return;
        output.WriteLine();
        output.WriteLine("Options:");
        TextTable.Write(output, "  ",
            [
                ["name", "values", "default", "meaning"],
                .. options.Select(row => new[] { row.Key, row.Values, row.Default.Length > 0 ? row.Default : "-", row.Meaning })
            ]);
    }
}

/// <summary>A citation.</summary>
/// <param name="Id">arXiv number or DOI.</param>
/// <param name="Title">Full title.</param>
/// <param name="Year">Of the version that was followed.</param>
/// <param name="Method">Number in the method catalog; empty if it is not in it.</param>
internal sealed record PartPaper(string Id, string Title, int Year, string Method)
{
    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Title} ({Id}, {Year}){(Method.Length > 0 ? $", method {Method}" : "")}");
}
