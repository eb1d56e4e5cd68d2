using System.Collections.Immutable;
using System.Globalization;
using EmbodiedRL.Core;

namespace EmbodiedRL.Simulation.Layout;

/// <summary>Text format of a layout table: a line per struct, field and constant, so that a diff shows what a version changed.</summary>
internal static class LayoutText
{
    private const string Between = " x ", Remedy = "Make the layout again with Layout/generate.cs.";

    public static void Write(LayoutTable table, TextWriter writer)
    {
        writer.Write($"# Made by Layout/generate.cs from the C headers of MuJoCo {table.Version}, for 64 bits (System V); do not edit.\n");
        writer.Write("# struct: name, size; field: name, type, offset, count, dimensions; constant, real: name, value\n");
        writer.Write($"mujoco\t{table.Version}\t{table.Number}\n");
        foreach (StructLayout layout in table.Structs)
        {
            writer.Write($"struct\t{layout.Name}\t{layout.Size}\t{layout.Alignment}\n");
            foreach (FieldLayout field in layout.Fields)
            {
                string type = field.IsPointer ? field.Type + "*" : field.Type;
                string dimensions = field.Dimensions.IsEmpty ? "" : "\t" + string.Join(Between, field.Dimensions);
                writer.Write($"field\t{field.Name}\t{type}\t{field.Offset}\t{field.Count}{dimensions}\n");
            }
        }

        foreach ((string name, int value) in table.Constants.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            writer.Write($"constant\t{name}\t{value}\n");
        foreach ((string name, double value) in table.Reals.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            writer.Write(string.Create(CultureInfo.InvariantCulture, $"real\t{name}\t{value:R}\n"));
    }

    public static LayoutTable Read(TextReader reader, string source)
    {
        int number = 0;
        var structs = new List<(string Name, int Size, int Alignment, ImmutableArray<FieldLayout>.Builder Fields)>();
        var constants = new Dictionary<string, int>();
        var reals = new Dictionary<string, double>();
        var seen = new HashSet<string>();
        for (int line = 1; reader.ReadLine() is { } text; line++)
        {
            if (text.Length == 0 || text[0] == '#') continue;
            switch (text.Split('\t'))
            {
                case ["mujoco", var version, var value] when Whole(value, out int read) && LayoutTable.NameOf(read) == version:
                    number = read;
                    break;
                case ["struct", var name, var size, var alignment]
                    when Whole(size, out int bytes) && Whole(alignment, out int align) && seen.Add(name):
                    structs.Add((name, bytes, align, ImmutableArray.CreateBuilder<FieldLayout>()));
                    break;
                case ["field", var name, var type, var offset, var count, .. var rest]
                    when structs.Count > 0 && rest.Length < 2 && Whole(offset, out int at) && Whole(count, out int length)
                    && seen.Add($"{structs[^1].Name}.{name}"):
                    bool pointer = type.EndsWith('*');
                    structs[^1].Fields.Add(new FieldLayout(
                        name, pointer ? type[..^1] : type, at, length, pointer, rest.Length == 0 ? [] : [.. rest[0].Split(Between)]));
                    break;
                case ["constant", var name, var value] when Whole(value, out int constant) && constants.TryAdd(name, constant):
                    break;
                case ["real", var name, var value] when double.TryParse(value, CultureInfo.InvariantCulture, out double real)
                    && reals.TryAdd(name, real):
                    break;
                default:
                    throw new CorruptFileException($"{source}:{line}", "a line of a struct layout", $"'{text}'", Remedy);
            }
        }

        if (number == 0) throw new CorruptFileException(source, "a line that names the version of MuJoCo", "none", Remedy);
        var layouts = structs.Select(s => new StructLayout(s.Name, s.Size, s.Alignment, s.Fields.ToImmutable()));
        return new LayoutTable(number, [.. layouts], constants, reals);
    }

    private static bool Whole(string text, out int value) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
}
