using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using EmbodiedRL.Core;

namespace EmbodiedRL.Simulation.Layout;

/// <summary>Offsets, sizes and constants of one MuJoCo version.</summary>
/// <remarks>MuJoCo moves fields between versions and has no accessors for them: a table per version lets one program use several.</remarks>
public sealed class LayoutTable
{
    private const string Prefix = "mujoco-", Suffix = ".layout";

    private readonly Dictionary<string, Dictionary<string, FieldLayout>> _fields;

    internal LayoutTable(int number, IReadOnlyList<StructLayout> structs, IReadOnlyDictionary<string, int> constants,
        IReadOnlyDictionary<string, double> reals)
    {
        Number = number;
        Structs = structs;
        (Constants, Reals) = (constants, reals);
        Sizes = structs.ToDictionary(s => s.Name, s => s.Size);
        _fields = structs.ToDictionary(s => s.Name, s => s.Fields.ToDictionary(field => field.Name));
    }

    /// <summary>The versions whose tables are shipped, oldest first, e.g. 2.2.2.</summary>
    public static IReadOnlyList<string> Versions { get; } = [.. typeof(LayoutTable).Assembly.GetManifestResourceNames()
        .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(Suffix, StringComparison.Ordinal))
        .Select(name => name[Prefix.Length..^Suffix.Length]).OrderBy(System.Version.Parse)];

    /// <summary>For people, e.g. 2.2.2.</summary>
    public string Version => NameOf(Number);

    /// <summary>What mj_version() returns, e.g. 222.</summary>
    public int Number { get; }

    /// <summary>What sizeof says of each struct.</summary>
    public IReadOnlyDictionary<string, int> Sizes { get; }

    /// <summary>Enum members and #defines that are whole numbers.</summary>
    public IReadOnlyDictionary<string, int> Constants { get; }

    /// <summary>#defines that are numbers with a fraction or an exponent, e.g. mjMAXVAL.</summary>
    public IReadOnlyDictionary<string, double> Reals { get; }

    internal IReadOnlyList<StructLayout> Structs { get; }

    /// <summary>The table made from the headers of the version.</summary>
    /// <param name="number">What mj_version() returns.</param>
    /// <exception cref="AssetMissingException">There is no table for it; the message lists those there are.</exception>
    public static LayoutTable ForVersion(int number)
    {
        string name = $"{Prefix}{NameOf(number)}{Suffix}";
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name) ?? throw new AssetMissingException(
            $"A struct layout for MuJoCo {NameOf(number)}", string.Join(", ", Versions),
            "Use one of these versions, or make its layout with Layout/generate.cs from its headers.");
        using var reader = new StreamReader(stream);
        return LayoutText.Read(reader, name);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="CorruptFileException">The text is not a layout; the message says which line.</exception>
    public static LayoutTable Read(TextReader reader) => LayoutText.Read(reader, "layout");

    /// <summary>Writes the table as text of one line per field and constant.</summary>
    public void Write(TextWriter writer) => LayoutText.Write(this, writer);

    /// <summary>The field of a struct.</summary>
    /// <exception cref="UnknownNameException">This version has no such struct or field; the message offers the nearest.</exception>
    public FieldLayout Find(string structure, string field) =>
        TryFind(structure, field, out FieldLayout? found)
            ? found
            : throw new UnknownNameException($"field of {structure} in MuJoCo {Version}", field, Of(structure).Keys);

    /// <summary>The field of a struct, if this version has it.</summary>
    /// <exception cref="UnknownNameException">This version has no such struct.</exception>
    public bool TryFind(string structure, string field, [NotNullWhen(true)] out FieldLayout? found) =>
        Of(structure).TryGetValue(field, out found);

    /// <summary>All fields of a struct in order of offset.</summary>
    /// <exception cref="UnknownNameException">This version has no such struct.</exception>
    public IReadOnlyCollection<FieldLayout> Fields(string structure) => Of(structure).Values;

    /// <summary>The value of an enum member or #define, e.g. mjOBJ_BODY.</summary>
    /// <exception cref="UnknownNameException">This version has no such constant; the message offers the nearest.</exception>
    public int Constant(string name) =>
        Constants.TryGetValue(name, out int value)
            ? value
            : throw new UnknownNameException($"constant of MuJoCo {Version}", name, Constants.Keys);

    /// <summary>Numbers had a digit for each part (222 is 2.2.2) and have three now (3017000 is 3.17.0).</summary>
    internal static string NameOf(int number)
    {
        int step = number < 1000 ? 10 : 1000;
        return $"{number / step / step}.{number / step % step}.{number % step}";
    }

    private Dictionary<string, FieldLayout> Of(string structure) =>
        _fields.GetValueOrDefault(structure) ?? throw new UnknownNameException($"struct in MuJoCo {Version}", structure, _fields.Keys);
}
