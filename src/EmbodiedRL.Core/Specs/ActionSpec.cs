namespace EmbodiedRL.Core.Specs;

/// <summary>Action spec: bounded real numbers, or one of a few choices.</summary>
/// <remarks>Either way an action is a row of floats: [A] values, or one value that holds the number of the choice.</remarks>
public sealed class ActionSpec
{
    private ActionSpec(VectorSpec vector, int choices) => (Vector, Choices) = (vector, choices);

    /// <summary>The row's fields with their bounds.</summary>
    public VectorSpec Vector { get; }

    /// <summary>Number of choices; 0 for continuous actions.</summary>
    public int Choices { get; }

    /// <summary>Whether actions are choices.</summary>
    public bool IsDiscrete => Choices > 0;

    /// <summary>Floats in one row.</summary>
    public int Length => Vector.Length;

    /// <summary>Real numbers within the bounds of the fields.</summary>
    public static ActionSpec Continuous(params IEnumerable<FieldSpec> fields) => new(new VectorSpec(fields), 0);

    /// <summary>One of <paramref name="count"/> choices.</summary>
    public static ActionSpec Discrete(string name, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 2);
        return new ActionSpec(new VectorSpec(new FieldSpec(name, 1, 0, count - 1)), count);
    }
}
