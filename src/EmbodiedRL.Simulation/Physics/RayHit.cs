namespace EmbodiedRL.Simulation.Physics;

/// <summary>Hit of a ray.</summary>
/// <param name="Distance">From the ray's origin, in lengths of its direction; -1 if it met nothing.</param>
/// <param name="Geom">The geom; index -1 if it met nothing.</param>
public readonly record struct RayHit(double Distance, GeomId Geom)
{
    /// <summary>Whether the ray met anything.</summary>
    public bool IsHit => Geom.Index >= 0;
}
