using System.Numerics;

namespace EmbodiedRL.Core.Contracts;

/// <summary>Contact source: environments that report contacts between bodies, for display, never for rewards, which read states.</summary>
public interface IContactSource
{
    /// <summary>Contacts of an environment, as its last physics step computed them.</summary>
    /// <param name="environment">Which of the N.</param>
    /// <param name="positions">m, in world axes; filled as far as there is room.</param>
    /// <returns>How many contacts there are.</returns>
    int ReadContacts(int environment, Span<Vector3> positions);
}
