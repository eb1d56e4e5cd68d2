using System.Numerics;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Training.Captioning;

namespace EmbodiedRL.Training.Tests.Captioning;

public sealed class LookVariationTests
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

    private static readonly VisualVariation Variation = new(Scene, "front", 4);

    [Fact]
    public void Plain_pictures_need_no_variation() => Assert.Null(Variation.Draw(0, Count, VisualCondition.Plain));

    [Fact]
    public void About_half_of_mixed_pictures_look_exactly_as_the_scene_is()
    {
        SceneVariations mixed = Variation.Draw(0, Count, VisualCondition.Mixed)!;
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

        Assert.InRange(plain, Count * 0.4, Count * 0.6);
    }

    [Fact]
    public void Varied_pictures_differ_and_keep_what_sentences_name()
    {
        SceneVariations varied = Variation.Draw(0, Count, VisualCondition.Varied)!;
        float ground = 0;
        for (int row = 0; row < Count; row++)
        {
            Span<float> colors = varied.Colors.AsSpan(row * 8, 8), camera = varied.Cameras.AsSpan(row * 13, 13);
            Assert.InRange(colors[4], 0.8f, 1);
            Assert.InRange(colors[5], 0, 0.2f);
            Assert.Equal((1, 0.5f), (colors[3], colors[7]));
            ground = Math.Max(ground, Math.Abs(colors[0] - 0.5f));
            Assert.Equal(1, new Vector3(varied.Lights.AsSpan(row * 12)).Length(), 5);
            Assert.True(new Vector3(varied.Lights.AsSpan(row * 12)).Z < -0.5f, "The light comes from about where it did.");
            Assert.InRange(Vector3.Distance(new Vector3(camera), new Vector3(0, -5, 0)), 0, 0.1f * MathF.Sqrt(3));
            Assert.InRange(camera[3], 0.99f, 1); // the camera's x stays the world's x
            Assert.InRange(camera[12], 43, 47);
        }

        Assert.InRange(ground, 0.3f, 0.6f);
    }

    [Fact]
    public void A_draw_is_a_function_of_seed_and_number()
    {
        Assert.Equal(Variation.Draw(7, 8, VisualCondition.Mixed)!.Cameras,
            new VisualVariation(Scene, "front", 4).Draw(7, 8, VisualCondition.Mixed)!.Cameras);
        Assert.NotEqual(Variation.Draw(7, 8, VisualCondition.Varied)!.Cameras, Variation.Draw(8, 8, VisualCondition.Varied)!.Cameras);
        Assert.NotEqual(Variation.Draw(7, 8, VisualCondition.Varied)!.Cameras,
            new VisualVariation(Scene, "front", 5).Draw(7, 8, VisualCondition.Varied)!.Cameras);
    }
}
