using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Core.Wrapping;

namespace EmbodiedRL.Simulation.Wrappers;

/// <summary>Options of <see cref="SuccessRule"/>.</summary>
public sealed record SuccessRuleOptions : Options
{
    /// <summary>How many of an episode's last steps count.</summary>
    [Range(1, 10_000_000)]
    public int Window { get; init; } = 200;

    /// <summary>The share of them in which a measure's condition must hold.</summary>
    [Range(0, 1, IsAboveLeast = true)]
    public double Share { get; init; } = 0.9;
}

/// <summary>Judges episodes by another rule: success measures keep their conditions and ask for another share of other steps.</summary>
[NoPaper("a count")]
public sealed class SuccessRule : EnvironmentWrapper
{
    /// <summary>Wraps an environment.</summary>
    /// <param name="inner">Owned from here on.</param>
    /// <param name="window">How many of an episode's last steps count; at least 1, and of a shorter episode all.</param>
    /// <param name="share">The share of them in which a condition must hold, in (0, 1].</param>
    public SuccessRule(IVectorEnvironment inner, int window, double share) : base(inner, Describe(inner.Info, window, share))
    {
    }

    private static EnvironmentInfo Describe(EnvironmentInfo inner, int window, double share)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(window);
        if (!(share is > 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(share), share, "A share is in (0, 1].");
        return inner with { Measures = [.. inner.Measures.Select(measure => measure with { Window = window, Share = share })] };
    }
}
