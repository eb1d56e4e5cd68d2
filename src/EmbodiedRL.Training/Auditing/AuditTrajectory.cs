namespace EmbodiedRL.Training.Auditing;

/// <summary>Trajectory of an audit: what the simulator showed and said of it, frame by frame.</summary>
/// <remarks>Row t is the state shown and the action that led there. Arrays are the owner's and are not changed by whoever reads.</remarks>
public sealed record AuditTrajectory
{
    /// <summary>How it came about.</summary>
    public required TrajectoryKind Kind { get; init; }

    /// <summary>The instruction that it was made for, as an index into <see cref="AuditGoal.Instructions"/>; 0 is the goal.</summary>
    public int Instruction { get; init; }

    /// <summary>[T, O], of the state shown.</summary>
    public required float[] Observations { get; init; }

    /// <summary>[T, A], all zero where states were set and nobody acted.</summary>
    public required float[] Actions { get; init; }

    /// <summary>[T, S].</summary>
    public required float[] States { get; init; }

    /// <summary>[T, P, 12].</summary>
    public required float[] Poses { get; init; }

    /// <summary>[T, L], how the scene looked; empty where visuals never change.</summary>
    public required float[] Visuals { get; init; }

    /// <summary>[T], the hand-built reward.</summary>
    public required float[] Rewards { get; init; }

    /// <summary>[T], graded truth of the goal, in [0, 1].</summary>
    public required double[] Truths { get; init; }

    /// <summary>[T], whether the state fulfills the goal.</summary>
    public required bool[] Holds { get; init; }

    /// <summary>T.</summary>
    public int Steps => Truths.Length;

    /// <summary>Whether its last frame fulfills the goal.</summary>
    public bool Succeeds => Holds[^1];

    /// <summary>A copy with frames of this one.</summary>
    /// <param name="kind">Of the copy.</param>
    /// <param name="frames">[T'], which.</param>
    public AuditTrajectory Of(TrajectoryKind kind, int[] frames) => this with
    {
        Kind = kind,
        Observations = Rows(Observations, frames),
        Actions = Rows(Actions, frames),
        States = Rows(States, frames),
        Poses = Rows(Poses, frames),
        Visuals = Rows(Visuals, frames),
        Rewards = Rows(Rewards, frames),
        Truths = Rows(Truths, frames),
        Holds = Rows(Holds, frames),
    };

    private T[] Rows<T>(T[] values, int[] frames)
    {
        int width = values.Length / Steps;
        var rows = new T[frames.Length * width];
        for (int i = 0; i < frames.Length; i++) Array.Copy(values, frames[i] * width, rows, i * width, width);
        return rows;
    }
}
