using System.Collections.Immutable;

namespace EmbodiedRL.Simulation.Layout;

/// <summary>Layout of a field of a C struct: its offset, element type and dimensions.</summary>
/// <param name="Name">With dots through structs held by value, e.g. <c>opt.timestep</c>.</param>
/// <param name="Type">
/// Of one element, behind the pointer if it is one: double, float, int, uint, byte, char (8 bits), long, ulong, ptr (an address of
/// anything else, also of a function) or <c>struct NAME</c>.
/// </param>
/// <param name="Offset">Bytes from the start of the struct.</param>
/// <param name="Count">Elements stored in place: an array's length, 1 for a scalar and for a pointer.</param>
/// <param name="IsPointer">Whether an address is stored, and the elements elsewhere.</param>
/// <param name="Dimensions">How many elements the pointer leads to, as the header's comment says: nbody, 3. Empty if it does not.</param>
public sealed record FieldLayout(string Name, string Type, int Offset, int Count, bool IsPointer, ImmutableArray<string> Dimensions)
{
    /// <inheritdoc/>
    public bool Equals(FieldLayout? other) =>
        other is not null && Name == other.Name && Type == other.Type && Offset == other.Offset && Count == other.Count
        && IsPointer == other.IsPointer && Dimensions.SequenceEqual(other.Dimensions);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Type, Offset, Count, IsPointer, Dimensions.Length);
}
