using EmbodiedRL.Core;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Simulation.Checking;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Training.Composition;

/// <summary>A promise of every environment that one composed from settings cannot keep.</summary>
/// <param name="Check">Name of the check.</param>
/// <param name="Expected">The one expectation that is exempt; empty for all of the check.</param>
/// <param name="Reason">Why, as a clause.</param>
internal sealed record Exemption(string Check, string Expected, string Reason)
{
    /// <summary>Whether it is broken by learning alone: where normalizers are frozen, the promise must hold.</summary>
    public bool IsOfLearning { get; private init; }

    /// <summary>What is exempt; an environment of the catalog as it is keeps every promise.</summary>
    /// <param name="settings">What composes the environment.</param>
    /// <param name="info">What it says of itself.</param>
    public static IEnumerable<Exemption> Of(EnvironmentSettings settings, EnvironmentInfo info)
    {
        string[] learners = [.. settings.Wrappers.Select(wrapper => wrapper.Name)
            .Where(name => name is "normalize-observation" or "normalize-reward")
            .Distinct()
            .Select(name => $"'{name}'")];
        if (learners.Length > 0)
        {
            string reason = $"{string.Join(" and ", learners)} {(learners.Length == 1 ? "learns" : "learn")} from all that is played in "
                + "all environments; as evaluations have it, frozen, the promise holds";
            yield return new Exemption("afresh", "", reason) { IsOfLearning = true };
            yield return new Exemption("rows", "", reason) { IsOfLearning = true };
        }

        if (settings.Mjcf is null) yield break;
        if (info.Facts.IsEmpty)
            yield return new Exemption("facts", EnvironmentCheck.KnownGoal,
                "a model file knows no facts, so its goal may be any sentence and is judged by the measures alone");
        if (info.Scene?.Cameras.Length == 1 && info.Camera == "free")
            yield return new Exemption("description", EnvironmentCheck.TwoSides,
                "the model has no camera of its own and is seen through a free one");
    }

    /// <summary>Whether it covers all that a check has found.</summary>
    public bool Covers(CheckOutcome outcome) =>
        outcome.Name == Check && outcome.Findings.All(finding => Expected.Length == 0 || finding.Expected == Expected);
}
