using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Simulation.Mjcf;
using EmbodiedRL.Simulation.Physics;
using EmbodiedRL.Simulation.Randomizing;
using EmbodiedRL.Simulation.Scenes;
using EmbodiedRL.Simulation.Tasks;

namespace EmbodiedRL.Simulation.Tests.Randomizing;

public sealed class RandomizationTests
{
    [Theory]
    [InlineData(0.5, 0)]
    [InlineData(0.975, 1.959963984540054)]
    [InlineData(0.001, -3.090232306167813)]
    [InlineData(0.02, -2.053748910631823)]
    public void Quantiles_of_the_normal_are_the_tables(double p, double x) => Assert.Equal(x, Distribution.NormalQuantile(p), 1e-8);

    [Theory]
    [InlineData(DistributionKind.Uniform, 3.0, 4.0 / 3)]
    // of [a, b]: (b - a) / ln(b / a), and (b^2 - a^2) / (2 ln(b / a)) less the square of that
    [InlineData(DistributionKind.LogUniform, 2.4853397, 1.2791056)]
    [InlineData(DistributionKind.Normal, 3.0, 0.25)]
    public void Draws_have_the_mean_and_variance_of_their_distribution(DistributionKind kind, double mean, double variance)
    {
        var settings = new RandomParameterSettings { Distribution = kind, Minimum = 1, Maximum = 5, Mean = 3, Deviation = 0.5 };
        var distribution = new Distribution(settings, []);
        Rng rng = Rng.For(1, "test");
        double sum = 0, squares = 0;
        const int draws = 100_000;
        for (int i = 0; i < draws; i++)
        {
            double value = distribution.Draw(ref rng, 0, false);
            (sum, squares) = (sum + value, squares + (value * value));
        }

        Assert.Equal(mean, sum / draws, 0.02);
        Assert.Equal(variance, (squares / draws) - Math.Pow(sum / draws, 2), 0.02);
    }

    [Theory]
    [InlineData(DistributionKind.Uniform)]
    [InlineData(DistributionKind.LogUniform)]
    [InlineData(DistributionKind.Normal)]
    [InlineData(DistributionKind.Choice)]
    public void Held_out_draws_are_never_met_in_training(DistributionKind kind)
    {
        var distribution = new Distribution(new RandomParameterSettings
        {
            Distribution = kind,
            Minimum = 1,
            Maximum = 5,
            Mean = 3,
            Deviation = 0.5
        },
            [1, 2, 3, 4, 5]);
        Rng rng = Rng.For(1, "test");
        double most = double.NegativeInfinity, least = double.PositiveInfinity;
        for (int i = 0; i < 2000; i++)
        {
            most = Math.Max(most, distribution.Draw(ref rng, 0.4, false));
            least = Math.Min(least, distribution.Draw(ref rng, 0.4, true));
        }

        Assert.True(most < least, $"{most} was trained on, {least} held out.");
        if (kind == DistributionKind.Choice) Assert.Equal((3, 4), (most, least));
    }

    [Fact]
    public void A_scale_of_one_changes_nothing()
    {
        using VectorEnvironment plain = Leg(null),
            drawn = Leg(Drawing(new RandomParameterSettings { Name = "mass", Minimum = 1, Maximum = 1 },
                new() { Name = "friction", Minimum = 1, Maximum = 1 },
                new() { Name = "gain", Minimum = 1, Maximum = 1 }, new() { Name = "damping", Minimum = 1, Maximum = 1 },
                new() { Name = "gravity", Minimum = 1, Maximum = 1 }));
        Assert.Equal(Played(plain), Played(drawn));
    }

    /// <summary>Under half the gravity a body falls half as far: z - z0 = -g h^2 n (n + 1) / 2.</summary>
    [Fact]
    public void Gravity_is_what_was_drawn()
    {
        using var environment = new VectorEnvironment(MujocoModel.Parse("ball", Falling), model => new FallTask(model), 2, 1,
            Drawing(new RandomParameterSettings { Name = "gravity", Minimum = 0.25, Maximum = 0.75 }));
        var buffer = new StepBuffer(2, environment.Info);
        environment.Reset(1, StartDistribution.Task, buffer);
        environment.Step([0, 0], buffer);
        Assert.NotEqual(buffer.RandomizedParameters[0], buffer.RandomizedParameters[1]);
        for (int row = 0; row < 2; row++)
            Assert.Equal(5 - (10 * buffer.RandomizedParameters[row] * 0.01 * 0.01 * 10 * 11 / 2), buffer.States[row], 1e-5);
    }

    /// <summary>A force on twice the mass gives half the acceleration, in a model of the environment's own.</summary>
    [Fact]
    public void Mass_is_what_was_drawn_and_each_environment_has_its_own()
    {
        using var environment = new VectorEnvironment(MujocoModel.Parse("point", PointTask.Scene), model => new PointTask(model), 4, 2,
            Drawing(new RandomParameterSettings { Name = "mass", Minimum = 0.5, Maximum = 2 }));
        var buffer = new StepBuffer(4, environment.Info);
        environment.Reset(1, StartDistribution.Task, buffer);
        environment.Step([1, 1, 1, 1], buffer);
        // gear 4, two steps of 10 ms
        for (int row = 0; row < 4; row++)
            Assert.Equal(4 * 0.02 / (2.001 * buffer.RandomizedParameters[row]), buffer.States[(2 * row) + 1], 1e-5);
        Assert.Equal(4, buffer.RandomizedParameters.Distinct().Count());
    }

    [Fact]
    public void Damping_and_gain_are_what_was_drawn()
    {
        MujocoModel nominal = MujocoModel.Load(Path.Combine(AppContext.BaseDirectory, "models", "gripper.xml"));
        using EditableModel own = nominal.Copy();
        using var physics = new PhysicsView(own.Model);
        SceneMap scene = SceneMap.Of(nominal);
        Randomization randomization = Drawing(new RandomParameterSettings { Name = "gain", Of = ["grip"], Minimum = 2, Maximum = 2 },
            new() { Name = "damping", Of = ["lift"], Change = DrawChange.Add, Minimum = 3, Maximum = 3 },
            new() { Name = "friction", Of = ["block"], Change = DrawChange.Set, Minimum = 0.25, Maximum = 0.25 });
        RowDraws draws = randomization.Open(scene.Description, VisualLayout.None, physics, own);
        draws.Begin(1, 0, 0);
        draws.Begin(1, 0, 1); // draws begin from the model's own numbers, not from the last draw's
        Assert.Equal([400, -400], [own.Model.Array<double>("actuator_gainprm")[10], own.Model.Array<double>("actuator_biasprm")[11]]);
        Assert.Equal(23, own.Model.Array<double>("dof_damping")[0]);
        Assert.Equal(0.25, own.Model.Array<double>("geom_friction")[3 * nominal.Geom("block").Index]);
        Assert.Equal(20, nominal.Array<double>("dof_damping")[0]);
        nominal.Dispose();
    }

    [Fact]
    public void Looks_are_drawn_for_an_episode_and_written_beside_its_poses()
    {
        using var environment = new VectorEnvironment(MujocoModel.Parse("point", PointTask.Scene), model => new PointTask(model), 2,
            1, Drawing(
            new RandomParameterSettings { Name = "color", Of = ["mass"], Change = DrawChange.Set, Maximum = 1 },
            new() { Name = "texture", Of = ["ground"], Change = DrawChange.Set, Distribution = DistributionKind.Choice, Values = [-1, 1] },
            new() { Name = "cameraPosition", Of = ["front"], Change = DrawChange.Add, Minimum = -1, Maximum = 1 },
            new() { Name = "lightDirection", Change = DrawChange.Add, Minimum = -0.5, Maximum = 0.5 }));
        VisualLayout visuals = environment.Info.VisualRandomization;
        int geoms = environment.Info.RequiredScene.Geoms.Length;
        Assert.Equal((5 * geoms) + 12 + 13, visuals.Length);
        var buffer = new StepBuffer(2, environment.Info, withNext: true);
        environment.Reset(3, StartDistribution.Task, buffer);
        float[] first = [.. buffer.VisualParameters];
        Assert.NotEqual(first[..visuals.Length], first[visuals.Length..]);
        Assert.Equal([1, 0, 0, 1], first[8..12]); // 'own' is not drawn
        SceneVariations seen = visuals.Unpack(first, 2, "front")!;
        Assert.NotNull(seen.Cameras);
        Assert.Null(visuals.Unpack(first, 2, "above")!.Cameras); // only 'front' was moved
        Assert.Equal(1, Math.Sqrt(seen.Lights![..3].Sum(axis => axis * axis)), 1e-5);
        for (int step = 0; step < 10; step++)
        {
            environment.Step([0, 0], buffer);
            Assert.Equal(first, buffer.VisualParameters); // to the last step of the episode, whose poses these are
        }

        Assert.All(buffer.Kinds, kind => Assert.Equal(StepKind.Truncated, kind));
        float[] next = [.. buffer.NextVisualParameters];
        Assert.NotEqual(first, next);
        environment.Step([0, 0], buffer);
        Assert.Equal(next, buffer.VisualParameters);
    }

    [Fact]
    public void Training_and_held_out_environments_draw_differently_from_one_seed_and_once_means_once()
    {
        var parameter = new RandomParameterSettings { Name = "mass", Minimum = 0.5, Maximum = 2 };
        float[] trained = Means(new RandomizationSettings { Parameters = [parameter] }, DrawSplit.Training),
            heldOut = Means(new RandomizationSettings { Parameters = [parameter] }, DrawSplit.HeldOut);
        Assert.Empty(trained.Intersect(heldOut));
        Assert.Equal(4, trained.Distinct().Count()); // two environments, two episodes
        Assert.Equal(2,
            Means(new RandomizationSettings { Every = DrawTime.Once, Parameters = [parameter] }, DrawSplit.Training).Distinct().Count());
    }

    [Theory]
    [InlineData("mas", "parameters:0:name", "'mass'")]
    [InlineData("mass", "parameters:0:mass", "a mass above 0")]
    [InlineData("gravity", "parameters:0:minimum", "found neither", 0.0)]
    [InlineData("texture", "parameters:0:distribution", "choice")]
    public void Settings_that_cannot_be_drawn_from_are_refused(string name, string key, string help, double most = 1)
    {
        string violation = Assert.Single(RandomizationRules.Violations(new RandomizationSettings
        {
            Parameters = [new() { Name = name, Change = DrawChange.Set, Maximum = most }]
        }));
        Assert.Contains(key, violation, StringComparison.Ordinal);
        Assert.Contains(help, violation, StringComparison.Ordinal);
    }

    [Fact]
    public void Things_that_the_model_does_not_have_are_named()
    {
        string Refused(RandomParameterSettings drawn) =>
            Assert.Throws<UnknownNameException>(() =>
                new VectorEnvironment(MujocoModel.Parse("point", PointTask.Scene), model => new PointTask(model), 1,
                    1, Drawing(drawn))).Message;
        Assert.Contains("'mass'", Refused(new() { Name = "mass", Of = ["mas"], Minimum = 1, Maximum = 1 }), StringComparison.Ordinal);
        Assert.Contains("'ground'", Refused(new() { Name = "color", Of = ["grond"] }), StringComparison.Ordinal);
        Assert.Contains("'front'",
            Refused(new() { Name = "fieldOfView", Of = ["frnt"], Minimum = 1, Maximum = 1 }), StringComparison.Ordinal);
    }

    private const string Falling = "<mujoco><option timestep='0.01' gravity='0 0 -10'/><worldbody><camera name='c'/><body pos='0 0 "
        + "5'><joint name='fall' type='slide' axis='0 0 1'/><geom size='0.1'/></body></worldbody><actuator><motor "
        + "joint='fall'/></actuator></mujoco>";

    private static Randomization Drawing(params RandomParameterSettings[] parameters) =>
        new(new RandomizationSettings { Parameters = parameters });

    private static VectorEnvironment Leg(Randomization? randomization)
    {
        MujocoModel model = MujocoModel.Load(Path.Combine(AppContext.BaseDirectory, "models", "leg.xml"));
        MjcfPlan plan = MjcfPlan.Of(model, "leg", new MjcfSettings { File = "leg.xml", Camera = "side" },
            (_, _, _, _) => throw new InvalidOperationException());
        return new VectorEnvironment(model, _ => new MjcfTask(plan), 2, 1, randomization);
    }

    private static float[] Played(VectorEnvironment environment)
    {
        var buffer = new StepBuffer(2, environment.Info);
        environment.Reset(1, StartDistribution.Task, buffer);
        for (int step = 0; step < 100; step++) environment.Step([0.1f, 0.4f, -0.3f, -0.2f, 0.5f, 0.1f], buffer);
        return buffer.States;
    }

    private static float[] Means(RandomizationSettings settings, DrawSplit split)
    {
        using var environment = new VectorEnvironment(MujocoModel.Parse("point", PointTask.Scene), model => new PointTask(model), 2, 1,
            new Randomization(settings, split));
        var buffer = new StepBuffer(2, environment.Info);
        environment.Reset(1, StartDistribution.Task, buffer);
        float[] first = [.. buffer.RandomizedParameters];
        for (int step = 0; step < 11; step++) environment.Step([0, 0], buffer);
        return [.. first, .. buffer.RandomizedParameters];
    }

    /// <summary>A body that falls, ten physics steps at a time.</summary>
    private sealed class FallTask(MujocoModel model) : ITask
    {
        public TaskInfo Info { get; } = new()
        {
            Name = "fall",
            Summary = "Falls.",
            Observations = new ObservationSpec(new FieldSpec("height")),
            Actions = ActionSpec.Continuous(new FieldSpec("none", 1, -1, 1)),
            State = new StateSpec(new FieldSpec("height")),
            Camera = "c",
            EpisodeSteps = 10,
            FrameSkip = 10,
            Baseline = "a ball",
            DefaultGoal = "a ball",
            Measures = [],
            Facts = [],
        };

        public void Start(PhysicsView physics, StartDistribution start, ref Rng rng)
        {
        }

        public void Place(PhysicsView physics, StateSource source, ref Rng rng)
        {
        }

        public void Act(PhysicsView physics, ReadOnlySpan<float> action)
        {
        }

        public void Observe(PhysicsView physics, Span<float> observation) => ReadState(physics, observation);

        public void ReadState(PhysicsView physics, Span<float> state) => state[0] = (float)(5 + physics.Position(model.Joint("fall")));

        public void Reward(PhysicsView physics, ReadOnlySpan<float> state, ReadOnlySpan<float> action, Span<double> terms) => terms[0] = 0;
    }
}
