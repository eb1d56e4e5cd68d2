using System.Numerics;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Simulation;
using EmbodiedRL.Simulation.Physics;
using EmbodiedRL.Simulation.Scenes;

namespace EmbodiedRL.Rendering.Tests;

/// <summary>Whole models: the example that holds everything a scene can hold, and what MuJoCo draws beside a model's own parts.</summary>
public sealed class ModelDrawingTests : IDisposable
{
    private const int Size = 96;

    private readonly string _folder = Directory.CreateTempSubdirectory("drawn").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("front")]
    [InlineData("above")]
    public void The_example_of_everything_draws_in_all_effects(string camera)
    {
        (SceneDescription scene, float[] poses) = Load(Path.Combine(Fixtures.RepositoryRoot, "examples", "models", "drawer.xml"));
        Assert.True(scene.Lights.Length >= 4 && scene.Meshes.Length == 1 && scene.Cameras.Length == 2);
        byte[] plain = Draw(scene, poses, camera, RenderEffects.Plain);
        foreach (RenderEffects effects in new[] { new RenderEffects { Shadows = true }, new() { Reflections = true }, new() { Fog = true },
            new() { Sky = false }, RenderEffects.Smoothed, RenderEffects.Full, RenderEffects.Full with { Fog = true } })
            Assert.True(PictureMeasures.MeanDifference(plain, Draw(scene, poses, camera, effects))
                > (effects.Sky || camera == "front" ? 0.05 : -1),
                $"{effects} changes nothing.");
    }

    [Fact]
    public void Rays_of_range_finders_end_where_they_meet_something_and_can_be_left_out()
    {
        (SceneDescription scene, float[] poses) = Load(Write("""
            <mujoco><worldbody>
              <body pos="0 0 -0.1"><geom type="box" size="0.5 0.5 0.1" rgba="0.2 0.2 0.2 1"/></body>
              <site name="down" pos="0 0 0.8" zaxis="0 0 -1" size="0.01"/>
              <site name="up" pos="0.3 0 0.8" size="0.01"/>
              <site name="short" pos="-0.3 0 0.8" zaxis="0 0 -1" size="0.01"/>
              <camera name="front" pos="0 -2 0.4" xyaxes="1 0 0 0 0 1"/>
            </worldbody><sensor><rangefinder site="down"/><rangefinder site="up"/><rangefinder site="short" cutoff="0.3"/></sensor></mujoco>
            """));
        (int With, int Lowest) = Yellow(Draw(scene, poses, "front", RenderEffects.Plain));
        Assert.InRange(With, 3 * 40, 3 * 85); // 0.8 m and 0.3 m of a picture that is 1.66 m high, three pixels wide
        Assert.InRange(Lowest, 66, 72);       // where the box begins
        Assert.Equal(0, Yellow(Draw(scene, poses, "front", new RenderEffects { RangeFinders = false })).Count);
        Assert.Equal(0.8f, Length(scene, poses, 0), 5);
        Assert.Equal(0f, Length(scene, poses, 1));
        Assert.Equal(0.3f, Length(scene, poses, 2), 5);
    }

    [Theory]
    [InlineData(0.6, true)]
    [InlineData(0.1, false)]
    public void A_crank_that_is_too_short_is_drawn_as_broken(double length, bool reaches)
    {
        (SceneDescription scene, float[] poses) = Load(Write(FormattableString.Invariant($"""
            <mujoco><worldbody>
              <site name="slider" pos="-0.5 0 0" zaxis="1 0 0" size="0.01"/>
              <body pos="0.2 0 0"><joint axis="0 1 0"/><geom size="0.1" pos="0 0 0.5"/><site name="pin" pos="0 0 0.2" size="0.01"/></body>
              <camera name="front" pos="0 -2 0.2" xyaxes="1 0 0 0 0 1"/>
            </worldbody><actuator><general cranksite="pin" slidersite="slider" cranklength="{length}"/></actuator></mujoco>
            """)));
        Assert.Equal(3, scene.Marks.Count(mark => mark.Decor == SceneDecoration.SliderCrank));
        int first = scene.Marks.ToList().FindIndex(mark => mark.Decor == SceneDecoration.SliderCrank);
        bool[] shown = [.. Enumerable.Range(first, 3)
            .Select(mark => poses.AsSpan((scene.Geoms.Length + mark) * 12, 12).IndexOfAnyExcept(0f) >= 0)];
        Assert.Equal([true, reaches, !reaches], shown);
        double end = reaches ? 0.7 - Math.Sqrt((length * length) - 0.04) : 0.7;
        Assert.Equal(-0.5 + (end / 2), poses[(scene.Geoms.Length + first) * 12], 5);
        Assert.NotEqual(Draw(scene, poses, "front", RenderEffects.Plain),
            Draw(scene, poses, "front", new RenderEffects { SliderCranks = false }));
    }

    [Fact]
    public void Lights_beyond_those_that_MuJoCo_draws_are_left_out()
    {
        string lights = string.Concat(Enumerable.Repeat("""<light pos="0 0 3" dir="0 0 -1"/>""", 12));
        (SceneDescription scene, float[] poses) = Load(Write($"""
            <mujoco><worldbody>
              {lights}
              <geom type="plane" size="1 1 1"/><geom size="0.2" pos="0 0 0.3"/>
              <camera name="front" pos="0 -2 1" xyaxes="1 0 0 0 0.4 1"/>
            </worldbody></mujoco>
            """));
        Assert.Equal(7, scene.Lights.Length); // the headlight is the eighth
        Assert.NotEqual(Draw(scene, poses, "front", RenderEffects.Plain), Draw(scene, poses, "front", RenderEffects.Full));
        string unlit = $"""<mujoco><visual><headlight active="0"/></visual><worldbody>{lights}<geom size="0.2"/></worldbody></mujoco>""";
        Assert.Equal(8, Load(Write(unlit)).Scene.Lights.Length);
    }

    private static float Length(SceneDescription scene, float[] poses, int ray)
    {
        int first = scene.Geoms.Length + scene.Marks.ToList().FindIndex(mark => mark.Decor == SceneDecoration.RangeFinder);
        ReadOnlySpan<float> pose = poses.AsSpan((first + ray) * 12, 12);
        return new Vector3(pose[5], pose[8], pose[11]).Length();
    }

    /// <summary>How many pixels have the color of rays, and the last row with one.</summary>
    private static (int Count, int Lowest) Yellow(byte[] pixels)
    {
        int[] found = [.. Enumerable.Range(0, Size * Size)
            .Where(i => pixels[3 * i] == 255 && pixels[(3 * i) + 1] == 255 && pixels[(3 * i) + 2] is > 20 and < 30)];
        return (found.Length, found.Length == 0 ? -1 : found[^1] / Size);
    }

    private string Write(string mjcf)
    {
        string path = Path.Combine(_folder, "model.xml");
        File.WriteAllText(path, mjcf);
        return path;
    }

    private static (SceneDescription Scene, float[] Poses) Load(string path)
    {
        using MujocoModel model = MujocoModel.Load(path);
        var map = SceneMap.Of(model);
        using var physics = new PhysicsView(model);
        physics.UpdateKinematics();
        float[] poses = new float[map.Description.PoseLength];
        map.Read(physics, poses);
        return (map.Description, poses);
    }

    private static byte[] Draw(SceneDescription scene, float[] poses, string camera, RenderEffects effects)
    {
        using var renderer = new BatchRenderer(scene, camera, Size, effects);
        byte[] pixels = new byte[renderer.FrameBytes];
        renderer.Render(poses, 1, pixels);
        return pixels;
    }
}
