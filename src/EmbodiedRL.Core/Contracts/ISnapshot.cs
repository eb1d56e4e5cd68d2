namespace EmbodiedRL.Core.Contracts;

/// <summary>Snapshot contract: the whole state can be saved and restored, bit for bit.</summary>
public interface ISnapshot
{
    /// <summary>Writes everything that a later step depends on.</summary>
    void Save(Snapshot into);

    /// <summary>Brings back what <see cref="Save"/> wrote.</summary>
    /// <exception cref="SpecMismatchException">An entry is missing or has another length.</exception>
    void Load(Snapshot from);
}
