using System.Collections.Immutable;

namespace EmbodiedRL.Simulation.Layout;

/// <summary>Layout of a C struct: its size and fields.</summary>
/// <param name="Name">As the fields of other structs name it.</param>
/// <param name="Size">What sizeof says.</param>
/// <param name="Alignment">Of its strictest field.</param>
/// <param name="Fields">In order of offset.</param>
internal sealed record StructLayout(string Name, int Size, int Alignment, ImmutableArray<FieldLayout> Fields);
