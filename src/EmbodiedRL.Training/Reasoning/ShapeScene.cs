using System.Collections.Immutable;
using System.Numerics;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Scenes;

namespace EmbodiedRL.Training.Reasoning;

/// <summary>Shape scene: things on a table or a floor, seen by a camera.</summary>
/// <param name="Things">In no order.</param>
/// <param name="Camera">Where it is seen from.</param>
internal sealed record ShapeScene(ImmutableArray<SceneThing> Things, SceneCamera Camera)
{
    /// <summary>Where the center of each thing is in the image: x and y in pixels, and depth in meters along the view axis.</summary>
    public required ImmutableArray<Vector3> Seen { get; init; }

    /// <summary>What each thing covers of the image, from its segmentation; empty before it is rendered.</summary>
    public ImmutableArray<PixelBox> Boxes { get; init; } = [];

    /// <summary>Pixels of each thing.</summary>
    public ImmutableArray<int> Pixels { get; init; } = [];

    /// <summary>[H, W], the thing at each pixel, -1 for none; empty before it is rendered.</summary>
    public sbyte[] Segments { get; init; } = [];

    /// <summary>Things from left to right in the image.</summary>
    public IEnumerable<int> LeftToRight => Enumerable.Range(0, Things.Length).OrderBy(i => Seen[i].X);
}

/// <summary>The geometry that all shape scenes share: slots for things of every shape and size, a table and a floor.</summary>
internal static class ShapeGeometry
{
    /// <summary>The most things of a scene.</summary>
    public const int Slots = 5;

    private const int PerSlot = 8;                // 4 shapes by 2 sizes
    private const float Hidden = -1e4f;           // meters
    private const float TableTop = 0.9f, TableHeight = 0.55f;

    private static readonly float[] Radii = [0.105f, 0.175f];

    private static readonly Vector3[] Shades =
    [
        new(0.85f, 0.12f, 0.12f), new(0.13f, 0.65f, 0.16f), new(0.12f, 0.22f, 0.85f),
        new(0.92f, 0.83f, 0.12f), new(0.58f, 0.14f, 0.70f), new(0.12f, 0.80f, 0.82f),
    ];

    private const int Table = Slots * PerSlot, Floor = Table + 1;

    /// <summary>What the renderer draws: geom s * 8 + shape * 2 + size is slot s; then table and floor.</summary>
    public static SceneDescription Scene { get; } = new()
    {
        Geoms =
        [
            .. Enumerable.Range(0, Table).Select(Of),
            new SceneGeom("table", GeomShape.Box, new Vector3(TableTop, TableTop, 0.04f), new Vector4(0.6f, 0.5f, 0.4f, 1)) { Id = Table },
            new SceneGeom("floor", GeomShape.Plane, Vector3.Zero, new Vector4(0.6f, 0.6f, 0.6f, 1), Specular: 0) { Id = Floor },
        ],
        Cameras = [SceneCamera.Around("front", Vector3.Zero, 2, 90, -45, 45)],
        Lights = [new SceneLight(-Vector3.UnitZ, new Vector3(0.6f), Vector3.Zero, new Vector3(0.25f))],
        Headlight = new SceneHeadlight(new Vector3(0.35f), new Vector3(0.35f), Vector3.Zero),
        BackgroundTop = new Vector3(0.6f, 0.7f, 0.8f),
        BackgroundBottom = new Vector3(0.8f, 0.8f, 0.8f),
        Far = 30,
        Extent = 2,
    };

    /// <summary>The slot of a geom's number; -1 for table and floor.</summary>
    public static int SlotOf(int segment) => segment is >= 0 and < Table ? segment / PerSlot : -1;

    /// <summary>Half the height of a thing, meters: its center is so high above what it stands on.</summary>
    public static float HalfHeight(SceneThing thing)
    {
        float radius = Radii[thing.IsLarge ? 1 : 0];
        return thing.Shape switch { 0 => 0.85f * radius, 1 => radius, 2 => 0.9f * radius, _ => 1.3f * radius };
    }

    /// <summary>Radius of a thing seen from above, meters.</summary>
    public static float Footprint(SceneThing thing)
    {
        float radius = Radii[thing.IsLarge ? 1 : 0];
        return thing.Shape switch { 0 => 1.2f * radius, 1 => radius, 2 => 0.8f * radius, _ => 0.6f * radius };
    }

    /// <summary>Writes poses, colors, sky, light and camera of a scene.</summary>
    /// <param name="scene">What is drawn.</param>
    /// <param name="rng">Of what has nothing to do with answers: shades, table or floor, light.</param>
    /// <param name="row">Of the batch.</param>
    /// <param name="poses">[N, P, 12].</param>
    /// <param name="looks">Of the batch, all but textures.</param>
    public static void Write(ShapeScene scene, ref Rng rng, int row, Span<float> poses, SceneVariations looks)
    {
        int geoms = Scene.Geoms.Length;
        Span<float> pose = poses.Slice(row * Scene.PoseLength, Scene.PoseLength);
        for (int geom = 0; geom < geoms; geom++) Place(pose, geom, new Vector3(0, 0, Hidden), 0);
        Span<float> colors = looks.Colors.AsSpan(row * geoms * 4, geoms * 4);
        for (int geom = 0; geom < geoms; geom++) Scene.Geoms[geom].Color.CopyTo(colors[(4 * geom)..]);
        for (int slot = 0; slot < scene.Things.Length; slot++)
        {
            SceneThing thing = scene.Things[slot];
            int geom = (slot * PerSlot) + (thing.Shape * 2) + (thing.IsLarge ? 1 : 0);
            Place(pose, geom, new Vector3(thing.X, thing.Y, HalfHeight(thing)), thing.Yaw);
            Vector3 shade = Shades[thing.Color] + Jitter(ref rng, 0.06);
            new Vector4(Vector3.Clamp(shade, Vector3.Zero, Vector3.One), 1).CopyTo(colors[(4 * geom)..]);
        }

        bool onTable = rng.NextDouble() < 0.5;
        if (onTable) Place(pose, Table, new Vector3(0, 0, -0.04f), 0);
        Place(pose, Floor, new Vector3(0, 0, onTable ? -TableHeight : 0), 0);
        new Vector4(Pale(ref rng), 1).CopyTo(colors[(4 * Table)..]);
        new Vector4(Pale(ref rng), 1).CopyTo(colors[(4 * Floor)..]);
        for (int end = 0; end < 2; end++) Pale(ref rng).CopyTo(looks.Backgrounds.AsSpan((6 * row) + (3 * end)));
        Span<float> light = looks.Lights.AsSpan(12 * row, 12);
        Vector3.Normalize(-Vector3.UnitZ + Jitter(ref rng, 0.6)).CopyTo(light);
        new Vector3((float)rng.Uniform(0.4, 0.8)).CopyTo(light[3..]);
        new Vector3((float)rng.Uniform(0.25, 0.45)).CopyTo(light[6..]);
        new Vector3((float)rng.Uniform(0.2, 0.5)).CopyTo(light[9..]);
        VisualLayout.WriteCamera(scene.Camera, looks.Cameras.AsSpan(13 * row, 13));
    }

    /// <summary>Room for the looks of N scenes.</summary>
    public static SceneVariations Looks(int count) => new()
    {
        Colors = new float[count * Scene.Geoms.Length * 4],
        Backgrounds = new float[count * 6],
        Lights = new float[count * 12],
        Cameras = new float[count * 13],
    };

    /// <summary>Where a point is in the image: x and y in pixels, depth in meters along the view axis.</summary>
    public static Vector3 Project(SceneCamera camera, Vector3 point, int size)
    {
        Vector3 from = point - camera.Position;
        Vector3 right = Vector3.Transform(Vector3.UnitX, camera.Orientation), up = Vector3.Transform(Vector3.UnitY, camera.Orientation);
        float depth = -Vector3.Dot(from, Vector3.Transform(Vector3.UnitZ, camera.Orientation));
        float scale = size / (2 * depth * MathF.Tan(camera.FieldOfViewDegrees * MathF.PI / 360));
        return new Vector3((size / 2f) + (Vector3.Dot(from, right) * scale), (size / 2f) - (Vector3.Dot(from, up) * scale), depth);
    }

    private static SceneGeom Of(int geom)
    {
        float radius = Radii[geom % 2];
        (GeomShape shape, Vector3 size) = (geom % PerSlot / 2) switch
        {
            0 => (GeomShape.Box, new Vector3(0.85f * radius)),
            1 => (GeomShape.Sphere, new Vector3(radius, 0, 0)),
            2 => (GeomShape.Cylinder, new Vector3(0.8f * radius, 0.9f * radius, 0)),
            _ => (GeomShape.Capsule, new Vector3(0.6f * radius, 0.7f * radius, 0)),
        };
        return new SceneGeom($"{geom}", shape, size, Vector4.One) { Id = geom };
    }

    private static void Place(Span<float> pose, int geom, Vector3 position, float yaw)
    {
        (float sin, float cos) = MathF.SinCos(yaw);
        ReadOnlySpan<float> row = [position.X, position.Y, position.Z, cos, -sin, 0, sin, cos, 0, 0, 0, 1];
        row.CopyTo(pose[(geom * SceneDescription.FloatsPerPose)..]);
    }

    /// <summary>Any brightness, little color: never to be taken for a thing's.</summary>
    private static Vector3 Pale(ref Rng rng) =>
        Vector3.Clamp(new Vector3((float)rng.Uniform(0.3, 0.95)) + Jitter(ref rng, 0.06), Vector3.Zero, Vector3.One);

    private static Vector3 Jitter(ref Rng rng, double most) =>
        new((float)rng.Uniform(-most, most), (float)rng.Uniform(-most, most), (float)rng.Uniform(-most, most));
}
