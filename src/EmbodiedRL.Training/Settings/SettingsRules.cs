using System.Globalization;
using System.Reflection;
using EmbodiedRL.Core;
using EmbodiedRL.Rewards;
using EmbodiedRL.Simulation.Mjcf;
using EmbodiedRL.Simulation.Randomizing;
using EmbodiedRL.Training.Composition;

namespace EmbodiedRL.Training.Settings;

/// <summary>What the values of settings must obey, beyond having the right type.</summary>
internal static class SettingsRules
{
    /// <summary>Everything that can be found wrong without making anything.</summary>
    /// <param name="settings">Bound.</param>
    /// <param name="environments">Known names.</param>
    /// <param name="isRewardWhole">Whether the reward could be bound; else judging it would only repeat what is known.</param>
    public static IEnumerable<string> Violations(RunSettings settings, IReadOnlyCollection<string> environments, bool isRewardWhole)
    {
        foreach (string violation in SettingRanges.Violations(settings)) yield return violation;
        foreach (string violation in OfEnvironment(settings, environments)) yield return violation;
        if (!IsDevice(settings.Device)) yield return Expected("device", "auto, cpu or cuda:N", $"'{settings.Device}'");
        foreach (string violation in OfAlgorithm(settings.Agent.Parameters)) yield return violation;
        foreach (string violation in OfRollout(settings)) yield return violation;
        if (!isRewardWhole) yield break;
        foreach (string violation in OfReward(settings.Reward)) yield return violation;
    }

    private static IEnumerable<string> OfEnvironment(RunSettings settings, IReadOnlyCollection<string> environments)
    {
        EnvironmentSettings env = settings.Env;
        if (env.Mjcf is not { } mjcf)
        {
            if (!environments.Contains(env.Name)) yield return $"env:name: {new UnknownNameException("environment", env.Name, environments).Message}";
        }
        else
        {
            if (environments.Contains(env.Name)) yield return $"env:name: expected a name of its own, or none, for what env:mjcf describes, found '{env.Name}', which is another environment.";
            foreach (string violation in mjcf.Violations()) yield return $"env:mjcf:{violation}";
            if (mjcf.Reward.Length == 0 && Array.FindIndex(settings.Reward.Terms, term => term.Source == "task") is >= 0 and int term)
                yield return $"env:mjcf:reward: expected a formula, since reward:terms:{term} reads the task's own reward (to train on what the image-text model says instead: --reward vlm), found nothing.";
        }

        if (env.Randomize is { } randomize)
            foreach (string violation in RandomizationRules.Violations(randomize)) yield return $"env:randomize:{violation}";
        for (int i = 0; i < env.Wrappers.Length; i++)
            foreach (string violation in WrapperCatalog.Violations(env.Wrappers[i])) yield return $"env:wrappers:{i}:{violation}";
    }

    private static IEnumerable<string> OfReward(RewardStackSettings reward)
    {
        foreach (string violation in Caught(reward.Validate)) yield return violation;
        if (!RewardCatalog.Combinators.Contains(reward.Combine))
            yield return $"reward:combine: {new UnknownNameException("reward combinator", reward.Combine, RewardCatalog.Combinators).Message}";
        for (int i = 0; i < reward.Terms.Length; i++)
        {
            RewardTermSettings term = reward.Terms[i];
            if (term.Source.Length > 0 && !RewardCatalog.Sources.Contains(term.Source))
                yield return $"reward:terms:{i}:source: {new UnknownNameException("reward source", term.Source, RewardCatalog.Sources).Message}";
            if (term.Model.Length == 0) yield return $"reward:terms:{i}:model: expected the name of an image-text model, found nothing.";
            for (int k = 0; k < term.Transforms.Length; k++)
                foreach (string violation in Caught(() => RewardCatalog.CreateTransform(term.Transforms[k]))) yield return $"reward:terms:{i}:transforms:{k}: {violation}";
        }
    }

    /// <summary>An algorithm's settings check themselves, by a method that they share by name.</summary>
    private static List<string> OfAlgorithm(object parameters)
    {
        MethodInfo? validate = parameters.GetType().GetMethod("Validate", Type.EmptyTypes);
        return validate is null ? [] : Caught(validate.CreateDelegate<Action>(parameters));
    }

    /// <summary>A rollout that no machine holds is refused before as many environments are made; the least that a step takes is known here, the rest when they are.</summary>
    private static List<string> OfRollout(RunSettings settings)
    {
        const double leastBytes = 5 * sizeof(float);
        if (settings.Agent.Parameters.GetType().GetProperty("Horizon")?.GetValue(settings.Agent.Parameters) is not int horizon || OfAlgorithm(settings.Agent.Parameters).Count > 0) return [];
        double rows = (double)settings.Env.Count * horizon;
        return Caught(() => MemoryRoom.Require($"A rollout of {settings.Env.Count} environments times {horizon} steps", rows, leastBytes * rows, "Lower agent:horizon or env:count."));
    }

    private static List<string> Caught(Action check)
    {
        try
        {
            check();
            return [];
        }
        catch (SettingsException error)
        {
            return [.. error.Violations];
        }
        catch (EmbodiedException error)
        {
            return [error.Message];
        }
    }

    private static bool IsDevice(string name) => name is "auto" or "cpu"
        || (name.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(name.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out _));

    private static string Expected(string key, string expected, object found) => FormattableString.Invariant($"{key}: expected {expected}, found {found}.");
}
