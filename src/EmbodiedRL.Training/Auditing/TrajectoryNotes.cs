using EmbodiedRL.Core;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Training.Auditing;

/// <summary>What is written down of one environment's steps while a trajectory is made.</summary>
internal sealed class TrajectoryNotes(AuditGoal goal)
{
    private readonly List<float> _observations = [], _actions = [], _states = [], _poses = [], _visuals = [], _rewards = [];
    private readonly List<double> _truths = [];
    private readonly List<bool> _holds = [];

    /// <summary>Whether each state so far fulfills the goal.</summary>
    public IReadOnlyList<bool> Holds => _holds;

    /// <summary>Takes down a step.</summary>
    /// <param name="buffer">What the step led to.</param>
    /// <param name="action">[A].</param>
    /// <param name="row">Which environment of the buffer.</param>
    public void Take(StepBuffer buffer, ReadOnlySpan<float> action, int row = 0)
    {
        ReadOnlySpan<float> state = Row(buffer.States);
        _observations.AddRange(Row(buffer.Kinds[row].Ends() ? buffer.FinalObservations : buffer.Observations));
        _actions.AddRange(action);
        _states.AddRange(state);
        _poses.AddRange(Row(buffer.Poses));
        _visuals.AddRange(Row(buffer.VisualParameters));
        _rewards.Add(buffer.Rewards[row]);
        _truths.Add(goal.Truth(state));
        _holds.Add(goal.Holds(state));

        ReadOnlySpan<float> Row(float[] values) => values.AsSpan(row * (values.Length / buffer.Count), values.Length / buffer.Count);
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
