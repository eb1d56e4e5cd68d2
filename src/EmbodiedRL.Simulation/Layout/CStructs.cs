namespace EmbodiedRL.Simulation.Layout;

/// <summary>Element type of a field: a number, a pointer, or a struct held by value.</summary>
internal sealed record CElement(string Type, int Size, int Alignment, bool IsPointer = false, StructLayout? Inner = null)
{
    /// <summary>The address of such elements.</summary>
    public static CElement Pointer(string type) => new(type, CTypes.PointerSize, CTypes.PointerSize, IsPointer: true);
}

/// <summary>Resolver of type names to the layout of structs and elements.</summary>
internal sealed class CStructs(CDeclarations declarations)
{
    private const string Struct = "struct ";

    private readonly Dictionary<string, StructLayout> _known = [];

    /// <summary>The layout of a struct by its tag or by what a typedef calls it; null if its body is nowhere.</summary>
    public StructLayout? Find(string name)
    {
        if (_known.TryGetValue(name, out StructLayout? known)) return known;
        bool renamed = declarations.Typedefs.TryGetValue(name, out CTypeName type) && type.Pointers == 0 && IsStruct(type.Name);
        if (!declarations.Bodies.TryGetValue(renamed ? type.Name[Struct.Length..] : name, out List<CToken>? body)) return null;
        return _known[name] = new CStructBody(this, name, body).Read();
    }

    /// <summary>The whole number of a length or of a word in a comment; null if it is not one.</summary>
    public long? Value(string name) => declarations.Value(name);

    /// <summary>What a field of this type stores.</summary>
    public CElement Element(CTypeName type, CToken where)
    {
        string written = type.Name;
        while (declarations.Typedefs.TryGetValue(type.Name, out CTypeName meaning))
            type = new CTypeName(meaning.Name, type.Pointers + meaning.Pointers);
        bool isStruct = IsStruct(type.Name);
        string name = isStruct && !IsStruct(written) ? Struct + written : type.Name;
        int? size = CTypes.SizeOf(name);
        if (type.Pointers > 0 && (size is not null || isStruct || name is "void" or "function"))
            return CElement.Pointer(type.Pointers == 1 && name is not ("void" or "function") ? name : "ptr");
        if (type.Pointers == 0 && size is { } bytes) return new CElement(name, bytes, bytes);
        if (type.Pointers == 0 && isStruct && Find(name[Struct.Length..]) is { } inner)
            return new CElement(name, inner.Size, inner.Alignment, Inner: inner);
        throw where.Error("a type whose size is known", $"'{written}'");
    }

    private static bool IsStruct(string name) => name.StartsWith(Struct, StringComparison.Ordinal);
}
