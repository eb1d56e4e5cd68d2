namespace EmbodiedRL.Simulation.Layout;

/// <summary>What an element of a field is: a number, an address, or a struct that lies in place.</summary>
internal sealed record CElement(string Type, int Size, int Alignment, bool IsPointer = false, StructLayout? Inner = null);

/// <summary>Finds the layout of structs and types by name.</summary>
internal sealed class CStructs(CDeclarations declarations)
{
    private const string Struct = "struct ";

    private readonly Dictionary<string, StructLayout> _known = [];

    /// <summary>The layout of a struct by its tag or by what a typedef calls it; null if its body is nowhere.</summary>
    public StructLayout? Find(string name)
    {
        if (_known.TryGetValue(name, out StructLayout? known)) return known;
        string tag = declarations.Typedefs.TryGetValue(name, out CTypeName type) && IsStruct(type) ? type.Name[Struct.Length..] : name;
        if (!declarations.Bodies.TryGetValue(tag, out List<CToken>? body)) return null;
        return _known[name] = new CStructBody(this, name, body).Read();
    }

    /// <summary>The whole number of a length or of a word in a comment; null if it is not one.</summary>
    public long? Value(string name) => declarations.Value(name);

    /// <summary>What a field of this type stores.</summary>
    public CElement Element(CTypeName type, CToken where)
    {
        string written = type.Name;
        while (declarations.Typedefs.TryGetValue(type.Name, out CTypeName meaning)) type = new CTypeName(meaning.Name, type.Pointers + meaning.Pointers);
        string name = type.Name.StartsWith(Struct, StringComparison.Ordinal) && !written.StartsWith(Struct, StringComparison.Ordinal) ? Struct + written : type.Name;
        int? size = CTypes.SizeOf(name);
        bool isStruct = name.StartsWith(Struct, StringComparison.Ordinal);
        if (type.Pointers > 0)
        {
            if (size is null && !isStruct && name is not ("void" or "function")) throw where.Error("a type whose size is known", $"'{written}'");
            string element = type.Pointers == 1 && (size is not null || isStruct) ? name : "ptr";
            return new CElement(element, CTypes.PointerSize, CTypes.PointerSize, IsPointer: true);
        }

        if (size is { } bytes) return new CElement(name, bytes, bytes);
        StructLayout inner = (isStruct ? Find(name[Struct.Length..]) : null) ?? throw where.Error("a type whose size is known", $"'{written}'");
        return new CElement(name, inner.Size, inner.Alignment, Inner: inner);
    }

    private static bool IsStruct(CTypeName type) => type.Pointers == 0 && type.Name.StartsWith(Struct, StringComparison.Ordinal);
}
