using System.Globalization;
using EmbodiedRL.App.Commands;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.Benchmarks.Measuring;

/// <summary>The answer of a bench: a table for people, a file for scripts.</summary>
/// <param name="Machine">What it ran on, by name.</param>
/// <param name="Rows">In the order they were measured.</param>
internal sealed record BenchReport(IReadOnlyDictionary<string, string> Machine, IReadOnlyList<BenchRow> Rows)
{
    /// <summary>The file's text.</summary>
    public string ToJson() => RunJson.Of(this);

    /// <summary>Writes the machine, a line for each row, and what the references are.</summary>
    public void Write(TextWriter output)
    {
        foreach ((string name, string value) in Machine) output.WriteLine($"{name}: {value}");
        output.WriteLine();
        TextTable.Write(output, "",
        [
            ["name", "value", "reference", "unit", "ratio", "more"],
            .. Rows.Select(row => new[] { row.Name, Number(row.Value), Number(row.ReferenceValue), row.Unit,
                row.Ratio is { } ratio ? Number(ratio) : "-", More(row) }),
        ]);
        output.WriteLine();
        foreach (IGrouping<string, BenchRow> group in Rows.GroupBy(row => row.Reference)) output.WriteLine($"Reference: {group.Key}.");
    }

    private static string More(BenchRow row) => string.Join(", ",
    [
        .. row.Holds is { } holds ? [holds ? "HOLDS" : "DOES NOT HOLD"] : Array.Empty<string>(),
        .. row.More.Select(pair => $"{pair.Key} {Word(pair.Value)}"),
    ]);

    private static string Word(object value) => value switch
    {
        double number => Number(number),
        IReadOnlyDictionary<string, double> curve => string.Join(" ", curve.Select(pair => $"{pair.Key}:{Number(pair.Value)}")),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    /// <summary>Three digits that count, or all whole ones.</summary>
    private static string Number(double value) => Math.Abs(value) switch
    {
        >= 100 => value.ToString("N0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("0.0", CultureInfo.InvariantCulture),
        >= 1 => value.ToString("0.00", CultureInfo.InvariantCulture),
        _ => value.ToString("0.000", CultureInfo.InvariantCulture),
    };
}
