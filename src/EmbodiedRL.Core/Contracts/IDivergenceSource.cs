namespace EmbodiedRL.Core.Contracts;

/// <summary>Divergence source: counts the episodes that were ended because the simulated state became non-finite or too large.</summary>
public interface IDivergenceSource
{
    /// <summary>
    /// Episodes that ended because a position, velocity or acceleration was no longer finite or too large; 0 where nothing can diverge.
    /// </summary>
    long Divergences { get; }
}
