namespace EmbodiedRL.Rewards.Transforms;

/// <summary>The rule between the two options that say what scores are compared with.</summary>
internal static class ReferenceScores
{
    /// <summary>What is wrong; null if nothing is.</summary>
    /// <param name="isGiven">Whether references are those of the options.</param>
    /// <param name="references">The options'.</param>
    public static string? Violation(bool isGiven, float[] references) => (isGiven, references.Length) switch
    {
        (true, 0) => "references: expected at least one score where against is given, found none.",
        (false, > 0) => $"references: expected none unless against is given, found {references.Length}.",
        _ => null,
    };
}
