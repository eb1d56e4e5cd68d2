using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Training.Composition;

/// <summary>Promises of every environment that one composed from settings cannot keep, and why.</summary>
internal static class Exemptions
{
    private const string Learns = "learns from all that has been played, in all environments together";

    /// <summary>What is exempt.</summary>
    /// <param name="settings">Of the environment; null for one of the catalogue as it is, which keeps every promise.</param>
    /// <returns>By name of the check, the reason as a clause.</returns>
    public static IReadOnlyDictionary<string, string> Of(EnvironmentSettings? settings)
    {
        var reasons = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (settings is null) return reasons;
        foreach (WrapperSettings wrapper in settings.Wrappers.Where(wrapper => wrapper.Name is "normalise-observation" or "normalise-reward"))
            foreach (string check in new[] { "afresh", "rows" }) reasons[check] = $"'{wrapper.Name}' {Learns}";
        if (settings.Mjcf is not null) reasons["facts"] = "a model file says nothing of what can be seen in it, so its goal is any sentence and is judged by the measures alone";
        return reasons;
    }
}
