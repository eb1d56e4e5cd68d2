using System.Collections.Immutable;
using System.Numerics;

namespace EmbodiedRL.Core.Scenes;

/// <summary>Geom shapes; local z is the axis of capsules and cylinders and the normal of planes.</summary>
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

    /// <summary>
    /// Triangles of <see cref="SceneDescription.Meshes"/>; height fields are meshes too. Size: of the box that bounds it.
    /// </summary>
    Mesh,

    /// <summary>
    /// A capsule whose length changes from step to step, as a piece of a tendon does. Size: radius, 1. In its pose the local x and y axes
    /// are multiplied by the share of the radius, the z axis by the half-length; all zero hides it.
    /// </summary>
    Segment,

    /// <summary>A cylinder whose length changes from step to step, as <see cref="Segment"/> does.</summary>
    Rod,

    /// <summary>
    /// A straight line that no light falls on and that casts no shadow. Size: width in pixels. It runs from the position in its pose along
    /// the local z axis, which is multiplied by the length; all zero hides it.
    /// </summary>
    Line,
}

/// <summary>Decoration kind of a mark: a part of the model, or a decoration that can be left out.</summary>
public enum SceneDecoration
{
    /// <summary>A part of the model, such as a site or a tendon.</summary>
    None,

    /// <summary>The ray of a range finder.</summary>
    RangeFinder,

    /// <summary>The rod and the crank of a slider-crank.</summary>
    SliderCrank,
}

/// <summary>Geom of a scene; its pose is in the pose rows.</summary>
/// <param name="Name">As in the model; may be empty.</param>
/// <param name="Shape">What it is.</param>
/// <param name="Size">Meters; meaning by shape.</param>
/// <param name="Color">Red, green, blue, opacity in [0, 1].</param>
/// <param name="Texture">Index into <see cref="SceneDescription.Textures"/>; -1 for none.</param>
/// <param name="TextureRepeat">Tiles across the geom, or per meter if <paramref name="TextureUniform"/>.</param>
/// <param name="TextureUniform">Whether tiles have a fixed size in meters.</param>
/// <param name="Specular">Strength of highlights in [0, 1].</param>
/// <param name="Shininess">Sharpness of highlights in [0, 1].</param>
/// <param name="Emission">Light of its own in [0, 1].</param>
public sealed record SceneGeom(
    string Name, GeomShape Shape, Vector3 Size, Vector4 Color, int Texture = -1, Vector2 TextureRepeat = default,
    bool TextureUniform = false, float Specular = 0.5f, float Shininess = 0.5f, float Emission = 0)
{
    /// <summary>How much of the scene a plane or the upper side of a box mirrors, in [0, 1].</summary>
    public float Reflectance { get; init; }

    /// <summary>Index into <see cref="SceneDescription.Meshes"/>; -1 for other shapes.</summary>
    public int Mesh { get; init; } = -1;

    /// <summary>What segmentation writes for it: the geom's number in the model; -1 for what is no geom.</summary>
    public int Id { get; init; } = -1;

    /// <summary>What segmentation by bodies writes for it; -1 for what belongs to none.</summary>
    public int Body { get; init; } = -1;

    /// <summary>What it is a decoration of, of marks.</summary>
    public SceneDecoration Decor { get; init; }

    /// <summary>Whether it is fastened to the world, so that its pose is the same in every state unless the model is edited.</summary>
    public bool IsStatic { get; init; }
}

/// <summary>Texture of geoms.</summary>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Rgb">[H, W, 3], row 0 at v = 0.</param>
public sealed record SceneTexture(int Width, int Height, ImmutableArray<byte> Rgb)
{
    /// <summary>
    /// Whether it holds the faces of a cube one below the other: right, left, up, down, front, back; or one face for all.
    /// </summary>
    public bool IsCube { get; init; }
}

/// <summary>Triangle mesh in local axes.</summary>
/// <param name="Vertices">[V, 8]: position in meters, unit normal, texture coordinates.</param>
/// <param name="Triangles">[T, 3]: vertex numbers, counter-clockwise seen from outside.</param>
/// <param name="HasCoordinates">Whether the texture coordinates mean anything; else textures are wrapped as over other shapes.</param>
public sealed record SceneMesh(ImmutableArray<float> Vertices, ImmutableArray<int> Triangles, bool HasCoordinates = false)
{
    /// <summary>Floats of one vertex.</summary>
    public const int FloatsPerVertex = 8;
}
