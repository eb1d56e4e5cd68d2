using System.Numerics;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Training.Captioning;

namespace EmbodiedRL.Training.Tests.Captioning;

public sealed class VisualVariationTests
{
    private const int Count = 400;

    private static readonly SceneDescription Scene = new()
    {
        Geoms =
        [
            new SceneGeom("ground", GeomShape.Plane, new Vector3(5), new Vector4(0.5f, 0.5f, 0.5f, 1)),
            new SceneGeom("ball", GeomShape.Sphere, new Vector3(0.3f), new Vector4(0.9f, 0.1f, 0.1f, 0.5f)),
        ],
        Cameras = [new SceneCamera("front", new Vector3(0, -5, 0), Quaternion.CreateFromAxisAngle(Vector3.UnitX, MathF.PI / 2), 45)],
        Lights = [new SceneLight(-Vector3.UnitZ, Vector3.One, new Vector3(0.3f), Vector3.Zero)],
        Headlight = new SceneHeadlight(default, new Vector3(0.1f), default),
        BackgroundTop = new Vector3(0.2f),
        BackgroundBottom = new Vector3(0.6f),
    };

    private static readonly float[] Poses = new float[Count * 2 * SceneDescription.FloatsPerPose];

    private static readonly VisualVariation Variation = Make(4);

    [Fact]
    public void Colors_may_change_where_no_sentence_names_them()
    {
        SceneVariations kept = Variation.Draw(0, Poses);
        SceneVariations free = Make(4, "a thing").Draw(0, Poses);
        Assert.DoesNotContain(Enumerable.Range(0, Count), row => kept.Colors![(row * 8) + 5] > 0.2f);
        Assert.InRange(Enumerable.Range(0, Count).Count(row => free.Colors![(row * 8) + 5] > 0.2f), Count / 10, Count / 3);
    }

    [Fact]
    public void Other_cameras_are_looked_through_and_moving_ones_move()
    {
        // A second camera that moves with a body: its pose follows those of the geoms.
        SceneDescription scene = Scene with { Cameras = [.. Scene.Cameras, Scene.Cameras[0] with { Name = "track", Moving = 0 }] };
        float[] poses = new float[Count * scene.PoseLength];
        for (int row = 0; row < Count; row++)
        {
            int camera = (row * scene.PoseLength) + scene.MovingAt(0);
            poses[camera] = 100;
            (poses[camera + 3], poses[camera + 7], poses[camera + 11]) = (1, 1, 1);
        }

        SceneVariations varied = Make(4, scene: scene).Draw(0, poses);
        int others = Enumerable.Range(0, Count).Count(row => varied.Cameras![row * 13] > 50);
        Assert.InRange(others, Count * 0.3, Count * 0.5);
    }

    [Fact]
    public void Cameras_roll()
    {
        SceneVariations varied = Variation.Draw(0, Poses);
        Assert.Contains(Enumerable.Range(0, Count), row => Math.Abs(varied.Cameras![(row * 13) + 9]) > 0.12f);
    }

    [Fact]
    public void The_camera_alone_leaves_everything_else_to_the_scene()
    {
        SceneVariations moved = Variation.Draw(0, Poses, cameraAlone: true);
        Assert.Null(moved.Colors);
        Assert.Null(moved.Backgrounds);
        Assert.Null(moved.Lights);
        Assert.Equal(Variation.Draw(0, Poses).Cameras, moved.Cameras);
    }

    [Fact]
    public void Varied_pictures_differ_and_keep_what_sentences_name()
    {
        SceneVariations varied = Variation.Draw(0, Poses);
        float ground = 0;
        for (int row = 0; row < Count; row++)
        {
            Span<float> colors = varied.Colors.AsSpan(row * 8, 8), camera = varied.Cameras.AsSpan(row * 13, 13);
            Assert.InRange(colors[4], 0.8f, 1);
            Assert.InRange(colors[5], 0, 0.2f);
            Assert.Equal((1, 0.5f), (colors[3], colors[7]));
            ground = Math.Max(ground, Math.Abs(colors[0] - 0.5f));
            Assert.Equal(1, new Vector3(varied.Lights.AsSpan(row * 12)).Length(), 5);
            Assert.True(new Vector3(varied.Lights.AsSpan(row * 12)).Z < -0.3f, "The light comes from about where it did.");
            Assert.InRange(Vector3.Distance(new Vector3(camera), new Vector3(0, -5, 0)), 0, 0.15f * MathF.Sqrt(3) * 1.01f);
            Assert.InRange(camera[3], 0.97f, 1); // the camera's x stays nearly the world's x
            Assert.InRange(camera[12], 41, 49);
        }

        Assert.InRange(ground, 0.3f, 0.6f);
    }

    [Fact]
    public void A_draw_is_a_function_of_seed_and_number()
    {
        Assert.Equal(Variation.Draw(7, Poses).Cameras, Make(4).Draw(7, Poses).Cameras);
        Assert.NotEqual(Variation.Draw(7, Poses).Cameras, Variation.Draw(8, Poses).Cameras);
        Assert.NotEqual(Variation.Draw(7, Poses).Cameras, Make(5).Draw(7, Poses).Cameras);
    }

    private static VisualVariation Make(ulong seed, string noun = "a red ball", SceneDescription? scene = null)
    {
        using var point = new SpokenPoint("ball", 1);
        return new VisualVariation(point.Info with
        {
            Scene = scene ?? Scene,
            Camera = "front",
            Baseline = noun,
            Subjects = [new Subject("thing", [noun])],
        }, seed);
    }
}
