using System.Numerics;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Simulation.Wrappers;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Evaluation;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Training.Tests.Demonstrations;

public sealed class ExpertTests
{
    [Theory]
    [InlineData("cartpole", "upright", 0.95)]
    [InlineData("color-reacher", "red", 0.9)]
    [InlineData("color-reacher", "green", 0.9)]
    [InlineData("color-reacher", "blue", 0.9)]
    [InlineData("color-reacher", "yellow", 0.9)]
    [InlineData("tabletop", "red", 0.9)] // of another color there is not always something
    public void A_script_does_what_it_says_from_anywhere(string name, string skill, double least)
    {
        IVectorEnvironment environment = Envs.EnvironmentCatalog.Create(name, 200);
        using var evaluator = new Evaluator(environment, [skill], seed: 21);
        EvaluationOutcome outcome = evaluator.Evaluate(new ExpertPolicy(environment, skill), CancellationToken.None);
        Assert.True(outcome.Success >= least, $"{skill}: {outcome.Success}");
        Assert.All(outcome.Measures.Where(measure => measure.Key is "red" or "green" or "blue" or "yellow" && measure.Key != skill),
            other => Assert.True(other.Value < 0.2));
    }

    /// <summary>
    /// A wrapper that only shows or says things otherwise takes nothing away; one that disturbs does,
    /// and the script makes up for none of it.
    /// </summary>
    [Theory]
    [InlineData("frame-stack, normalize-observation", 0.95)]
    [InlineData("scale-action", 0.95)]
    [InlineData("scale-action, frame-stack, normalize-observation, normalize-reward", 0.95)]
    [InlineData("action-repeat", 0.8)] // half the steps, and a window of as many as before: it must be up sooner
    [InlineData("action-noise", 0.9)]
    [InlineData("action-delay", 0.9)]
    [InlineData("sticky-actions", 0.9)]
    public void A_script_is_heard_through_wrappers(string wrappers, double least)
    {
        WrapperSettings[] around = [.. wrappers.Split(", ").Select(name => new WrapperSettings { Name = name, Options = name switch
        {
            "action-repeat" => new ActionRepeatOptions { Times = 2 },
            "action-delay" => new ActionDelayOptions { Steps = 1 },
            _ => null,
        } })];
        IVectorEnvironment environment = new EnvironmentFactory(new EnvironmentSettings { Wrappers = around }, "",
            RunServices.Shipped).Create(50,
            0, EnvironmentUse.Evaluation);
        using var evaluator = new Evaluator(environment, ["upright"], seed: 21);
        EvaluationOutcome outcome = evaluator.Evaluate(new ExpertPolicy(environment, "upright"), CancellationToken.None);
        Assert.True(outcome.Success >= least, $"{wrappers}: {outcome.Success}");
    }

    [Fact]
    public void Scaled_a_script_does_what_it_does_unscaled()
    {
        using IVectorEnvironment plain = Envs.EnvironmentCatalog.Create("cartpole", 4, 1);
        using var scaled = new ScaleAction(Envs.EnvironmentCatalog.Create("cartpole", 4, 1));
        StepBuffer one = new(4, plain.Info), other = new(4, scaled.Info);
        plain.Reset(5, StartDistribution.WholeRange, one);
        scaled.Reset(5, StartDistribution.WholeRange, other);
        float[] actions = new float[4], restated = new float[4];
        FieldSpec field = plain.Info.Actions.Vector.Fields[0];
        for (int step = 0; step < 50; step++)
        {
            using (IActor expert = new ExpertPolicy(plain).CreateActor(4, ActorMode.Deterministic, 1))
                expert.Act(new ObservationRows(one.Observations), new bool[4], actions, []);
            scaled.Demonstrate("upright", restated);
            for (int i = 0; i < 4; i++)
                Assert.Equal(actions[i], field.Minimum + ((restated[i] + 1) / 2 * (field.Maximum - field.Minimum)), 1e-4f);
            plain.Step(actions, one);
            scaled.Load(Saved(plain));
        }

        static Snapshot Saved(IVectorEnvironment environment)
        {
            var snapshot = new Snapshot();
            environment.Save(snapshot.Section("inner"));
            return snapshot;
        }
    }

    [Fact]
    public void Through_a_wrapper_nobody_is_promised_an_expert_who_is_not_there()
    {
        using var wrapped = new StackedFrames(new Contracts.FastEnv(1), 2);
        Assert.Empty(wrapped.Skills);
        Assert.Empty(wrapped.Bodies);
        Assert.Contains("fast", Assert.Throws<UnknownNameException>(() => new ExpertPolicy(wrapped)).Message, StringComparison.Ordinal);
        Assert.Throws<UnknownNameException>(() => wrapped.Push(0, "ball", default));
    }

    [Fact]
    public void A_push_reaches_the_body_within()
    {
        using IVectorEnvironment plain = Envs.EnvironmentCatalog.Create("cartpole", 1, 1);
        using var wrapped = new StackedFrames(Envs.EnvironmentCatalog.Create("cartpole", 1, 1), 2);
        Assert.Equal(((IPerturbable)plain).Bodies, wrapped.Bodies);
        StepBuffer one = new(1, plain.Info), other = new(1, wrapped.Info);
        plain.Reset(5, StartDistribution.WholeRange, one);
        wrapped.Reset(5, StartDistribution.WholeRange, other);
        wrapped.Push(0, wrapped.Bodies[0], new Vector3(30, 0, 0));
        plain.Step([0], one);
        wrapped.Step([0], other);
        Assert.NotEqual(one.States, other.States);
        plain.Reset(5, StartDistribution.WholeRange, one);
        ((IPerturbable)plain).Push(0, wrapped.Bodies[0], new Vector3(30, 0, 0));
        plain.Step([0], one);
        Assert.Equal(one.States, other.States);
    }

    [Fact]
    public void Every_skill_is_a_measure_of_its_environment()
    {
        foreach (string name in Envs.EnvironmentCatalog.Names)
        {
            using IVectorEnvironment environment = Envs.EnvironmentCatalog.Create(name, 1, 1);
            Assert.Subset(environment.Info.Measures.Select(measure => measure.Name).ToHashSet(),
                ExpertPolicy.SkillsOf(environment).ToHashSet());
        }
    }

    [Fact]
    public void A_skill_that_nobody_has_is_refused_with_the_nearest()
    {
        using IVectorEnvironment environment = Envs.EnvironmentCatalog.Create("cartpole", 1, 1);
        Assert.Contains("'upright'",
            Assert.Throws<UnknownNameException>(() => new ExpertPolicy(environment, "upwright")).Message, StringComparison.Ordinal);
        Assert.Contains("fast",
            Assert.Throws<UnknownNameException>(() => new ExpertPolicy(new Contracts.FastEnv(1))).Message, StringComparison.Ordinal);
    }
}
