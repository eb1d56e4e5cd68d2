using EmbodiedRL.Core;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Training.Auditing;

/// <summary>What is written down of one environment's steps while a trajectory is made.</summary>
internal sealed class TrajectoryNotes(EnvironmentInfo info, AuditGoal goal)
{
    private readonly List<float> _observations = [], _actions = [], _states = [], _poses = [], _visuals = [], _rewards = [];
    private readonly List<double> _truths = [];
    private readonly List<bool> _holds = [];

    /// <summary>Whether each state so far fulfills the goal.</summary>
    public IReadOnlyList<bool> Holds => _holds;

    /// <summary>Takes down a step.</summary>
    /// <param name="buffer">What the step led to, of one environment.</param>
    /// <param name="action">[A].</param>
    public void Take(StepBuffer buffer, ReadOnlySpan<float> action)
    {
        _observations.AddRange(buffer.Kinds[0].Ends() ? buffer.FinalObservations : buffer.Observations);
        _actions.AddRange(action);
        _states.AddRange(buffer.States);
        _poses.AddRange(buffer.Poses);
        _visuals.AddRange(buffer.VisualParameters);
        _rewards.AddRange(buffer.Rewards);
        _truths.Add(goal.Truth(buffer.States.AsSpan(0, info.State.Length)));
        _holds.Add(goal.Holds(buffer.States.AsSpan(0, info.State.Length)));
    }

    /// <summary>All steps as a trajectory.</summary>
    public AuditTrajectory Trajectory(TrajectoryKind kind, int instruction) => new()
    {
        Kind = kind,
        Instruction = instruction,
        Observations = [.. _observations],
        Actions = [.. _actions],
        States = [.. _states],
        Poses = [.. _poses],
        Visuals = [.. _visuals],
        Rewards = [.. _rewards],
        Truths = [.. _truths],
        Holds = [.. _holds],
    };
}
