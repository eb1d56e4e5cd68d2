namespace EmbodiedRL.Core.Scenes;

/// <summary>
/// Visual variations of the environments of one scene, row by row. Every block is optional; where it is null, the scene's own values apply.
/// </summary>
public sealed record SceneVariations
{
    /// <summary>[N, G, 4]: red, green, blue, opacity.</summary>
    public float[]? Colors { get; init; }

    /// <summary>
    /// [N, G]: index into <see cref="SceneDescription.Textures"/> of a flat texture, -1 for none; how often it repeats is the geom's own.
    /// </summary>
    public int[]? Textures { get; init; }

    /// <summary>[N, 6]: sky at the top, sky at the bottom, in place of the scene's sky.</summary>
    public float[]? Backgrounds { get; init; }

    /// <summary>[N, 12]: the first light's direction (unit) and diffuse, all ambient light, the headlight's diffuse.</summary>
    public float[]? Lights { get; init; }

    /// <summary>
    /// [N, 13]: camera position, orientation (rotation matrix, row-major, camera to world), vertical field of view in degrees.
    /// </summary>
    public float[]? Cameras { get; init; }
}
