namespace EmbodiedRL.Training.Auditing;

/// <summary>How a trajectory of an audit came about; whether it succeeds is for the simulator to say.</summary>
public enum TrajectoryKind
{
    /// <summary>From a state far from the goal on the straight way to one that fulfills it.</summary>
    Success,

    /// <summary>The same way, a part of it.</summary>
    Partial,

    /// <summary>A part of the way, and there it stays.</summary>
    Stall,

    /// <summary>To the goal and back again.</summary>
    Reversal,

    /// <summary>To one of the states nearest to the goal that do not fulfill it.</summary>
    NearMiss,

    /// <summary>To a state that looks like one that fulfills it and does not.</summary>
    LookAlike,

    /// <summary>To a state that makes another instruction true.</summary>
    OtherTask,

    /// <summary>An episode of the scripted expert, until the goal is fulfilled.</summary>
    Expert,

    /// <summary>An episode of the expert whose actions are random half of the time.</summary>
    HalfExpert,

    /// <summary>An episode of random actions.</summary>
    Random,

    /// <summary>An episode in which nobody acts.</summary>
    Idle,

    /// <summary>A success, its frames in reversed order.</summary>
    TimeReversed,

    /// <summary>One frame of a success, again and again.</summary>
    Frozen,

    /// <summary>What an attack of the red team has found; not one of those that rewards are compared on.</summary>
    Fraud,
}

/// <summary>Names of kinds, and which are copies of others.</summary>
public static class TrajectoryKinds
{
    /// <summary>As in the data set, e.g. <c>near-miss</c>.</summary>
    public static string NameOf(this TrajectoryKind kind) => string.Concat(kind.ToString()
        .Select((letter, i) => i > 0 && char.IsUpper(letter) ? $"-{char.ToLowerInvariant(letter)}" : $"{char.ToLowerInvariant(letter)}"));

    /// <summary>Whether its frames are those of another trajectory, so that it says nothing new of truth.</summary>
    public static bool IsCopy(this TrajectoryKind kind) => kind is TrajectoryKind.TimeReversed or TrajectoryKind.Frozen;
}
