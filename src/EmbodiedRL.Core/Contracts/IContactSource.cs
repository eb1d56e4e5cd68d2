using System.Numerics;

namespace EmbodiedRL.Core.Contracts;

/// <summary>Environments that can say where bodies touch: for people who look, never for rewards, which read states.</summary>
public interface IContactSource
{
    /// <summary>Where things touch each other in an environment, as its last physics step found it.</summary>
    /// <param name="environment">Which of the N.</param>
    /// <param name="positions">m, in world axes; filled as far as there is room.</param>
    /// <returns>How many contacts there are.</returns>
    int ReadContacts(int environment, Span<Vector3> positions);
}
