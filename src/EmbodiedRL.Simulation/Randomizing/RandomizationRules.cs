using EmbodiedRL.Core;

namespace EmbodiedRL.Simulation.Randomizing;

/// <summary>Rules for the values of <see cref="RandomizationSettings"/>.</summary>
public static class RandomizationRules
{
    /// <summary>Names of what can be drawn.</summary>
    public static IReadOnlyCollection<string> Names => RandomParameter.Names;

    /// <summary>Everything that can be found wrong without a model, as <c>key: expected, found</c>.</summary>
    public static IEnumerable<string> Violations(RandomizationSettings settings)
    {
        foreach (string violation in SettingRanges.Violations(settings)) yield return violation;
        if (settings.Parameters.Length == 0) yield return "parameters: expected at least one parameter that is drawn, found none.";
        for (int i = 0; i < settings.Parameters.Length; i++)
            foreach (string violation in Of(settings.Parameters[i], settings.HeldOut)) yield return $"parameters:{i}:{violation}";
    }

    private static IEnumerable<string> Of(RandomParameterSettings drawn, double heldOut)
    {
        if (!Names.Contains(drawn.Name))
        {
            yield return $"name: {new UnknownNameException("random parameter", drawn.Name, Names).Message}";
            yield break;
        }

        string? wrong = drawn.Distribution switch
        {
            DistributionKind.Uniform or DistributionKind.LogUniform when drawn is { Minimum: 0, Maximum: 0 } =>
                "minimum: expected a minimum and a maximum to draw between, found neither.",
            DistributionKind.Normal when drawn is { Mean: 0, Deviation: 0 } =>
                "mean: expected a mean and a deviation to draw from, found neither.",
            DistributionKind.Uniform when !(drawn.Minimum <= drawn.Maximum) =>
                Expected("maximum", $"at least the minimum, {drawn.Minimum}", drawn.Maximum),
            DistributionKind.LogUniform when !(drawn.Minimum > 0) => Expected("minimum", "more than 0 for logUniform", drawn.Minimum),
            DistributionKind.LogUniform when !(drawn.Minimum <= drawn.Maximum) =>
                Expected("maximum", $"at least the minimum, {drawn.Minimum}", drawn.Maximum),
            DistributionKind.Choice when drawn.Values.Length == 0 && drawn.Name != RandomParameter.Texture =>
                "values: expected at least one value, found none.",
            DistributionKind.Choice when drawn.Values.Length == 1 && heldOut > 0 =>
                "values: expected at least two values, since some are held out, found one.",
            _ => null,
        };
        if (wrong is not null)
        {
            yield return wrong;
            yield break;
        }

        RandomParameter parameter = RandomParameter.Find(drawn.Name);
        if (parameter.For == DrawnFor.Whole && drawn.Of.Length > 0)
            yield return $"of: expected nothing, since there is only one {drawn.Name}, found '{drawn.Of[0]}'.";
        if (drawn.Name == RandomParameter.Texture && drawn.Distribution != DistributionKind.Choice)
            yield return Expected("distribution", "choice, for textures", drawn.Distribution);
        if (drawn.Name == RandomParameter.Texture && drawn.Change != DrawChange.Set)
            yield return Expected("change", "set, for textures", drawn.Change);
        if (drawn.Name == RandomParameter.CameraRotation && drawn.Change != DrawChange.Add)
            yield return Expected("change", "add, for turns", drawn.Change);
        if (double.IsNaN(parameter.Floor) || drawn.Change == DrawChange.Add
            || (drawn.Distribution == DistributionKind.Choice && drawn.Values.Length == 0)) yield break;
        double least = new Distribution(drawn, drawn.Values).Least;
        bool fits = drawn.Name == RandomParameter.Mass || drawn.Name == RandomParameter.FieldOfView
            ? least > parameter.Floor
            : least >= parameter.Floor;
        if (!fits)
            yield return Expected(drawn.Name,
                "draws that leave it physical (a mass above 0, friction and damping at least 0)",
                $"a least draw of {FormattableString.Invariant($"{least}")}");
    }

    private static string Expected(string key, string expected, object found) =>
        FormattableString.Invariant($"{key}: expected {expected}, found {found}.");
}
