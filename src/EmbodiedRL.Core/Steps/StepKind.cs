namespace EmbodiedRL.Core.Steps;

/// <summary>Step kind: first, middle, terminated or truncated. One value, so that "done" can never be ambiguous.</summary>
public enum StepKind : byte
{
    /// <summary>The episode has just begun; no action led here.</summary>
    First,

    /// <summary>The episode goes on.</summary>
    Mid,

    /// <summary>The task is over: the value of what follows is zero.</summary>
    Terminated,

    /// <summary>Time ran out: the value of what follows is the critic's value of the final observation.</summary>
    Truncated,
}

/// <summary>Predicates of <see cref="StepKind"/>.</summary>
public static class StepKindExtensions
{
    /// <summary>Whether the episode ended with this step.</summary>
    public static bool Ends(this StepKind kind) => kind is StepKind.Terminated or StepKind.Truncated;
}
