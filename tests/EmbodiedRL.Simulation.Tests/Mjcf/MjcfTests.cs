using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Simulation.Mjcf;
using EmbodiedRL.Simulation.Physics;
using EmbodiedRL.Simulation.Scenes;
using EmbodiedRL.Simulation.Tasks;

namespace EmbodiedRL.Simulation.Tests.Mjcf;

/// <summary>An environment of settings alone obeys what all environments obey; nothing is said of it in words.</summary>
public sealed class MjcfContract : EnvironmentContract
{
    /// <summary>It has the camera that is free, and no words for its states.</summary>
    protected override IReadOnlyCollection<string> NotPromised => ["description", "facts"];

    [Fact]
    public void It_says_what_it_is()
    {
        using IVectorEnvironment environment = Create(1, 1);
        Assert.Equal(("pendulum", "free", 50, 0.02),
            (environment.Info.Name, environment.Info.Camera, environment.Info.EpisodeSteps, environment.Info.ControlTimestep));
    }

    [Fact]
    public void Its_default_goal_is_its_name()
    {
        using IVectorEnvironment environment = Create(1, 1);
        Assert.Equal("pendulum", environment.Info.DefaultGoal);
    }

    protected override IVectorEnvironment Create(int count, int workers) => MjcfTests.Make("pendulum.xml", new MjcfSettings
    {
        FrameSkip = 4,
        EpisodeSteps = 50,
        Observation = [new MjcfBlock { Name = "qpos" }, new MjcfBlock { Name = "qvel" }, new MjcfBlock { Name = "sensors" }],
        Reset = new MjcfReset { Positions = 0.3, Velocities = 0.5 },
    }, count, workers, moving: 1);
}

public sealed class MjcfTests
{
    public static TheoryData<string> Samples => [.. Installed.Files("/usr/share/mujoco/model", "*.xml",
        file => !file.EndsWith("_body.xml", StringComparison.Ordinal) && Path.GetFileName(file) is not ("scene.xml" or "particle.xml"))];

    [Fact]
    public void Fields_are_named_after_joints_sensors_and_bodies_and_as_long_as_these_are()
    {
        using VectorEnvironment environment = Make("gripper.xml", new MjcfSettings { Camera = "front" });
        StateSpec state = environment.Info.State;
        FieldSpec Field(string name) => state.Fields[state.Fields.Select(field => field.Name).ToList().IndexOf(name)];
        Assert.Equal((3, 4, 3, 3),
            (Field("block/position").Length, Field("block/orientation").Length, Field("block/velocity").Length,
                Field("block/spin").Length));
        Assert.Equal(1, Field("lift/position").Length);
        Assert.Equal((3, 4), (Field("body/hand/position").Length, Field("body/hand/orientation").Length));
        Assert.Equal([("lift", -0.3f, 0.1f), ("grip", 0, 0.06f)],
            environment.Info.Actions.Vector.Fields.Select(field => (field.Name, field.Minimum, field.Maximum)));
        using VectorEnvironment pendulum = Make("pendulum.xml", new MjcfSettings());
        // a ball joint: 4 and 3
        Assert.Equal(["hang/orientation", "hang/spin"], pendulum.Info.Observations.Fields.Select(field => field.Name));
        Assert.Equal(7, pendulum.Info.Observations.Length);
    }

    /// <summary>A second implementation of velocities: the difference quotient of where the body is, over a small step.</summary>
    [Fact]
    public void Velocities_of_bodies_are_how_fast_their_positions_change()
    {
        using MujocoModel model = MujocoModel.Load(PathOf("leg.xml"));
        using PhysicsView physics = new(model), later = new(model);
        physics.Reset(model.Keyframe("crouched"));
        Rng rng = Rng.For(3, "test");
        foreach (ref double velocity in physics.Velocities) velocity = rng.Uniform(-1, 1);
        physics.UpdateKinematics();
        physics.UpdateVelocities();
        const double time = 1e-6;
        // hinges and slides
        for (int i = 0; i < physics.Positions.Length; i++) later.Positions[i] = physics.Positions[i] + (time * physics.Velocities[i]);
        later.UpdateKinematics();
        int foot = model.Body("foot").Index;
        float[] found = new float[3];
        new MjcfRow(physics).Read([new MjcfField(new FieldSpec("v", 3), Source.BodyVelocity, foot)], found);
        for (int axis = 0; axis < 3; axis++)
            Assert.Equal((later.Position(model.Body("foot"))[axis] - physics.Position(model.Body("foot"))[axis]) / time, found[axis], 1e-4);
    }

    [Fact]
    public void Sensors_and_positions_of_one_row_are_of_one_moment()
    {
        using VectorEnvironment environment = Make("pendulum.xml",
            new MjcfSettings
            {
                Observation = [
                    new MjcfBlock { Name = "sensors", Of = ["bob"] },
                    new MjcfBlock { Name = "bodies", Of = ["rod"], Orientation = true }
                ],
                Reset = new MjcfReset { Velocities = 2 }
            });
        var buffer = new StepBuffer(2, environment.Info);
        environment.Reset(1, StartDistribution.Task, buffer);
        for (int step = 0; step < 20; step++)
        {
            environment.Step([1, -1, 2, 0.5f], buffer);
            for (int row = 0; row < 2; row++)
            {
                ReadOnlySpan<float> seen = buffer.Observations.AsSpan(10 * row, 10);
                (double w, double x, double y, double z) = (seen[6], seen[7], seen[8], seen[9]);
                // The bob hangs 0.6 m below: minus the third column of the rotation.
                Assert.Equal(seen[3] - (0.6 * 2 * ((x * z) + (w * y))), seen[0], 1e-5);
                Assert.Equal(seen[5] - (0.6 * (1 - (2 * ((x * x) + (y * y))))), seen[2], 1e-5);
            }
        }
    }

    [Fact]
    public void Episodes_begin_at_the_keyframe_with_noise_and_quaternions_stay_on_the_sphere()
    {
        using VectorEnvironment still = Make("leg.xml",
            new MjcfSettings { Camera = "side", Reset = new MjcfReset { Keyframe = "crouched", Positions = 0, Velocities = 0 } });
        var buffer = new StepBuffer(2, still.Info);
        still.Reset(1, StartDistribution.Task, buffer);
        Assert.Equal([0, -0.18f, 0, -0.6f, 1.2f, -0.6f], buffer.Observations[..6]);

        using VectorEnvironment noisy = Make("gripper.xml",
            new MjcfSettings
            {
                Camera = "front",
                Reset = new MjcfReset { Keyframe = "open_above", Noise = MjcfNoise.Normal, Positions = 0.2 }
            });
        buffer = new StepBuffer(2, noisy.Info);
        noisy.Reset(1, StartDistribution.Task, buffer);
        for (int row = 0; row < 2; row++)
        {
            ReadOnlySpan<float> q = buffer.Observations.AsSpan((row * noisy.Info.Observations.Length) + 6, 4);
            Assert.Equal(1, (q[0] * q[0]) + (q[1] * q[1]) + (q[2] * q[2]) + (q[3] * q[3]), 1e-6f);
            Assert.NotEqual(1, q[0]);
        }
    }

    [Fact]
    public void Formulas_are_given_the_row_and_a_reward_that_is_no_number_is_an_error()
    {
        List<string> places = [];
        var settings = new MjcfSettings
        {
            File = "leg.xml",
            Camera = "side",
            Reward = "reward",
            Over = "over",
            Measures = [new MjcfMeasure { Name = "high", Condition = "condition", Window = 5, Share = 0.5 }],
        };
        MujocoModel model = MujocoModel.Load(PathOf("leg.xml"));
        double reward = 2;
        MjcfPlan plan = MjcfPlan.Of(model, "leg", settings, (place, formula, state, actions) =>
        {
            places.Add($"{place} {formula} {actions is not null}");
            return (row, action) => formula == "reward" ? reward + action[2] : row[0] > 0.5 ? 1 : 0;
        });
        using var environment = new VectorEnvironment(model, _ => new MjcfTask(plan), 1, 1);
        Assert.Equal(["env:mjcf:measures:0:condition condition False", "env:mjcf:reward reward True", "env:mjcf:over over False"], places);
        var buffer = new StepBuffer(1, environment.Info);
        environment.Reset(1, StartDistribution.Task, buffer);
        environment.Step([0, 0, -0.5f], buffer);
        Assert.Equal(1.5f, buffer.Rewards[0]);
        Assert.Equal(0, environment.Info.Measures[0].Holds(buffer.States));
        reward = double.NaN;
        Assert.Contains("env:mjcf:reward 'reward'",
            Assert.Throws<NonFiniteException>(() => environment.Step([0, 0, 0], buffer)).Message, StringComparison.Ordinal);
    }

    /// <summary>Within 0.2 of 0, and 0.2 or more: at half of the tolerance 0.1 and 0.4, at double 0.4 and 0.1.</summary>
    [Theory]
    [InlineData(false, -0.3, false, false, true)]
    [InlineData(false, -0.2, false, true, true)]
    [InlineData(false, 0.05, true, true, true)]
    [InlineData(true, -0.3, false, false, false)]
    [InlineData(true, 0.2, false, true, true)]
    [InlineData(true, 0.5, true, true, true)]
    public void A_value_with_a_bound_is_a_measure_with_a_tolerance(bool isLeast, double value, bool strict, bool holds, bool loose)
    {
        var settings = new MjcfSettings
        {
            File = "leg.xml",
            Camera = "side",
            Measures = [new() { Name = "near", Value = "value", Within = isLeast ? 0 : 0.2, AtLeast = isLeast ? 0.2 : 0, Unit = "m" }],
        };
        MjcfPlan plan = MjcfPlan.Of(MujocoModel.Load(PathOf("leg.xml")), "leg", settings, (_, _, _, _) => (_, _) => value);
        SuccessMeasure measure = Assert.Single(plan.Info.Measures);
        float[] state = new float[plan.Info.State.Length];
        Assert.Equal(holds ? 1 : 0, measure.Holds(state));
        Assert.Equal((strict, loose), (measure.Tolerance!.Holds(state, MeasureTolerance.Strict), measure.Tolerance.Holds(state, 2)));
        string[] words = isLeast ? ["value at least 0.2 m", "at least 0.4 m"] : ["value within 0.2 m", "within 0.1 m"];
        Assert.Equal((words[0], words[1]), (measure.Meaning, measure.Tolerance.Words(MeasureTolerance.Strict)));
    }

    [Fact]
    public void What_the_model_does_not_have_is_named()
    {
        Assert.Contains("one of the model's cameras (side, ahead)",
            Assert.Throws<SettingsException>(() => Make("leg.xml", new MjcfSettings())).Message, StringComparison.Ordinal);
        Assert.Contains("'side'",
            Assert.Throws<SettingsException>(() => Make("leg.xml", new MjcfSettings { Camera = "sid" })).Message, StringComparison.Ordinal);
        string Refused(MjcfSettings settings) =>
            Assert.Throws<UnknownNameException>(() => Make("leg.xml", settings with { Camera = "side" })).Message;
        Assert.Contains("'sole'",
            Refused(new MjcfSettings { Observation = [new MjcfBlock { Name = "sensors", Of = ["soel"] }] }), StringComparison.Ordinal);
        Assert.Contains("'trunk'",
            Refused(new MjcfSettings { Observation = [new MjcfBlock { Name = "bodies", Of = ["trnk"] }] }), StringComparison.Ordinal);
        Assert.Contains("'standing'",
            Refused(new MjcfSettings { Reset = new MjcfReset { Keyframe = "standin" } }), StringComparison.Ordinal);
        Assert.Contains("'qpos'",
            Assert.Single(new MjcfSettings { File = "a.xml", Observation = [new MjcfBlock { Name = "qpso" }] }.Violations()),
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_only_camera_of_a_model_need_not_be_named()
    {
        using MujocoModel model = MujocoModel.Parse("one",
            "<mujoco><worldbody><camera name='only'/><body><joint name='turn'/><geom size='1'/></body></worldbody></mujoco>");
        Assert.Equal("only", MjcfPlan.Of(model, "one", new MjcfSettings { File = "one.xml" }, (_, _, _, _) => (_, _) => 0).Info.Camera);
    }

    [Fact]
    public void A_model_without_cameras_is_seen_from_where_the_viewer_would_stand()
    {
        using VectorEnvironment environment = Make("pendulum.xml", new MjcfSettings());
        SceneCamera free = Assert.Single(environment.Info.RequiredScene.Cameras);
        using MujocoModel model = MujocoModel.Load(PathOf("pendulum.xml"));
        ReadOnlySpan<double> center = model.Numbers<double>("stat.center");
        double away = 1.5 * model.Numbers<double>("stat.extent")[0] * Math.Sqrt(0.5); // azimuth 90, elevation -45 degrees: behind and above
        Assert.Equal(center[0], free.Position.X, 1e-5);
        Assert.Equal(center[1] - away, free.Position.Y, 1e-5);
        Assert.Equal(center[2] + away, free.Position.Z, 1e-5);
        System.Numerics.Vector3 forward = System.Numerics.Vector3.Transform(-System.Numerics.Vector3.UnitZ, free.Orientation);
        Assert.Equal(Math.Sqrt(0.5), forward.Y, 1e-5);
        Assert.Equal(-Math.Sqrt(0.5), forward.Z, 1e-5);
        Assert.Equal(45, free.FieldOfViewDegrees);
    }

    /// <summary>
    /// Debian's sample models, where they are installed: whatever they hold, they play. Parts of others, a scene in which nothing moves,
    /// and a heap that takes long, are left out.
    /// </summary>
    [Theory, Trait("Category", Installed.Category)]
    [MemberData(nameof(Samples))]
    public void Sample_models_play(string file)
    {
        Installed.Require(file, "libmujoco-samples");
        Assert.SkipUnless(Native.MuJoCoLibrary.Version == "2.2.2", "Debian's models are written for its own MuJoCo.");
        using MujocoModel known = MujocoModel.Load(file);
        var settings = new MjcfSettings
        {
            File = file,
            Camera = SceneViews.CameraNames(known)[0],
            FrameSkip = 2,
            EpisodeSteps = 4,
            Observation = [new MjcfBlock { Name = "qpos" }, new MjcfBlock { Name = "qvel" }]
        };
        if (known.Size("njnt") == 0) settings = settings with { Observation = [new MjcfBlock { Name = "bodies" }] };
        using VectorEnvironment environment = Make(file, settings, count: 1);
        var buffer = new StepBuffer(1, environment.Info);
        environment.Reset(1, StartDistribution.Task, buffer);
        float[] actions = new float[environment.Info.Actions.Length];
        for (int step = 0; step < 6; step++) environment.Step(actions, buffer);
        environment.Info.State.Validate(buffer.States);
        Assert.Equal(0, environment.Divergences);
    }

    /// <summary>Makes two environments, or as many as are asked for.</summary>
    internal static VectorEnvironment Make(string file, MjcfSettings settings, int count = 2, int workers = 1, int moving = 0)
    {
        MujocoModel model = MujocoModel.Load(Path.IsPathRooted(file) ? file : PathOf(file));
        RowFunction compiled = (row, _) => row[moving];
        MjcfSettings named = settings with
        {
            File = file,
            Reward = moving > 0 ? "moving" : "",
            Measures = moving > 0 ? [new MjcfMeasure { Name = "moving", Condition = "moving" }] : [],
        };
        MjcfPlan plan = MjcfPlan.Of(model, Path.GetFileNameWithoutExtension(file), named, (_, _, _, _) => compiled);
        return new VectorEnvironment(model, _ => new MjcfTask(plan), count, workers);
    }

    private static string PathOf(string file) => Path.Combine(AppContext.BaseDirectory, "models", file);
}
