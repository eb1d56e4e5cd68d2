namespace EmbodiedRL.Core.Contracts;

/// <summary>An environment that counts the episodes which it had to end because their simulated state went bad.</summary>
public interface IDivergenceSource
{
    /// <summary>
    /// Episodes that ended because a position, velocity or acceleration was no longer finite or too large; 0 where nothing can diverge.
    /// </summary>
    long Divergences { get; }
}
