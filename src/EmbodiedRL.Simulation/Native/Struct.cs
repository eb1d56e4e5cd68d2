using EmbodiedRL.Core;
using EmbodiedRL.Simulation.Layout;

namespace EmbodiedRL.Simulation.Native;

/// <summary>Accessor of one struct in MuJoCo's memory, by the layout table of its version.</summary>
/// <param name="table">Where fields lie.</param>
/// <param name="name">Of the struct, e.g. <c>mjModel</c>.</param>
/// <param name="address">Where it begins.</param>
internal readonly unsafe struct Struct(LayoutTable table, string name, nint address)
{
    /// <summary>Whether this version has the field.</summary>
    public bool Has(string field) => table.TryFind(name, field, out _);

    /// <summary>A number of the struct, whatever integer type this version keeps it in.</summary>
    public long Integer(string field)
    {
        FieldLayout found = table.Find(name, field);
        byte* at = (byte*)address + found.Offset;
        return found.Type switch
        {
            "int" => *(int*)at,
            "uint" => *(uint*)at,
            "long" or "ulong" => *(long*)at,
            "byte" or "char" => *at,
            _ => throw Mismatch(field, "an integer", found.Type),
        };
    }

    /// <summary>Numbers that lie in the struct itself.</summary>
    public Span<T> InPlace<T>(string field) where T : unmanaged
    {
        FieldLayout found = Require<T>(field);
        return found.IsPointer
            ? throw Mismatch(field, "numbers in place", "an address")
            : new Span<T>((byte*)address + found.Offset, found.Count);
    }

    /// <summary>Numbers that the struct points to.</summary>
    /// <param name="field">The pointer.</param>
    /// <param name="length">How many.</param>
    /// <exception cref="SpecMismatchException">They are of another type, or MuJoCo has not made the array.</exception>
    public Span<T> Behind<T>(string field, int length) where T : unmanaged
    {
        T* first = Pointer<T>(field);
        if (length == 0) return [];
        return first != null
            ? new Span<T>(first, length)
            : throw Mismatch(field, $"{length} values", "none, as nothing has computed them yet");
    }

    /// <summary>The pointer that the struct holds.</summary>
    public T* Pointer<T>(string field) where T : unmanaged
    {
        FieldLayout found = Require<T>(field);
        return found.IsPointer ? *(T**)((byte*)address + found.Offset) : throw Mismatch(field, "an address", "numbers in place");
    }

    private FieldLayout Require<T>(string field) where T : unmanaged
    {
        FieldLayout found = table.Find(name, field);
        bool fits = found.Type switch
        {
            "double" => typeof(T) == typeof(double),
            "float" => typeof(T) == typeof(float),
            "int" or "uint" => typeof(T) == typeof(int),
            "byte" or "char" => typeof(T) == typeof(byte),
            "long" or "ulong" => typeof(T) == typeof(long),
            _ => false,
        };
        return fits ? found : throw Mismatch(field, typeof(T).Name, found.Type);
    }

    private SpecMismatchException Mismatch(string field, string expected, string found) =>
        new($"{name}.{field} of MuJoCo {table.Version}", expected, found);
}
