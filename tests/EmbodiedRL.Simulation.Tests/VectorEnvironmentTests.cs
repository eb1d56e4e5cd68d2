using System.Numerics;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Simulation.Physics;
using EmbodiedRL.Simulation.Tasks;

namespace EmbodiedRL.Simulation.Tests;

public sealed class VectorEnvironmentTests
{
    [Fact]
    public void A_diverged_environment_is_truncated_with_its_last_good_state_and_counted()
    {
        using VectorEnvironment environment = Point(3);
        var buffer = new StepBuffer(3, environment.Info);
        environment.Reset(1, StartDistribution.Task, buffer);
        float[] before = [.. buffer.States];
        environment.Step([0, 9e9f, 0], buffer); // gear 4 on 2 kg: MuJoCo calls an acceleration above 1e10 bad
        Assert.Equal([StepKind.Mid, StepKind.Truncated, StepKind.Mid], buffer.Kinds);
        Assert.Equal(1, environment.Divergences);
        Assert.Equal(before[2..4], buffer.States[2..4]);
        Assert.Equal(before[2..4], buffer.FinalObservations[2..4]);
        Assert.NotEqual(before[2], buffer.Observations[2]);
        Assert.All(buffer.Observations.Concat(buffer.States).Concat(buffer.Poses).Concat(buffer.Rewards),
            value => Assert.True(float.IsFinite(value)));
        environment.Step([0, 0, 0], buffer);
        Assert.Equal(1, environment.Divergences);
    }

    [Fact]
    public void A_task_that_is_over_terminates()
    {
        using VectorEnvironment environment = Point(1);
        var buffer = new StepBuffer(1, environment.Info);
        environment.Reset(1, StartDistribution.Task, buffer);
        environment.Step([50_000], buffer); // 2 kg, 0.01 s, gear 4: 1000 m/s after a step
        Assert.Equal(StepKind.Terminated, buffer.Kinds[0]);
        Assert.True(buffer.States[0] > 3);
        Assert.InRange(buffer.Observations[0], -1, 1);
    }

    [Fact]
    public void A_pushed_body_gathers_speed_until_it_is_let_go()
    {
        using VectorEnvironment environment = Point(2);
        var buffer = new StepBuffer(2, environment.Info);
        environment.Reset(1, StartDistribution.Task, buffer);
        Assert.Equal(["mass"], environment.Bodies);
        environment.Push(1, "mass", new Vector3(3, 100, 0)); // along the rail 3 N on 2.001 kg; the rail bears the rest
        environment.Step([0, 0], buffer);
        Assert.Equal(0, buffer.States[1]);
        Assert.Equal(0.02f * 3 / 2.001f, buffer.States[3], 1e-6f);
        environment.Push(1, "mass", default);
        environment.Step([0, 0], buffer);
        Assert.Equal(0.02f * 3 / 2.001f, buffer.States[3], 1e-6f);
        Assert.Throws<Core.UnknownNameException>(() => environment.Push(0, "mas", default));
        Assert.Throws<Core.NonFiniteException>(() => environment.Push(0, "mass", new Vector3(float.NaN)));
    }

    [Fact]
    public void The_scene_is_the_models()
    {
        using VectorEnvironment environment = Point(1);
        SceneDescription scene = environment.Info.RequiredScene;
        Assert.Equal(["ground", "mass", "own"], scene.Geoms.Select(geom => geom.Name)); // neither hidden nor transparent ones
        (SceneGeom ground, SceneGeom mass, SceneGeom own) = (scene.Geoms[0], scene.Geoms[1], scene.Geoms[2]);
        Assert.Equal((GeomShape.Plane, new Vector2(3, 4), true, 0.25f, 0.75f),
            (ground.Shape, ground.TextureRepeat, ground.TextureUniform, ground.Specular, ground.Shininess));
        Assert.Equal((8, 8), (scene.Textures[ground.Texture].Width, scene.Textures[ground.Texture].Height));
        Assert.Equal((GeomShape.Box, new Vector3(0.1f, 0.2f, 0.3f), new Vector4(0.2f, 0.4f, 0.6f, 1)), (mass.Shape, mass.Size, mass.Color));
        Assert.Equal(new Vector4(1, 0, 0, 1), own.Color); // a geom's own color wins over its material's
        Assert.True((scene.AmbientLight - new Vector3(0.15f, 0.25f, 0.35f)).Length() < 1e-6f); // headlight and sun together
        Assert.True((scene.Lights[0].Direction - new Vector3(0, 0.6f, -0.8f)).Length() < 1e-6f);
        Assert.True(scene.BackgroundTop.Z > scene.BackgroundTop.X && scene.BackgroundBottom.X > scene.BackgroundBottom.Z);
    }

    [Fact]
    public void Cameras_look_where_the_model_says()
    {
        using VectorEnvironment environment = Point(1);
        SceneCamera front = environment.Info.RequiredScene.Camera("front"), above = environment.Info.RequiredScene.Camera("above");
        Assert.Equal((new Vector3(0, -3, 1), 40f), (front.Position, front.FieldOfViewDegrees));
        Assert.True((Vector3.Transform(-Vector3.UnitZ, front.Orientation) - Vector3.UnitY).Length() < 1e-6f);
        Assert.True((Vector3.Transform(Vector3.UnitY, front.Orientation) - Vector3.UnitZ).Length() < 1e-6f);
        Assert.True((Vector3.Transform(-Vector3.UnitZ, above.Orientation) + Vector3.UnitZ).Length() < 1e-6f);
    }

    private static VectorEnvironment Point(int count) =>
        new(MujocoModel.Parse("point", PointTask.Scene), model => new PointTask(model), count, 2);
}

