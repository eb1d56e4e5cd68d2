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
        EnvironmentSettings env = settings.Env;
        foreach (string violation in OfEnvironment(settings, environments)) yield return violation;
        if (env.Count is < 1 or > 65_536) yield return Expected("env:count", "1 to 65536", env.Count);
        if (env.Workers is < 0 or > 1024) yield return Expected("env:workers", "0 (all cores) to 1024", env.Workers);
        if (env.Render.Size is not 0 and (< 16 or > 1024)) yield return Expected("env:render:size", "0 (what the model reads) or 16 to 1024", env.Render.Size);
        if (settings.Agent.Steps < 1) yield return Expected("agent:steps", "at least 1", settings.Agent.Steps);
        if (settings.Evaluate.Every < 0) yield return Expected("evaluate:every", "0 (never in between) or more", settings.Evaluate.Every);
        if (settings.Evaluate.Episodes is < 1 or > 10_000) yield return Expected("evaluate:episodes", "1 to 10000", settings.Evaluate.Episodes);
        if (settings.Evaluate.Scored is < 0 or > 10_000) yield return Expected("evaluate:scored", "0 (none) to 10000", settings.Evaluate.Scored);
        if (settings.Checkpoint.Every < 0) yield return Expected("checkpoint:every", "0 (at the end only) or more", settings.Checkpoint.Every);
        if (settings.Checkpoint.Keep < 1) yield return Expected("checkpoint:keep", "at least 1", settings.Checkpoint.Keep);
        if (settings.Record.Every < 0) yield return Expected("record:every", "0 (nothing) or more", settings.Record.Every);
        if (settings.Record.Episodes is < 1 or > 10_000) yield return Expected("record:episodes", "1 to 10000", settings.Record.Episodes);
        if (settings.Record.Frames is not 0 and (< 16 or > 1024)) yield return Expected("record:frames", "0 (none) or 16 to 1024", settings.Record.Frames);
        if (settings.Threads is < 0 or > 1024) yield return Expected("threads", "0 (all cores) to 1024", settings.Threads);
        if (!IsDevice(settings.Device)) yield return Expected("device", "auto, cpu or cuda:N", $"'{settings.Device}'");
        foreach (string violation in OfAlgorithm(settings.Agent.Parameters)) yield return violation;
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
