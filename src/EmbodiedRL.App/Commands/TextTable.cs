namespace EmbodiedRL.App.Commands;

/// <summary>Text table with aligned columns, for people; scripts use JSON.</summary>
internal static class TextTable
{
    private const string Gap = "  ";

    /// <summary>Writes the rows, each column as wide as its longest word; the last one is as long as it is.</summary>
    public static void Write(TextWriter output, string indent, IReadOnlyList<string[]> rows)
    {
        int[] widths = [.. Enumerable.Range(0, rows.Max(row => row.Length))
            .Select(column => rows.Max(row => column < row.Length ? row[column].Length : 0))];
        foreach (string[] row in rows)
            output.WriteLine((indent + string.Join(Gap, row.Select((word, column) => word.PadRight(widths[column])))).TrimEnd());
    }
}
