using System.Numerics;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Simulation.Physics;
using EmbodiedRL.Simulation.Scenes;

namespace EmbodiedRL.Simulation.Tests;

/// <summary>What of a model is drawn, against what MuJoCo itself computes of it.</summary>
public sealed class SceneMapTests
{
    private const string Xml = """
        <mujoco>
          <worldbody>
            <light name="lamp" pos="0 0 3" dir="0 0 -1" castshadow="false" cutoff="30" exponent="3" attenuation="1 0.1 0.2"/>
            <light name="off" active="false" pos="0 0 3"/>
            <camera name="still" pos="0 -3 1" xyaxes="1 0 0 0 0.2 1"/>
            <camera name="watching" pos="1 -3 1" mode="targetbody" target="arm"/>
            <camera name="weighing" pos="-1 -3 1" mode="targetbodycom" target="trunk"/>
            <geom name="ground" type="plane" size="0 0 1"/>
            <geom name="seen" type="sphere" size="0.1" pos="1 1 1" group="2"/>
            <geom name="unseen" type="sphere" size="0.1" pos="1 1 1" group="3"/>
            <site name="hook" pos="0 0 2"/>
            <body name="trunk" pos="0 0 1">
              <freejoint/>
              <geom name="trunk" type="capsule" size="0.1 0.3"/>
              <camera name="riding" pos="0.1 0.2 0.3" euler="10 20 30"/>
              <camera name="following" pos="0 -2 0.5" mode="track" xyaxes="1 0 0 0 0.1 1"/>
              <camera name="balanced" pos="0 -2 0.5" mode="trackcom" xyaxes="1 0 0 0 0.1 1"/>
              <light name="torch" pos="0 0 0.4" dir="1 0 -0.2" mode="fixed"/>
              <light name="beam" pos="0 0.5 2" mode="targetbody" target="arm"/>
              <light name="cloud" pos="0 0 3" dir="0 0 -1" mode="trackcom"/>
              <body name="arm" pos="0.2 0 0.3">
                <joint name="elbow" axis="0 1 0"/>
                <geom name="arm" type="capsule" fromto="0 0 0 0.4 0 0" size="0.05" mass="3"/>
                <site name="hand" pos="0.4 0 0"/>
              </body>
            </body>
          </worldbody>
          <tendon><spatial name="cord" width="0.02"><site site="hook"/><site site="hand"/></spatial></tendon>
        </mujoco>
        """;

    [Fact]
    public void Cameras_and_lights_are_where_the_engine_has_them()
    {
        using var model = MujocoModel.Parse("mounts", Xml);
        using var physics = new PhysicsView(model);
        var map = SceneMap.Of(model);
        SceneDescription scene = map.Description;
        Assert.Equal([false, true, true, true, true, true], scene.Cameras.Select(camera => camera.Moving >= 0));
        Assert.Equal(["still", "watching", "weighing", "riding", "following", "balanced"], scene.Cameras.Select(camera => camera.Name));
        Assert.Equal([-1, 5, 6, 7], scene.Lights.Select(light => light.Moving));
        float[] poses = new float[scene.PoseLength];
        for (int draw = 0; draw < 5; draw++)
        {
            Place(physics, draw);
            physics.Forward();
            map.Read(physics, poses);
            for (int i = 0; i < scene.Cameras.Length; i++)
            {
                if (scene.Cameras[i].Moving < 0) continue;
                ReadOnlySpan<float> pose = poses.AsSpan(scene.MovingAt(scene.Cameras[i].Moving), 12);
                AssertEqual(physics.Array<double>("cam_xpos").Slice(3 * i, 3), pose[..3]);
                AssertEqual(physics.Array<double>("cam_xmat").Slice(9 * i, 9), pose[3..]);
            }

            int[] lights = [0, 2, 3, 4]; // in the model
            for (int i = 1; i < lights.Length; i++)
            {
                ReadOnlySpan<float> pose = poses.AsSpan(scene.MovingAt(scene.Lights[i].Moving), 12);
                AssertEqual(physics.Array<double>("light_xpos").Slice(3 * lights[i], 3), pose[..3]);
                AssertEqual(physics.Array<double>("light_xdir").Slice(3 * lights[i], 3), pose.Slice(3, 3));
            }
        }
    }

    [Fact]
    public void A_tendon_is_as_long_as_its_pieces()
    {
        using var model = MujocoModel.Parse("mounts", Xml);
        using var physics = new PhysicsView(model);
        var map = SceneMap.Of(model);
        float[] poses = new float[map.Description.PoseLength];
        Place(physics, 1);
        physics.Forward();
        map.Read(physics, poses);
        int first = map.Description.Geoms.Length + 2; // two sites
        double length = 0;
        for (int mark = first; mark < map.Description.Geoms.Length + map.Description.Marks.Length; mark++)
        {
            ReadOnlySpan<float> pose = poses.AsSpan(12 * mark, 12);
            Vector3 x = new(pose[3], pose[6], pose[9]), y = new(pose[4], pose[7], pose[10]), z = new(pose[5], pose[8], pose[11]);
            length += 2 * z.Length();
            if (z.Length() > 0) Assert.True(Math.Abs(Vector3.Dot(x, y)) + Math.Abs(Vector3.Dot(y, z)) + Math.Abs(x.Length() - 1) < 1e-5f);
        }

        Assert.Equal(physics.Array<double>("ten_length")[0], length, 1e-5);
        Assert.Equal(GeomShape.Segment, map.Description.Marks[^1].Shape);
    }

    [Fact]
    public void Groups_are_shown_as_viewers_show_them_and_what_cannot_move_is_known()
    {
        using var model = MujocoModel.Parse("mounts", Xml);
        SceneDescription scene = SceneMap.Of(model).Description;
        Assert.Equal(["ground", "seen", "trunk", "arm"], scene.Geoms.Select(geom => geom.Name));
        Assert.Equal([true, true, false, false], scene.Geoms.Select(geom => geom.IsStatic));
        Assert.Equal([0, 1, 3, 4], scene.Geoms.Select(geom => geom.Id));
        SceneLight lamp = scene.Lights[0];
        Assert.Equal((false, 30f, 3f, new Vector3(1, 0.1f, 0.2f), false),
            (lamp.IsDirectional, lamp.CutoffDegrees, lamp.Exponent, lamp.Attenuation, lamp.CastsShadow));
    }

    [Fact]
    public void Reading_allocates_nothing_and_leaves_what_the_last_step_left()
    {
        using var model = MujocoModel.Parse("mounts", Xml);
        using var physics = new PhysicsView(model);
        var map = SceneMap.Of(model);
        float[] poses = new float[map.Description.PoseLength];
        physics.Step(3);
        physics.UpdateKinematics();
        map.Read(physics, poses);
        double[] inertia = [.. physics.Array<double>("cinert")], center = [.. physics.Array<double>("subtree_com")];
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) map.Read(physics, poses);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(inertia, physics.Array<double>("cinert").ToArray());
        Assert.Equal(center, physics.Array<double>("subtree_com").ToArray());
    }

    private static void Place(PhysicsView physics, int draw)
    {
        Rng rng = Rng.For(1, "scene map", draw);
        physics.Reset();
        for (int i = 0; i < 3; i++) physics.Positions[i] += rng.Uniform(-1, 1);
        var turn = Quaternion.CreateFromYawPitchRoll((float)rng.Uniform(-3, 3), (float)rng.Uniform(-1, 1), (float)rng.Uniform(-3, 3));
        (physics.Positions[3], physics.Positions[4], physics.Positions[5], physics.Positions[6]) = (turn.W, turn.X, turn.Y, turn.Z);
        physics.Positions[7] = rng.Uniform(-2, 2);
    }

    private static void AssertEqual(ReadOnlySpan<double> expected, ReadOnlySpan<float> found)
    {
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], found[i], 1e-5);
    }
}
