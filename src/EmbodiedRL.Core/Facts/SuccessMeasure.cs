namespace EmbodiedRL.Core.Facts;

/// <summary>Success measure: a condition must hold for a share of an episode's last steps.</summary>
/// <param name="Name">Its key in <c>summary.json</c>.</param>
/// <param name="Meaning">One clause for people, with units.</param>
/// <param name="Holds">1 where the condition holds in a state, else 0.</param>
/// <param name="Window">How many of the last steps count.</param>
/// <param name="Share">The share of them in which it must hold.</param>
public sealed record SuccessMeasure(string Name, string Meaning, StateFunction Holds, int Window = 200, double Share = 0.9)
{
    /// <summary>A measure whose condition has a tolerance, so that success is counted at half and at double of it too.</summary>
    /// <param name="name">As in the record.</param>
    /// <param name="meaning">As in the record.</param>
    /// <param name="tolerance">Gives the condition.</param>
    /// <param name="window">As in the record.</param>
    /// <param name="share">As in the record.</param>
    public SuccessMeasure(string name, string meaning, MeasureTolerance tolerance, int window = 200, double share = 0.9)
        : this(name, meaning, state => tolerance.Holds(state, 1) ? 1 : 0, window, share) => Tolerance = tolerance;

    /// <summary>What the condition's number is and how it reads with another; null for a condition that has none.</summary>
    public MeasureTolerance? Tolerance { get; }
}
