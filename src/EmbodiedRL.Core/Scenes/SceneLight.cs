using System.Numerics;

namespace EmbodiedRL.Core.Scenes;

/// <summary>Light of a scene.</summary>
/// <param name="Direction">Where it shines to; unit length.</param>
/// <param name="Diffuse">Red, green, blue.</param>
/// <param name="Ambient">Red, green, blue that it adds wherever it reaches.</param>
/// <param name="Specular">Red, green, blue of highlights.</param>
public sealed record SceneLight(Vector3 Direction, Vector3 Diffuse, Vector3 Ambient, Vector3 Specular)
{
    /// <summary>Whether it is as far away as the sun: equally bright and from the same side everywhere.</summary>
    public bool IsDirectional { get; init; } = true;

    /// <summary>Meters. Of a directional light only its shadows depend on it.</summary>
    public Vector3 Position { get; init; }

    /// <summary>Half the angle of its cone in degrees; 180 shines all around.</summary>
    public float CutoffDegrees { get; init; } = 180;

    /// <summary>How much it fades from the middle of the cone to its rim; 0 does not.</summary>
    public float Exponent { get; init; }

    /// <summary>Divisor of its brightness at distance d in meters: x + y d + z d².</summary>
    public Vector3 Attenuation { get; init; } = Vector3.UnitX;

    /// <summary>Whether geoms block it where shadows are rendered.</summary>
    public bool CastsShadow { get; init; }

    /// <summary>Index among the moving elements of a pose row (see <see cref="SceneDescription"/>); -1 if it stands still.</summary>
    public int Moving { get; init; } = -1;
}

/// <summary>Headlight: carried by every camera, shines in its direction, and casts no shadow.</summary>
/// <param name="Ambient">Red, green, blue, from everywhere.</param>
/// <param name="Diffuse">Red, green, blue.</param>
/// <param name="Specular">Red, green, blue of highlights.</param>
public sealed record SceneHeadlight(Vector3 Ambient, Vector3 Diffuse, Vector3 Specular)
{
    /// <summary>Off.</summary>
    public static SceneHeadlight Off { get; } = new(default, default, default);
}
