using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Simulation;
using EmbodiedRL.Simulation.Physics;
using EmbodiedRL.Simulation.Tasks;

namespace EmbodiedRL.Benchmarks.Physics;

/// <summary>
/// A task that never ends, and notes what controls it sets: the reference can then be given the same, and neither side resets.
/// </summary>
/// <param name="task">Does everything else.</param>
internal sealed class OpenEndedTask(ITask task) : ITask
{
    public TaskInfo Info { get; } = task.Info with { EpisodeSteps = int.MaxValue };

    /// <summary>Where controls are noted, step after step; null for nowhere, as in a measurement.</summary>
    public List<double>? Notes { get; set; }

    public void Start(PhysicsView physics, StartDistribution start, ref Rng rng) => task.Start(physics, start, ref rng);

    public void Place(PhysicsView physics, StateSource source, ref Rng rng) => task.Place(physics, source, ref rng);

    public void Act(PhysicsView physics, ReadOnlySpan<float> action)
    {
        task.Act(physics, action);
        Notes?.AddRange(physics.Controls);
    }

    public void Observe(PhysicsView physics, Span<float> observation) => task.Observe(physics, observation);

    public void ReadState(PhysicsView physics, Span<float> state) => task.ReadState(physics, state);

    public void AfterSteps(PhysicsView physics) => task.AfterSteps(physics);

    public void Reward(PhysicsView physics, ReadOnlySpan<float> state, ReadOnlySpan<float> action, Span<double> terms) =>
        task.Reward(physics, state, action, terms);
}
