using EmbodiedRL.Core;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Simulation.Mjcf;
using EmbodiedRL.Simulation.Randomizing;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Reasoning;

namespace EmbodiedRL.Training.Settings;

/// <summary>What the values of settings must obey, beyond having the right type.</summary>
internal static class SettingsRules
{
    /// <summary>Everything that can be found wrong without making anything.</summary>
    /// <param name="settings">Bound.</param>
    /// <param name="services">Known parts.</param>
    /// <param name="isRewardWhole">Whether the reward could be bound; else judging it would only repeat what is known.</param>
    public static IEnumerable<string> Violations(RunSettings settings, RunServices services, bool isRewardWhole)
    {
        foreach (string violation in SettingRanges.Violations(settings)) yield return violation;
        foreach (string violation in OfEnvironment(settings, services)) yield return violation;
        if (DeviceName.Violation("device", settings.Device) is { } device) yield return device;
        if (settings.Agent.Device is { Length: > 0 } own && DeviceName.Violation("agent:device", own) is { } agent) yield return agent;
        if (Wrong(services.Of(PartKinds.Algorithm), settings.Agent.Algorithm) is { } algorithm)
            yield return $"agent:algorithm: {algorithm}";
        foreach (string violation in OfRollout(settings)) yield return violation;
        foreach (string violation in OfReasoning(settings.Reasoning, services)) yield return violation;
        if (!isRewardWhole) yield break;
        foreach (string violation in services.Rewards.Violations(settings.Reward)) yield return violation;
        foreach (string violation in AgentDiscount.Violations(settings, services)) yield return violation;
    }

    private static IEnumerable<string> OfReasoning(ReasoningSettings? reasoning, RunServices services)
    {
        if (reasoning is null) yield break;
        if (Wrong(services.Of(PartKinds.CompletionAlgorithm), reasoning.Algorithm) is { } algorithm)
            yield return $"reasoning:algorithm: {algorithm}";
        if (PrecisionName.Violation("reasoning:precision", reasoning.Precision) is { } precision) yield return precision;
        for (int i = 0; i < reasoning.Questions.Kinds.Length; i++)
        {
            string kind = reasoning.Questions.Kinds[i];
            if (!SceneQuestions.AllKinds.Contains(kind))
                yield return $"reasoning:questions:kinds:{i}: "
                    + new UnknownNameException("kind of question", kind, SceneQuestions.AllKinds).Message;
        }

        for (int i = 0; i < reasoning.Questions.Environments.Length; i++)
            if (Wrong(services.Environments, reasoning.Questions.Environments[i]) is { } unknown)
                yield return $"reasoning:questions:environments:{i}: {unknown}";
    }

    private static IEnumerable<string> OfEnvironment(RunSettings settings, RunServices services)
    {
        EnvironmentSettings env = settings.Env;
        if (env.Mjcf is not { } mjcf)
        {
            if (Wrong(services.Environments, env.Name) is { } unknown) yield return $"env:name: {unknown}";
        }
        else
        {
            if (services.Environments.Contains(env.Name))
                yield return $"env:name: expected a name of its own, or none, for what env:mjcf describes, found '{env.Name}', which is "
                    + "another environment.";
            foreach (string violation in mjcf.Violations()) yield return $"env:mjcf:{violation}";
            if (mjcf.Reward.Length == 0
                && Array.FindIndex(settings.Reward.Terms, term => services.Rewards.ReadsTask(term.Source)) is >= 0 and int term)
                yield return $"env:mjcf:reward: expected a formula, since reward:terms:{term} reads the task's own reward (to train on "
                    + "what the image-text model says instead: --reward vlm), found nothing.";
        }

        if (env.Randomize is { } randomize)
            foreach (string violation in RandomizationRules.Violations(randomize)) yield return $"env:randomize:{violation}";
        for (int i = 0; i < env.Wrappers.Length; i++)
            if (Wrong(services.Wrappers, env.Wrappers[i].Name) is { } wrapper) yield return $"env:wrappers:{i}:name: {wrapper}";
    }

    /// <summary>
    /// A rollout that no machine holds is refused before as many environments are made; the least that a step
    /// takes is known here, the rest when they are.
    /// </summary>
    private static List<string> OfRollout(RunSettings settings)
    {
        const double leastBytes = 5 * sizeof(float);
        if (settings.Agent.Options is not IRolloutOptions { RolloutSteps: int horizon } || settings.Agent.Options.Violations().Any())
            return [];
        double rows = (double)settings.Env.Count * horizon;
        return Caught(() => MemoryRoom.Require($"A rollout of {settings.Env.Count} environments times {horizon} steps",
            rows,
            leastBytes * rows,
            "Lower agent:horizon or env:count."));
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

    private static string? Wrong(IRegistry registry, string name) =>
        registry.Contains(name) ? null : new UnknownNameException(registry.Kind, name, registry.Names).Message;
}
