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
    public void Plain_pictures_need_no_variation() => Assert.Null(Variation.Draw(0, Count, VisualCondition.Plain, Poses));

    [Fact]
    public void Colors_may_change_where_no_sentence_names_them()
    {
        SceneVariations kept = Variation.Draw(0, Count, VisualCondition.Varied, Poses)!;
        SceneVariations free = Make(4, "a thing").Draw(0, Count, VisualCondition.Varied, Poses)!;
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

        SceneVariations varied = Make(4, scene: scene).Draw(0, Count, VisualCondition.Varied, poses)!;
        int others = Enumerable.Range(0, Count).Count(row => varied.Cameras![row * 13] > 50);
        Assert.InRange(others, Count * 0.3, Count * 0.5);
    }

    [Fact]
    public void Cameras_roll()
    {
        SceneVariations varied = Variation.Draw(0, Count, VisualCondition.Varied, Poses)!;
        Assert.Contains(Enumerable.Range(0, Count), row => Math.Abs(varied.Cameras![(row * 13) + 9]) > 0.12f);
    }

    [Fact]
    public void About_half_of_mixed_pictures_look_exactly_as_the_scene_is()
    {
        SceneVariations mixed = Variation.Draw(0, Count, VisualCondition.Mixed, Poses)!;
        int plain = 0;
        for (int row = 0; row < Count; row++)
        {
            bool own = mixed.Cameras![(row * 13) + 12] == 45;
            if (!own) continue;
            plain++;
            // From the front: the camera's x is the world's x, its y is z, and its z is -y.
            float[] turned = [1, 0, 0, 0, 0, -1, 0, 1, 0];
            for (int i = 0; i < 9; i++) Assert.Equal(turned[i], mixed.Cameras[(row * 13) + 3 + i], 6);
            Assert.Equal([0, -5, 0], mixed.Cameras.AsSpan(row * 13, 3).ToArray());
            Assert.Equal([0, 0, -1, 1, 1, 1, 0.3f, 0.3f, 0.3f, 0.1f, 0.1f, 0.1f], mixed.Lights.AsSpan(row * 12, 12).ToArray());
            Assert.Equal([0.2f, 0.2f, 0.2f, 0.6f, 0.6f, 0.6f], mixed.Backgrounds.AsSpan(row * 6, 6).ToArray());
            Assert.Equal([0.5f, 0.5f, 0.5f, 1, 0.9f, 0.1f, 0.1f, 0.5f], mixed.Colors.AsSpan(row * 8, 8).ToArray());
        }

        Assert.InRange(plain, Count * 0.3, Count * 0.5);
    }

    [Fact]
    public void Varied_pictures_differ_and_keep_what_sentences_name()
    {
        SceneVariations varied = Variation.Draw(0, Count, VisualCondition.Varied, Poses)!;
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
        Assert.Equal(Variation.Draw(7, 8, VisualCondition.Mixed, Poses)!.Cameras,
            Make(4).Draw(7, 8, VisualCondition.Mixed, Poses)!.Cameras);
        Assert.NotEqual(Variation.Draw(7, 8, VisualCondition.Varied, Poses)!.Cameras,
            Variation.Draw(8, 8, VisualCondition.Varied, Poses)!.Cameras);
        Assert.NotEqual(Variation.Draw(7, 8, VisualCondition.Varied, Poses)!.Cameras,
            Make(5).Draw(7, 8, VisualCondition.Varied, Poses)!.Cameras);
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
