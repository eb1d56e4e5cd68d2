using System.Globalization;
using System.Reflection;

namespace EmbodiedRL.Models.Tokenizers.Unicode;

/// <summary>Data lines: the tables of characters that are compiled into this assembly.</summary>
internal static class DataLines
{
    /// <summary>Lines of a table, without comments.</summary>
    public static IEnumerable<string> Of(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
            if (line.Length > 0 && line[0] != '#') yield return line;
    }

    /// <summary>A code point in hexadecimal.</summary>
    public static int Hex(ReadOnlySpan<char> text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    /// <summary>Code points in hexadecimal, separated by spaces.</summary>
    public static int[] HexList(string text) => [.. text.Split(' ').Select(part => Hex(part))];

    /// <summary>Code points in hexadecimal as text.</summary>
    public static string HexText(string text) => string.Concat(HexList(text).Select(char.ConvertFromUtf32));
}
