using System.Numerics;
using EmbodiedRL.Core.Scenes;

namespace EmbodiedRL.Rendering.Tests;

/// <summary>Single effects in scenes so simple that one knows what must be seen.</summary>
public sealed class SceneEffectsTests
{
    private const int Size = 64;

    private static readonly SceneCamera Above = new("above", new Vector3(0, 0, 5), Quaternion.Identity, 45);

    private static readonly SceneGeom Ground = new("ground", GeomShape.Plane, new Vector3(10, 10, 1), Vector4.One, Specular: 0);

    [Fact]
    public void A_ball_keeps_the_sun_from_the_ground_beside_it()
    {
        SceneDescription scene = Lit(Vector3.Normalize(new Vector3(1, 0, -1))) with
        {
            Geoms = [Ground, new SceneGeom("ball", GeomShape.Sphere, new Vector3(0.3f), Vector4.One, Specular: 0)],
            Shadows = new SceneShadows(3, 0.6f),
        };
        float[] poses = [.. At(0, 0, 0), .. At(-1, 0, 1)]; // its shadow falls on the origin
        byte[] bright = Draw(scene, poses, RenderEffects.Plain), dark = Draw(scene, poses, new RenderEffects { Shadows = true });
        int middle = ((Size / 2 * Size) + (Size / 2)) * 3, corner = 0;
        Assert.Equal(255 * 0.8 * Math.Sqrt(0.5), bright[middle], 2.0);
        Assert.Equal(0, dark[middle]);
        Assert.Equal(bright[corner], dark[corner]);
    }

    [Fact]
    public void A_spot_lights_its_cone_alone()
    {
        SceneDescription scene = Scenes.Shapes with
        {
            Geoms = [Ground],
            Cameras = [Above],
            Headlight = SceneHeadlight.Off,
            Lights = [new SceneLight(-Vector3.UnitZ, new Vector3(0.9f), default, default)
            {
                IsDirectional = false,
                Position = new Vector3(0, 0, 2),
                CutoffDegrees = 20
            }],
        };
        byte[] pixels = Draw(scene, At(0, 0, 0), RenderEffects.Plain);
        int row = Size / 2 * Size * 3, inside = (int)((0.5 + (0.6 / (2 * 5 * Math.Tan(Math.PI / 8)))) * Size),
            outside = (int)((0.5 + (0.9 / (2 * 5 * Math.Tan(Math.PI / 8)))) * Size);
        Assert.Equal(255 * 0.9, pixels[row + (Size / 2 * 3)], 2.0);
        Assert.True(pixels[row + (inside * 3)] > 180);
        Assert.Equal(0, pixels[row + (outside * 3)]); // its radius on the ground is 0.73 m
    }

    [Fact]
    public void What_is_looked_through_is_mixed_in_the_order_of_each_environment()
    {
        SceneGeom pane = new("red", GeomShape.Box, new Vector3(1, 1, 0.05f), new Vector4(1, 0, 0, 0.5f), Specular: 0, Emission: 1);
        SceneDescription scene = Lit(-Vector3.UnitZ) with
        {
            Geoms = [pane, pane with { Name = "blue", Color = new Vector4(0, 0, 1, 0.5f) }],
            Lights = [],
            BackgroundTop = default,
            BackgroundBottom = default
        };
        float[] poses = [.. At(0, 0, 1), .. At(0, 0, 0), .. At(0, 0, 0), .. At(0, 0, 1)];
        using var renderer = new BatchRenderer(scene, "above", Size);
        byte[] pixels = new byte[2 * renderer.FrameBytes];
        renderer.Render(poses, 2, pixels);
        int middle = ((Size / 2 * Size) + (Size / 2)) * 3, other = middle + renderer.FrameBytes;
        Assert.True(pixels[middle] > pixels[middle + 2], "The red pane is in front.");
        Assert.Equal((pixels[middle], pixels[middle + 2]), (pixels[other + 2], pixels[other]));
    }

    [Fact]
    public void Textures_vary_by_environment()
    {
        SceneTexture red = new(1, 1, [255, 0, 0]), green = new(1, 1, [0, 255, 0]);
        SceneDescription scene = Lit(-Vector3.UnitZ) with
        {
            Geoms = [Ground with { Texture = 0, TextureRepeat = Vector2.One, Emission = 1 }],
            Textures = [red, green],
            Lights = []
        };
        using var renderer = new BatchRenderer(scene, "above", Size);
        byte[] pixels = new byte[3 * renderer.FrameBytes];
        renderer.Render([.. At(0, 0, 0), .. At(0, 0, 0), .. At(0, 0, 0)], 3, pixels, new SceneVariations { Textures = [1, 0, -1] });
        for (int row = 0; row < 3; row++)
            Assert.Equal(row switch { 0 => [0, 255, 0], 1 => [255, 0, 0], _ => new byte[] { 255, 255, 255 } },
                pixels.AsSpan(row * renderer.FrameBytes, 3).ToArray());
    }

    [Fact]
    public void What_stands_still_is_drawn_once_and_looks_the_same()
    {
        SceneDescription still = Scenes.CartPole with
        {
            Geoms = [.. Scenes.CartPole.Geoms.Select((geom, i) => geom with { IsStatic = i < 5 })]
        };
        float[] poses = Scenes.CartPolePoses(9), moved = [.. poses];
        for (int i = 0; i < 9; i++) moved[(i * still.PoseLength) + 2] += 0.3f; // the wall, by an edit of the model
        using var renderer = new BatchRenderer(still, "front", Size);
        byte[] pixels = new byte[9 * renderer.FrameBytes];
        foreach (float[] states in new[] { poses, moved, poses })
        {
            renderer.Render(states, 9, pixels);
            Assert.True(PictureMeasures.MeanDifference(Draw(Scenes.CartPole, states.AsSpan(0, still.PoseLength),
                RenderEffects.Plain, "front"),
                pixels.AsSpan(0, renderer.FrameBytes))
                < 0.05);
            Assert.True(PictureMeasures.MeanDifference(Draw(Scenes.CartPole, states.AsSpan(8 * still.PoseLength),
                RenderEffects.Plain, "front"),
                pixels.AsSpan(8 * renderer.FrameBytes))
                < 0.05);
        }
    }

    [Fact]
    public void Several_samples_a_pixel_smooth_edges_and_nothing_else()
    {
        float[] poses = Scenes.CartPolePoses(1);
        byte[] plain = Draw(Scenes.CartPole, poses, RenderEffects.Plain, "front"),
            smooth = Draw(Scenes.CartPole, poses, new RenderEffects { Smooth = true }, "front");
        double difference = PictureMeasures.MeanDifference(plain, smooth);
        Assert.InRange(difference, 0.1, 4);
    }

    [Fact]
    public void Fog_hides_what_is_far()
    {
        SceneDescription scene = Lit(-Vector3.UnitZ) with { Geoms = [Ground], Fog = new SceneFog(1, 4, new Vector3(0.2f, 0.4f, 0.6f)) };
        byte[] pixels = Draw(scene, At(0, 0, 0), new RenderEffects { Fog = true }); // 5 m away
        Assert.Equal(new byte[] { 51, 102, 153 }, pixels.AsSpan(0, 3).ToArray());
    }

    private static SceneDescription Lit(Vector3 direction) => Scenes.Shapes with
    {
        Cameras = [Above],
        Headlight = SceneHeadlight.Off,
        Lights = [new SceneLight(direction, new Vector3(0.8f), default, default) { CastsShadow = true }],
    };

    private static float[] At(float x, float y, float z) => [x, y, z, 1, 0, 0, 0, 1, 0, 0, 0, 1];

    private static byte[] Draw(SceneDescription scene, ReadOnlySpan<float> poses, RenderEffects effects, string camera = "above")
    {
        using var renderer = new BatchRenderer(scene, camera, Size, effects);
        byte[] pixels = new byte[renderer.FrameBytes];
        renderer.Render(poses, 1, pixels);
        return pixels;
    }
}
