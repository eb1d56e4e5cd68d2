namespace EmbodiedRL.Core.Registry;

/// <summary>Renamed words: keys and names that older settings use, and what they are called now.</summary>
public static class RenamedWords
{
    private static readonly Dictionary<string, string> Now = new(StringComparer.OrdinalIgnoreCase)
    {
        ["normaliseObservations"] = "normalizeObservations",
        ["normaliseAdvantages"] = "normalizeAdvantages",
        ["randomise"] = "randomize",
        ["standardise"] = "standardize",
        ["centre"] = "center",
        ["centred"] = "centered",
        ["colour"] = "color",
        ["colour-reacher"] = "color-reacher",
        ["normalise-observation"] = "normalize-observation",
        ["normalise-reward"] = "normalize-reward",
    };

    private static readonly Dictionary<string, string> Moved = new(StringComparer.OrdinalIgnoreCase)
    {
        ["args"] = "Options stand beside the name now, as in { \"name\": \"clip\", \"minimum\": -1 }.",
    };

    /// <summary>The new word of an old one; null if the word is not an old one.</summary>
    public static string? NowOf(string word) => Now.GetValueOrDefault(word);

    /// <summary>What became of an old key that has no new one; null if it is none.</summary>
    public static string? AdviceOn(string key) => Moved.GetValueOrDefault(key);
}
