using System.Collections.Immutable;
using System.Numerics;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Scenes;

namespace EmbodiedRL.Rendering.Tests;

/// <summary>Scenes built by hand, so that these tests need no physics.</summary>
internal static class Scenes
{
    private static readonly SceneLight Sun = new(Vector3.Normalize(new(0.3f, 0.6f, -0.9f)), new(0.5f), Vector3.Zero, new(0.2f));

    private static readonly SceneHeadlight Head = new(new(0.35f), new(0.35f), Vector3.Zero);

    private static readonly SceneCamera Front = new(
        "front", new(0, -4.6f, 0), Quaternion.CreateFromAxisAngle(Vector3.UnitX, MathF.PI / 2), 45);

    /// <summary>A cart with a pole on a rail, before a wall of tiles and above a floor of planks.</summary>
    public static SceneDescription CartPole { get; } = new()
    {
        Geoms =
        [
            new("wall", GeomShape.Plane, new(6, 6, 0.1f), Vector4.One, 0, new(2), true, 0.1f),
            new("floor", GeomShape.Plane, new(6, 6, 0.1f), Vector4.One, 1, new(1), true, 0.1f),
            new("rail", GeomShape.Capsule, new(0.035f, 1.65f, 0), new(0.45f, 0.48f, 0.52f, 1)),
            new("left_end", GeomShape.Box, new(0.05f, 0.09f, 0.14f), new(0.45f, 0.48f, 0.52f, 1)),
            new("right_end", GeomShape.Box, new(0.05f, 0.09f, 0.14f), new(0.45f, 0.48f, 0.52f, 1)),
            new("cart", GeomShape.Box, new(0.17f, 0.10f, 0.08f), new(0.16f, 0.30f, 0.55f, 1)),
            new("pole", GeomShape.Capsule, new(0.05f, 0.5f, 0), new(0.85f, 0.40f, 0.12f, 1)),
            new("tip", GeomShape.Sphere, new(0.09f), new(0.60f, 0.10f, 0.10f, 1)),
        ],
        Textures = [Checker(new(204, 209, 214), new(224, 227, 232)), Checker(new(158, 140, 120), new(173, 156, 135))],
        Lights = [Sun],
        Headlight = Head,
        Cameras = [Front],
        BackgroundTop = new(0.75f, 0.85f, 0.95f),
        BackgroundBottom = new(0.95f, 0.97f, 1),
    };

    /// <summary>One of each shape, in different colors, floating before the sky; poses come from <see cref="Scatter"/>.</summary>
    public static SceneDescription Shapes { get; } = new()
    {
        Geoms =
        [
            new("floor", GeomShape.Plane, Vector3.Zero, new(0.5f, 0.5f, 0.5f, 1)),
            new("box", GeomShape.Box, new(0.3f, 0.2f, 0.4f), new(0.9f, 0.2f, 0.2f, 1)),
            new("sphere", GeomShape.Sphere, new(0.3f), new(0.2f, 0.9f, 0.2f, 1)),
            new("capsule", GeomShape.Capsule, new(0.15f, 0.4f, 0), new(0.2f, 0.2f, 0.9f, 1)),
            new("cylinder", GeomShape.Cylinder, new(0.25f, 0.3f, 0), new(0.9f, 0.9f, 0.2f, 1)),
            new("ellipsoid", GeomShape.Ellipsoid, new(0.4f, 0.2f, 0.15f), new(0.9f, 0.2f, 0.9f, 1)),
        ],
        Lights = [Sun],
        Headlight = Head,
        Cameras = [Front with { Position = new(0, -4, 0.3f) }],
        BackgroundTop = new(0.2f, 0.4f, 0.8f),
        BackgroundBottom = new(0.9f, 0.9f, 0.9f),
    };

    /// <summary>[N, G, 12] of the cart-pole: carts spread over the rail, poles turned all the way round.</summary>
    public static float[] CartPolePoses(int count)
    {
        var poses = new float[count * CartPole.PoseLength];
        for (int i = 0; i < count; i++)
        {
            float x = MathF.Sin(i * 0.7f) * 1.4f, angle = i * 0.37f;
            Vector3 up = new(MathF.Sin(angle), 0, MathF.Cos(angle));
            Vector3 hinge = new(x, -0.14f, 0);
            Span<float> row = poses.AsSpan(i * CartPole.PoseLength, CartPole.PoseLength);
            Put(row, 0, new(0, 1.2f, 0), Turn(Vector3.UnitX, MathF.PI / 2));
            Put(row, 1, new(0, 0, -1.45f), Matrix4x4.Identity);
            Put(row, 2, Vector3.Zero, Turn(Vector3.UnitY, MathF.PI / 2));
            Put(row, 3, new(-1.68f, 0, 0), Matrix4x4.Identity);
            Put(row, 4, new(1.68f, 0, 0), Matrix4x4.Identity);
            Put(row, 5, new(x, 0, 0), Matrix4x4.Identity);
            Put(row, 6, hinge + up * 0.5f, Turn(Vector3.UnitY, angle));
            Put(row, 7, hinge + up, Matrix4x4.Identity);
        }
        return poses;
    }

    /// <summary>[N, G, 12] of <see cref="Shapes"/>: every shape somewhere in the picture, turned at random.</summary>
    public static float[] Scatter(int count, ulong seed = 1)
    {
        var poses = new float[count * Shapes.PoseLength];
        for (int i = 0; i < count; i++)
        {
            Rng rng = Rng.For(seed, "scatter", i);
            Span<float> row = poses.AsSpan(i * Shapes.PoseLength, Shapes.PoseLength);
            Put(row, 0, new(0, 0, -1), Matrix4x4.Identity);
            for (int g = 1; g < Shapes.Geoms.Length; g++)
            {
                Vector3 place = new((float)rng.Uniform(-1.5f, 1.5f), (float)rng.Uniform(-1.5f, 1.5f), (float)rng.Uniform(-0.8f, 1.5f));
                Vector3 axis = new((float)rng.Uniform(-1, 1), (float)rng.Uniform(-1, 1), (float)rng.Uniform(-1, 1));
                Put(row, g, place, Turn(Vector3.Normalize(axis), (float)rng.Uniform(0, 6.28f)));
            }
        }
        return poses;
    }

    public static Matrix4x4 Turn(Vector3 axis, float angle) => Matrix4x4.CreateFromAxisAngle(axis, angle);

    /// <summary>Writes one pose; the library's matrices turn row vectors, poses turn column vectors.</summary>
    public static void Put(Span<float> row, int geom, Vector3 position, Matrix4x4 turn)
    {
        Span<float> pose = row.Slice(geom * 12, 12);
        position.CopyTo(pose);
        float[] matrix = [turn.M11, turn.M21, turn.M31, turn.M12, turn.M22, turn.M32, turn.M13, turn.M23, turn.M33];
        matrix.CopyTo(pose[3..]);
    }

    private static SceneTexture Checker(Vector3 first, Vector3 second)
    {
        const int Side = 64;
        var rgb = new byte[Side * Side * 3];
        for (int y = 0; y < Side; y++)
            for (int x = 0; x < Side; x++)
            {
                Vector3 color = x < Side / 2 == y < Side / 2 ? first : second;
                for (int c = 0; c < 3; c++) rgb[(y * Side + x) * 3 + c] = (byte)color[c];
            }
        return new SceneTexture(Side, Side, [.. rgb]);
    }
}
