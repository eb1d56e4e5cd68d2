using System.Text.RegularExpressions;
using EmbodiedRL.Contracts;
using EmbodiedRL.Envs.Gym;
using EmbodiedRL.Simulation;
using EmbodiedRL.Simulation.Physics;

namespace EmbodiedRL.Envs.Tests.Parity;

/// <summary>
/// A body of ours, driven as Gymnasium drives its own: controls, physics steps, then everything is read as the last step left it.
/// </summary>
internal sealed partial class RecordedBody : IDisposable
{
    public RecordedBody(string environment)
    {
        Name = Require(environment);
        Model = MujocoModel.Load(EnvironmentCatalog.SceneOf(Name));
        Physics = new PhysicsView(Model);
        Task = Assert.IsType<GymTask>(EnvironmentCatalog.CreateTask(Name, Model), exactMatch: false);
        Observation = new double[Task.Info.Observations.Length];
        Terms = new double[Task.Info.RewardTerms.Length];
    }

    public string Name { get; }

    public MujocoModel Model { get; }

    public PhysicsView Physics { get; }

    public GymTask Task { get; }

    /// <summary>Of the last step.</summary>
    public double[] Observation { get; }

    /// <summary>Of the last step's reward.</summary>
    public double[] Terms { get; }

    public bool IsOver => Task.IsOver(Physics, []);

    /// <summary>Name in the catalog of one of Gymnasium's, e.g. HalfCheetah-v5; skips the test where we do not have it.</summary>
    public static string Require(string environment)
    {
        string words = Capital().Replace(environment.Split('-')[0], "-$0").ToLowerInvariant();
        string name = $"gym/{words.Trim('-')}";
        Assert.SkipUnless(EnvironmentCatalog.Names.Contains(name), $"There is no body {name} yet.");
        return name;
    }

    public void Start(ReadOnlySpan<double> positions, ReadOnlySpan<double> velocities)
    {
        Physics.Reset();
        positions.CopyTo(Physics.Positions);
        velocities.CopyTo(Physics.Velocities);
        Task.Begin(Physics);
        Task.Observe(Physics, Observation);
    }

    public void Step(ReadOnlySpan<double> action)
    {
        action.CopyTo(Physics.Controls);
        Assert.True(Physics.Step(Task.Info.FrameSkip));
        Task.AfterSteps(Physics);
        Task.Observe(Physics, Observation);
        Task.Reward(Physics, [], [], Terms);
    }

    public void Dispose()
    {
        Physics.Dispose();
        Model.Dispose();
    }

    [GeneratedRegex("[A-Z]")]
    private static partial Regex Capital();
}
