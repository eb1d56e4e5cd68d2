using EmbodiedRL.Core;

namespace EmbodiedRL.Rewards;

/// <summary>A whole reward as the settings file says it. It is saved with a run, and so is how a run's reward is reproduced.</summary>
public sealed record RewardStackSettings
{
    /// <summary>How terms are joined; <c>sum</c> adds weight times score.</summary>
    [Length(1, LengthAttribute.Name)]
    public string Combine { get; init; } = "sum";

    /// <summary>At least one.</summary>
    [Length(0, 64)]
    public RewardTermSettings[] Terms { get; init; } = [];

    /// <summary>Checks everything that can be checked without making anything.</summary>
    /// <exception cref="SettingsException">Lists every violation with key, expected and found.</exception>
    public void Validate()
    {
        var violations = new List<string>();
        violations.AddRange(SettingRanges.Violations(this, "reward"));
        if (Terms.Length == 0) violations.Add("reward:terms: expected at least one term, found none.");
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < Terms.Length; i++)
        {
            RewardTermSettings term = Terms[i];
            string key = $"reward:terms:{i}";
            if (!IsName(term.Name)) violations.Add($"{key}:name: expected letters, digits, '-' and '_', found '{term.Name}'.");
            else if (!names.Add(term.Name)) violations.Add($"{key}:name: expected a name of its own, found a second '{term.Name}'.");
            if (term.Source.Length == 0) violations.Add($"{key}:source: expected one of {string.Join(", ", RewardCatalog.Sources)}, found nothing.");
            if (term.Source == RewardCatalog.Program && term.File.Length == 0)
                violations.Add($"{key}:file: expected the file that holds the formula, found nothing.");
        }

        if (violations.Count > 0) throw new SettingsException("settings", violations);
    }

    private static bool IsName(string name) => name.Length > 0 && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_');
}
