using System.Numerics;
using EmbodiedRL.Core.Scenes;

namespace EmbodiedRL.Rendering.Tests;

/// <summary>Depth, segments, normals and several cameras, against a ray caster.</summary>
public sealed class RenderOutputsTests
{
    private const int Size = 64;

    [Fact]
    public void Depth_segments_and_normals_are_those_of_the_rays()
    {
        const int count = 3;
        float[] poses = Scenes.Scatter(count), depth = new float[count * Size * Size], normals = new float[depth.Length * 3];
        int[] segments = new int[depth.Length];
        using var renderer = new BatchRenderer(Scenes.Shapes, "front", Size);
        renderer.Render(poses, count, new RenderOutputs { Depth = depth, Segments = segments, Normals = normals });
        int wrong = 0;
        for (int at = 0; at < depth.Length; at++)
        {
            (int row, int y, int x) = (at / (Size * Size), at / Size % Size, at % Size);
            RayCaster.Hit hit = RayCaster.Trace(Scenes.Shapes, poses.AsSpan(row * Scenes.Shapes.PoseLength, Scenes.Shapes.PoseLength),
                Size, x, y);
            bool same = segments[at] == hit.Geom && Math.Abs(depth[at] - hit.Distance) < 1e-3 * hit.Distance;
            float length = new Vector3(normals.AsSpan(3 * at)).Length();
            if (!same || Math.Abs(length - (hit.Geom < 0 ? 0 : 1)) > 1e-3) wrong++;
        }

        Assert.True(wrong < depth.Length / 200, $"{wrong} of {depth.Length} pixels."); // edges may fall either way
    }

    [Fact]
    public void A_floors_normal_points_up_and_its_depth_is_along_the_axis()
    {
        SceneDescription scene = Scenes.Shapes with { Geoms = [Scenes.Shapes.Geoms[0]] };
        float[] depth = new float[Size * Size], normals = new float[depth.Length * 3];
        using var renderer = new BatchRenderer(scene, "front", Size);
        renderer.Render(Scenes.Scatter(1).AsSpan(0, 12), 1, new RenderOutputs { Depth = depth, Normals = normals });
        int at = (Size - 1) * Size; // all of the lowest row is equally far along the axis, however far aside
        float height = scene.Cameras[0].Position.Z + 1,
            tangent = MathF.Tan(scene.Cameras[0].FieldOfViewDegrees * MathF.PI / 360) * (1 - (1f / Size));
        Assert.All(depth[at..], meters => Assert.Equal(height / tangent, meters, 1e-3f));
        Assert.Equal([0, 0, 1], normals.AsSpan(3 * at, 3).ToArray(), (a, b) => Math.Abs(a - b) < 1e-3f);
    }

    [Fact]
    public void Segments_can_be_bodies()
    {
        SceneDescription scene = Scenes.Shapes with
        {
            Geoms = [.. Scenes.Shapes.Geoms.Select((geom, i) => geom with { Id = 10 + i, Body = i / 2 })]
        };
        float[] poses = Scenes.Scatter(1);
        int[] geoms = new int[Size * Size], bodies = new int[Size * Size];
        using var renderer = new BatchRenderer(scene, "front", Size);
        renderer.Render(poses, 1, new RenderOutputs { Segments = geoms });
        renderer.Render(poses, 1, new RenderOutputs { Segments = bodies, ByBody = true });
        Assert.Contains(10, geoms);
        for (int i = 0; i < geoms.Length; i++) Assert.Equal(geoms[i] < 0 ? RenderOutputs.Nothing : (geoms[i] - 10) / 2, bodies[i]);
    }

    [Fact]
    public void Several_cameras_draw_in_one_call_what_each_draws_alone()
    {
        const int count = 3;
        SceneDescription scene = Scenes.CartPole;
        SceneCamera free = scene.FreeCamera();
        float[] poses = Scenes.CartPolePoses(count);
        byte[] together = Draw([scene.Camera("front"), free]), front = Draw([scene.Camera("front")]), above = Draw([free]);
        int frame = Size * Size * 3;
        for (int i = 0; i < count; i++)
        {
            Assert.Equal(front.AsSpan(i * frame, frame), together.AsSpan(2 * i * frame, frame));
            Assert.Equal(above.AsSpan(i * frame, frame), together.AsSpan(((2 * i) + 1) * frame, frame));
        }

        byte[] Draw(SceneCamera[] cameras)
        {
            using var renderer = new BatchRenderer(scene, [.. cameras], Size);
            byte[] pixels = new byte[count * renderer.FrameBytes];
            renderer.Render(poses, count, pixels);
            return pixels;
        }
    }

    [Fact]
    public void Intrinsics_that_mean_the_field_of_view_draw_the_same()
    {
        SceneCamera camera = Scenes.CartPole.Camera("front");
        float focal = Size / (2 * MathF.Tan(camera.FieldOfViewDegrees * MathF.PI / 360));
        byte[] usual = Draw(camera),
            given = Draw(camera with { Lens = SceneLens.FromIntrinsics(Size, Size, focal, focal, Size / 2f, Size / 2f) });
        Assert.True(PictureMeasures.MeanDifference(usual, given) < 0.05);
        // the middle of the view moves right by 8 pixels
        byte[] aside = Draw(camera with { Lens = SceneLens.FromIntrinsics(Size, Size, focal, focal, (Size / 2f) + 8, Size / 2f) });
        int row = Size / 2 * Size * 3;
        Assert.Equal(usual.AsSpan(row, (Size - 8) * 3).ToArray(), aside.AsSpan(row + 24, (Size - 8) * 3).ToArray(),
            (a, b) => Math.Abs(a - b) <= 2);
    }

    private static byte[] Draw(SceneCamera camera)
    {
        using var renderer = new BatchRenderer(Scenes.CartPole, [camera], Size);
        byte[] pixels = new byte[renderer.FrameBytes];
        renderer.Render(Scenes.CartPolePoses(1), 1, pixels);
        return pixels;
    }
}
