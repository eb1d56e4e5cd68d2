using System.Numerics;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Scenes;

namespace EmbodiedRL.Rendering.Painting;

/// <summary>Encoding of geoms and variations for the shaders; see Shaders/scene.glsl.</summary>
internal static class SceneEncoding
{
    /// <summary>Floats of one geom.</summary>
    public const int FloatsPerGeom = 24;

    /// <summary>Size, bounding capsule, material, texture maps, color.</summary>
    public static void Write(SceneDescription scene, SceneGeom geom, Span<float> into)
    {
        (Vector3 size, Vector3 halfAxis, float radius) = Bounds(geom);
        bool endless = IsEndless(geom), wrapped = geom.Mesh >= 0 && scene.Meshes[geom.Mesh].HasCoordinates;
        Put(into, 0, size, radius);
        Put(into, 1, halfAxis, endless || wrapped ? 1 : 0);
        Put(into, 2, new(geom.Specular, 0, geom.Emission), geom.Reflectance);
        // Without coordinates of its own a shape is textured along local z: repeats count across the shape, or go by the meter.
        Vector3 across = Across(geom);
        Vector2 scale = (geom.TextureUniform || endless ? Vector2.One : new(1 / across.X, 1 / across.Y))
            * geom.TextureRepeat * new Vector2(0.5f, -0.5f);
        (into[12], into[13], into[14], into[15]) = (scale.X, scale.Y, -0.5f, -0.5f);
        // A cube is seen from its middle; MuJoCo stretches it with shapes it stretches itself.
        bool stretched = geom.Shape is not (GeomShape.Plane or GeomShape.Mesh);
        Put(into, 4, stretched == geom.TextureUniform ? Vector3.One : stretched ? Vector3.One / across : across);
        geom.Color.CopyTo(into[20..]);
    }

    /// <summary>Whether it is a plane without end.</summary>
    public static bool IsEndless(SceneGeom geom) => geom.Shape == GeomShape.Plane && (geom.Size.X <= 0 || geom.Size.Y <= 0);

    /// <summary>Throws if a block of the variations has not the length that its rows need, or names a texture that cannot be.</summary>
    public static void Check(SceneVariations variations, int count, SceneDescription scene)
    {
        Check(variations.Colors, "variations.Colors", count * scene.Geoms.Length * 4);
        Check(variations.Backgrounds, "variations.Backgrounds", count * 6);
        Check(variations.Lights, "variations.Lights", count * 12);
        Check(variations.Cameras, "variations.Cameras", count * 13);
        if (variations.Textures is not { } textures) return;
        SpecMismatchException.ThrowIfLength("variations.Textures", textures.Length, count * scene.Geoms.Length);
        foreach (int texture in textures)
            if (texture >= scene.Textures.Length || (texture >= 0 && scene.Textures[texture].IsCube))
                throw new SpecMismatchException("variations.Textures", $"-1 or a flat texture below {scene.Textures.Length}", $"{texture}");
    }

    /// <summary>How far from its middle a shape reaches, meters.</summary>
    public static float Reach(SceneDescription scene, SceneGeom geom) => geom.Shape switch
    {
        GeomShape.Sphere => geom.Size.X,
        GeomShape.Capsule => geom.Size.X + geom.Size.Y,
        GeomShape.Cylinder => new Vector2(geom.Size.X, geom.Size.Y).Length(),
        GeomShape.Ellipsoid => MathF.Max(geom.Size.X, MathF.Max(geom.Size.Y, geom.Size.Z)),
        // a height field's size is not centered
        GeomShape.Mesh when geom.Mesh >= 0 => MathF.Max(geom.Size.Length(), Reach(scene.Meshes[geom.Mesh])),
        _ => geom.Size.Length(),
    };

    private static float Reach(SceneMesh mesh)
    {
        float squared = 0;
        for (int i = 0; i < mesh.Vertices.Length; i += SceneMesh.FloatsPerVertex)
            squared = MathF.Max(squared,
                (mesh.Vertices[i] * mesh.Vertices[i]) + (mesh.Vertices[i + 1] * mesh.Vertices[i + 1])
                    + (mesh.Vertices[i + 2] * mesh.Vertices[i + 2]));
        return MathF.Sqrt(squared);
    }

    private static void Check(float[]? block, string name, int expected)
    {
        if (block is not null) SpecMismatchException.ThrowIfLength(name, block.Length, expected);
    }

    /// <summary>Half-extents.</summary>
    private static Vector3 Across(SceneGeom geom) => Vector3.Max(new Vector3(1e-9f), geom.Shape switch
    {
        GeomShape.Sphere => new(geom.Size.X),
        GeomShape.Capsule or GeomShape.Cylinder or GeomShape.Segment or GeomShape.Rod => new(geom.Size.X, geom.Size.X, geom.Size.Y),
        _ => geom.Size,
    });

    /// <summary>Half-axes, and the capsule that holds a round shape; others need none.</summary>
    private static (Vector3 Size, Vector3 HalfAxis, float Radius) Bounds(SceneGeom geom)
    {
        Vector3 size = geom.Size;
        switch (geom.Shape)
        {
            case GeomShape.Sphere:
                return (new(size.X), Vector3.Zero, size.X);
            case GeomShape.Capsule or GeomShape.Cylinder:
                return (size, new(0, 0, size.Y), size.X);
            case GeomShape.Ellipsoid:
                // An ellipsoid lies within the capsule of its longest axis and the radius of its second longest.
                float longest = MathF.Max(size.X, MathF.Max(size.Y, size.Z));
                Vector3 axis = size.X == longest ? Vector3.UnitX : size.Y == longest ? Vector3.UnitY : Vector3.UnitZ;
                Vector3 others = size * (Vector3.One - axis);
                float radius = MathF.Max(others.X, MathF.Max(others.Y, others.Z));
                return (size, axis * (longest - radius), radius);
            default:
                return (size, Vector3.Zero, 0);
        }
    }

    private static void Put(Span<float> into, int vector, Vector3 xyz, float w = 0)
    {
        xyz.CopyTo(into[(vector * 4)..]);
        into[(vector * 4) + 3] = w;
    }
}
