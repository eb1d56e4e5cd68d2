using System.Numerics;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Scenes;

namespace EmbodiedRL.Rendering;

/// <summary>Scenes and their variations as the shaders' buffers hold them; see Shaders/scene.glsl.</summary>
internal static class SceneEncoding
{
    /// <summary>Floats of one view: eye, three axes, light, three colours of it, head light, sky top and bottom.</summary>
    public const int FloatsPerView = 44;

    /// <summary>Exponent of a highlight at full shininess, as OpenGL's fixed pipeline has it.</summary>
    private const float FullShininess = 128;

    /// <summary>[G, 16]: size, bounding capsule, material, texture map.</summary>
    public static float[] Geoms(SceneDescription scene)
    {
        var encoded = new float[Math.Max(1, scene.Geoms.Length) * 16];
        for (int i = 0; i < scene.Geoms.Length; i++) Write(scene.Geoms[i], encoded.AsSpan(i * 16, 16));
        return encoded;
    }

    /// <summary>[G, 4]: the scene's own colours.</summary>
    public static float[] Colours(SceneDescription scene) =>
        scene.Geoms.Length == 0 ? new float[4] : [.. scene.Geoms.SelectMany(geom => new[] { geom.Colour.X, geom.Colour.Y, geom.Colour.Z, geom.Colour.W })];

    /// <summary>Writes the view of one environment.</summary>
    /// <param name="scene">Whose light and sky are used where nothing varies.</param>
    /// <param name="camera">Used where cameras do not vary.</param>
    /// <param name="variations">Null for the scene as it is.</param>
    /// <param name="row">Which environment of the variations.</param>
    /// <param name="view">44 values, overwritten.</param>
    public static void WriteView(SceneDescription scene, SceneCamera camera, SceneVariations? variations, int row, Span<float> view)
    {
        if (variations?.Cameras is { } cameras) WriteCamera(cameras.AsSpan(row * 13, 13), view);
        else WriteCamera(camera, view);

        SceneLight light = scene.Light;
        if (variations?.Lights is { } lights)
        {
            ReadOnlySpan<float> own = lights.AsSpan(row * 12, 12);
            light = new SceneLight(new(own), new(own[3..]), new(own[6..]), light.Specular, new(own[9..]));
        }
        Vector3 towards = light.Direction.LengthSquared() > 0 ? -Vector3.Normalize(light.Direction) : Vector3.UnitZ;
        Put(view, 4, towards);
        Put(view, 5, light.Diffuse);
        Put(view, 6, light.Ambient);
        Put(view, 7, light.Specular);
        Put(view, 8, light.HeadDiffuse);

        ReadOnlySpan<float> sky = variations?.Backgrounds is { } backgrounds ? backgrounds.AsSpan(row * 6, 6) : default;
        Put(view, 9, sky.IsEmpty ? scene.BackgroundTop : new(sky));
        Put(view, 10, sky.IsEmpty ? scene.BackgroundBottom : new(sky[3..]));
    }

    /// <summary>Throws if a block of the variations has not the length that its rows need.</summary>
    public static void Check(SceneVariations variations, int count, int geoms)
    {
        Check(variations.Colours, "variations.Colours", count * geoms * 4);
        Check(variations.Backgrounds, "variations.Backgrounds", count * 6);
        Check(variations.Lights, "variations.Lights", count * 12);
        Check(variations.Cameras, "variations.Cameras", count * 13);
    }

    private static void Check(float[]? block, string name, int expected)
    {
        if (block is not null) SpecMismatchException.ThrowIfLength(name, block.Length, expected);
    }

    private static void WriteCamera(SceneCamera camera, Span<float> view)
    {
        Put(view, 0, camera.Position, Tangent(camera.FieldOfViewDegrees));
        Put(view, 1, Vector3.Transform(Vector3.UnitX, camera.Orientation));
        Put(view, 2, Vector3.Transform(Vector3.UnitY, camera.Orientation));
        Put(view, 3, Vector3.Transform(-Vector3.UnitZ, camera.Orientation));
    }

    private static void WriteCamera(ReadOnlySpan<float> own, Span<float> view)
    {
        Put(view, 0, new(own), Tangent(own[12]));
        Put(view, 1, new(own[3], own[6], own[9]));
        Put(view, 2, new(own[4], own[7], own[10]));
        Put(view, 3, -new Vector3(own[5], own[8], own[11]));
    }

    private static float Tangent(float fieldOfViewDegrees) => MathF.Tan(fieldOfViewDegrees * MathF.PI / 360);

    private static void Write(SceneGeom geom, Span<float> into)
    {
        (Vector3 size, Vector3 halfAxis, float radius) = Bounds(geom);
        bool endless = geom.Shape == GeomShape.Plane && (size.X <= 0 || size.Y <= 0);
        Put(into, 0, size, halfAxis.X);
        into[4] = halfAxis.Y;
        into[5] = halfAxis.Z;
        into[6] = radius;
        into[7] = endless ? 1 : 0;
        Put(into, 2, new(geom.Specular, geom.Shininess * FullShininess, geom.Emission), geom.Texture >= 0 ? 1 : 0);
        // Without coordinates of its own a shape is painted along local z: repeats count across the shape, or go by the metre.
        Vector2 across = geom.TextureUniform || endless ? Vector2.One : new(1 / size.X, 1 / size.Y);
        Vector2 scale = geom.TextureRepeat * across * new Vector2(0.5f, -0.5f);
        into[12] = scale.X;
        into[13] = scale.Y;
        into[14] = into[15] = -0.5f;
    }

    /// <summary>Half-axes, and the capsule that holds a round shape; boxes and planes need none.</summary>
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
        into[vector * 4 + 3] = w;
    }
}
