namespace EmbodiedRL.Simulation.Layout;

/// <summary>Type name as a declaration spells it, before typedefs are resolved.</summary>
/// <param name="Name">A number's C# name, void, function, <c>struct TAG</c>, or a name that a typedef gave.</param>
/// <param name="Pointers">How many stars follow.</param>
internal readonly record struct CTypeName(string Name, int Pointers = 0);

/// <summary>Number types of C with 64-bit addresses (System V on x86-64 and aarch64: LP64).</summary>
internal static class CTypes
{
    public const int PointerSize = 8;

    private static readonly string[] Words = ["void", "char", "short", "int", "long", "float", "double", "signed", "unsigned", "_Bool"];
    private static readonly string[] Qualifiers = ["const", "volatile", "restrict", "static", "extern", "register", "inline"];

    private static readonly Dictionary<string, string> Named = new()
    {
        ["bool"] = "byte",
        ["uint8_t"] = "byte",
        ["int32_t"] = "int",
        ["uint32_t"] = "uint",
        ["int64_t"] = "long",
        ["uint64_t"] = "ulong",
        ["size_t"] = "ulong",
        ["ptrdiff_t"] = "long",
        ["intptr_t"] = "long",
        ["uintptr_t"] = "ulong",
    };

    /// <summary>Bytes of a number, which are its alignment too; null if it is not one.</summary>
    public static int? SizeOf(string type) => type switch
    {
        "byte" or "char" => 1,
        "int" or "uint" or "float" => 4,
        "long" or "ulong" or "double" or "ptr" => 8,
        _ => null,
    };

    /// <summary>Reads a type's name, without stars, and moves behind it.</summary>
    public static CTypeName Read(List<CToken> tokens, ref int at)
    {
        var words = new List<string>();
        for (; at < tokens.Count; at++)
        {
            string text = tokens[at].Text;
            if (Qualifiers.Contains(text)) continue;
            if (Words.Contains(text)) words.Add(text);
            else if (words.Count > 0 || !tokens[at].IsName) break;
            else return Tagged(tokens, ref at);
        }

        return new CTypeName(words.Count > 0 ? Number(words) : throw tokens[Math.Min(at, tokens.Count - 1)].Error("a type"));
    }

    private static CTypeName Tagged(List<CToken> tokens, ref int at)
    {
        string first = tokens[at++].Text;
        if (first is not ("struct" or "enum")) return new CTypeName(Named.GetValueOrDefault(first, first));
        if (at >= tokens.Count || !tokens[at].IsName) throw tokens[at - 1].Error($"{first} with a name");
        string tag = tokens[at++].Text;
        return new CTypeName(first == "enum" ? "int" : $"struct {tag}");
    }

    private static string Number(List<string> words)
    {
        bool unsigned = words.Contains("unsigned");
        int longs = words.Count(word => word == "long");
        if (words.Contains("void") || words.Contains("float")) return words[0];
        if (words.Contains("double")) return longs == 0 ? "double" : "long double";
        if (words.Contains("_Bool")) return "byte";
        if (words.Contains("char")) return unsigned ? "byte" : words.Contains("signed") ? "signed char" : "char";
        if (words.Contains("short")) return "short";
        return (longs > 0, unsigned) switch { (true, true) => "ulong", (true, false) => "long", (false, true) => "uint", _ => "int" };
    }
}
