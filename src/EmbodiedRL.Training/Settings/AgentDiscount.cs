using EmbodiedRL.Core.Registry;
using EmbodiedRL.Rewards.Shaping;
using EmbodiedRL.Training.Composition;

namespace EmbodiedRL.Training.Settings;

/// <summary>Discount of the agent, which shaping by potentials has to share.</summary>
internal static class AgentDiscount
{
    /// <summary>The agent's discount per step; null where its algorithm is not known or has none.</summary>
    /// <param name="settings">Whether or not defaults are filled in.</param>
    /// <param name="services">Known algorithms.</param>
    public static float? Of(RunSettings settings, RunServices services)
    {
        Options? options = settings.Agent.Options;
        if (options is null && services.Algorithms.Contains(settings.Agent.Algorithm))
            options = services.Algorithms.Find(settings.Agent.Algorithm).Defaults();
        return (options as IDiscountOptions)?.Gamma;
    }

    /// <summary>Shaping by a potential keeps optimal policies only under the discount of the algorithm that learns.</summary>
    public static IEnumerable<string> Violations(RunSettings settings, RunServices services)
    {
        float? gamma = Of(settings, services);
        for (int i = 0; i < settings.Reward.Terms.Length; i++)
            for (int k = 0; k < settings.Reward.Terms[i].Transforms.Length; k++)
                if (settings.Reward.Terms[i].Transforms[k] is { Name: "potential-shaping", Options: var options }
                    && ((options as PotentialShapingOptions) ?? new()).DiscountViolation(gamma) is { } violation)
                    yield return $"reward:terms:{i}:transforms:{k}:{violation}";
    }
}
