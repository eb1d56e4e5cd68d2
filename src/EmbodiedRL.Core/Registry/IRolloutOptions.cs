namespace EmbodiedRL.Core.Registry;

/// <summary>
/// Options of an algorithm that say how long a rollout is, so that one that no machine holds is refused before anything is made.
/// </summary>
public interface IRolloutOptions
{
    /// <summary>T: steps of each environment between two updates.</summary>
    int RolloutSteps { get; }
}
