namespace EmbodiedRL.Core.Facts;

/// <summary>Success measure: a condition must hold for a share of an episode's last steps.</summary>
/// <param name="Name">Its key in <c>summary.json</c>.</param>
/// <param name="Meaning">One clause for people, with units.</param>
/// <param name="Holds">1 where the condition holds in a state, else 0.</param>
/// <param name="Window">How many of the last steps count.</param>
/// <param name="Share">The share of them in which it must hold.</param>
public sealed record SuccessMeasure(string Name, string Meaning, StateFunction Holds, int Window = 200, double Share = 0.9);
