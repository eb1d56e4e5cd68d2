namespace EmbodiedRL.Core.Contracts;

/// <summary>What a run lends to its environments.</summary>
/// <param name="Count">How many are stepped together, N.</param>
/// <param name="Workers">Threads that step them; 0 takes all cores. Never changes a result.</param>
public sealed record EnvironmentContext(int Count, int Workers = 0);
