namespace EmbodiedRL.Core.Specs;

/// <summary>Field spec: one named block of a flat float vector.</summary>
/// <param name="Name">Unique within its spec, e.g. <c>pole/angle</c>.</param>
/// <param name="Length">How many values.</param>
/// <param name="Minimum">Least value, inclusive; negative infinity if unbounded.</param>
/// <param name="Maximum">Greatest value, inclusive; infinity if unbounded.</param>
/// <param name="Unit">SI unit for people, e.g. <c>m/s</c>; empty if dimensionless.</param>
/// <param name="Meaning">One clause for the generated tables.</param>
public sealed record FieldSpec(
    string Name, int Length = 1, float Minimum = float.NegativeInfinity, float Maximum = float.PositiveInfinity,
    string Unit = "", string Meaning = "");
