namespace EmbodiedRL.Core.Contracts;

/// <summary>Warm start: can start from what another of its kind has learned.</summary>
public interface IWarmStart
{
    /// <summary>
    /// Takes over what was learned (weights, normalizers) and nothing else: optimizer, schedules,
    /// draws and episodes are as in the beginning.
    /// </summary>
    /// <param name="from">What <see cref="ISnapshot.Save"/> of the other one wrote.</param>
    /// <exception cref="SpecMismatchException">The other one is of another shape.</exception>
    void Adopt(Snapshot from);
}
