using System.Numerics;

namespace EmbodiedRL.Core.Scenes;

/// <summary>Fog: geoms fade to its color between two distances.</summary>
/// <param name="Start">Meters along the viewing axis.</param>
/// <param name="End">Meters; from here on there is nothing but fog.</param>
/// <param name="Color">Red, green, blue.</param>
public sealed record SceneFog(float Start, float End, Vector3 Color);

/// <summary>Haze at the horizon of the first infinite plane, in front of the sky.</summary>
/// <param name="Share">Of the distance to the horizon that it covers, in [0, 1].</param>
/// <param name="Color">Red, green, blue.</param>
public sealed record SceneHaze(float Share, Vector3 Color);

/// <summary>Extent of the region for which the shadows of a light are computed.</summary>
/// <param name="HalfWidth">Meters around a directional light.</param>
/// <param name="ConeShare">Of a spot light's cone.</param>
public sealed record SceneShadows(float HalfWidth, float ConeShare)
{
    /// <summary>As MuJoCo has it for a model of a meter.</summary>
    public static SceneShadows Usual { get; } = new(1, 0.6f);
}
