using System.Collections.Immutable;
using System.Numerics;

namespace EmbodiedRL.Core.Scenes;

/// <summary>Shapes a renderer draws exactly; local z is the axis of capsules and cylinders and the normal of planes.</summary>
public enum GeomShape
{
    /// <summary>Size: half-extents x and y (0 = endless).</summary>
    Plane,

    /// <summary>Size: radius.</summary>
    Sphere,

    /// <summary>Size: radius, half-length of the straight part.</summary>
    Capsule,

    /// <summary>Size: three half-axes.</summary>
    Ellipsoid,

    /// <summary>Size: radius, half-length.</summary>
    Cylinder,

    /// <summary>Size: three half-extents.</summary>
    Box,
}

/// <summary>One thing that is drawn; where it stands is in the pose rows.</summary>
/// <param name="Name">As in the model; may be empty.</param>
/// <param name="Shape">What it is.</param>
/// <param name="Size">Metres; meaning by shape.</param>
/// <param name="Colour">Red, green, blue, opacity in [0, 1].</param>
/// <param name="Texture">Index into <see cref="SceneDescription.Textures"/>; -1 for none.</param>
/// <param name="TextureRepeat">Tiles across the geom, or per metre if <paramref name="TextureUniform"/>.</param>
/// <param name="TextureUniform">Whether tiles have a fixed size in metres.</param>
/// <param name="Specular">Strength of highlights in [0, 1].</param>
/// <param name="Shininess">Sharpness of highlights in [0, 1].</param>
/// <param name="Emission">Light of its own in [0, 1].</param>
public sealed record SceneGeom(
    string Name, GeomShape Shape, Vector3 Size, Vector4 Colour, int Texture = -1, Vector2 TextureRepeat = default,
    bool TextureUniform = false, float Specular = 0.5f, float Shininess = 0.5f, float Emission = 0);

/// <summary>A bitmap wrapped over geoms.</summary>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Rgb">[H, W, 3], row 0 at v = 0.</param>
public sealed record SceneTexture(int Width, int Height, ImmutableArray<byte> Rgb);

/// <summary>One directional light and the light from everywhere.</summary>
/// <param name="Direction">Where it shines to; unit length.</param>
/// <param name="Diffuse">Red, green, blue.</param>
/// <param name="Ambient">Red, green, blue, from everywhere (headlight included).</param>
/// <param name="Specular">Red, green, blue of highlights.</param>
/// <param name="HeadDiffuse">Red, green, blue of a light at the camera.</param>
public sealed record SceneLight(Vector3 Direction, Vector3 Diffuse, Vector3 Ambient, Vector3 Specular, Vector3 HeadDiffuse);

/// <summary>A fixed camera; it looks along its local -z, local y is up.</summary>
/// <param name="Name">As in the model.</param>
/// <param name="Position">Metres.</param>
/// <param name="Orientation">From camera axes to world axes.</param>
/// <param name="FieldOfViewDegrees">Vertical, degrees.</param>
public sealed record SceneCamera(string Name, Vector3 Position, Quaternion Orientation, float FieldOfViewDegrees);

/// <summary>What a renderer needs to know once; neutral, so that it knows neither task nor physics engine.</summary>
/// <remarks>
/// A pose row [G, 12] holds for each geom its position (3, metres) and its rotation matrix (9, row-major, local to world).
/// </remarks>
public sealed record SceneDescription
{
    /// <summary>Floats of one pose.</summary>
    public const int FloatsPerPose = 12;

    /// <summary>In pose order.</summary>
    public required ImmutableArray<SceneGeom> Geoms { get; init; }

    /// <summary>Bitmaps that geoms refer to.</summary>
    public ImmutableArray<SceneTexture> Textures { get; init; } = [];

    /// <summary>The light.</summary>
    public required SceneLight Light { get; init; }

    /// <summary>All cameras of the model.</summary>
    public required ImmutableArray<SceneCamera> Cameras { get; init; }

    /// <summary>Colour of the sky at the top of the picture, red, green, blue.</summary>
    public Vector3 BackgroundTop { get; init; }

    /// <summary>Colour of the sky at the bottom of the picture.</summary>
    public Vector3 BackgroundBottom { get; init; }

    /// <summary>Metres along the viewing axis; what is nearer is not drawn.</summary>
    public float Near { get; init; } = 0.01f;

    /// <summary>Metres along the viewing axis; what is farther is not drawn, so it is where an endless floor ends.</summary>
    public float Far { get; init; } = 200;

    /// <summary>Floats of one environment's poses, 12 G.</summary>
    public int PoseLength => Geoms.Length * FloatsPerPose;

    /// <summary>The camera of this name.</summary>
    /// <exception cref="UnknownNameException">There is none; names the ones there are.</exception>
    public SceneCamera Camera(string name) =>
        Cameras.FirstOrDefault(c => c.Name == name) ?? throw new UnknownNameException("camera", name, Cameras.Select(c => c.Name));
}
