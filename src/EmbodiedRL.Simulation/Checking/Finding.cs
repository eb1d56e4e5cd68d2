using System.Collections.Immutable;

namespace EmbodiedRL.Simulation.Checking;

/// <summary>Something an environment does not do as it should.</summary>
/// <param name="Expected">What every environment does.</param>
/// <param name="Found">What this one does, and where.</param>
/// <param name="Advice">What to do about it.</param>
public sealed record Finding(string Expected, string Found, string Advice)
{
    /// <inheritdoc/>
    public override string ToString() => $"expected {Expected}, found {Found}. {Advice}";
}

/// <summary>What one check came to.</summary>
/// <param name="Name">As in <see cref="EnvironmentCheck.All"/>.</param>
/// <param name="Promise">What holds if nothing was found.</param>
/// <param name="Findings">Empty if the promise holds.</param>
public sealed record CheckOutcome(string Name, string Promise, ImmutableArray<Finding> Findings)
{
    /// <summary>Why this environment was not tried, as a clause; null if it was.</summary>
    [System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)]
    public string? Skipped { get; init; }

    /// <summary>Whether nothing was found.</summary>
    public bool Holds => Findings.IsEmpty;
}
