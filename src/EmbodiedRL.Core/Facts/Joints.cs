using System.Collections.Immutable;

namespace EmbodiedRL.Core.Facts;

/// <summary>Words that join two clauses, and words of courtesy around a sentence.</summary>
internal static class Joints
{
    /// <summary>Between two clauses; what follows is affirmed or denied by its own words.</summary>
    public static PhrasePattern Plain { get; } = PhrasePattern.Parse("[and|and|with|while|but|and also|yet|as]");

    /// <summary>Between a clause and a phrase that is denied.</summary>
    public static PhrasePattern Denying { get; } =
        PhrasePattern.Parse("[not|and not|but not|rather than|instead of|and never|and no|but no|without]");

    /// <summary>Before a phrase that is affirmed after a denial: "not red but blue".</summary>
    public static PhrasePattern Correcting { get; } = PhrasePattern.Parse("[but|but rather|but instead]");

    /// <summary>Before a sentence.</summary>
    public static PhrasePattern Before { get; } =
        PhrasePattern.Parse("[please|now|ok|okay|could you|can you|would you|could you please|just|so|i want you to|i would like you to|"
            + "let us|well|look|hey|try to|make sure|make sure that|be sure to|go and|go|let us see|let us see you|i can see that|"
            + "whatever you do|will you|would you please|i need you to|i would love you to|have the robot]");

    /// <summary>After a sentence.</summary>
    public static PhrasePattern After { get; } =
        PhrasePattern.Parse("[please|now|again|for me|would you|will you|thanks|right now|could you|for me please|if you can|ok]");

    /// <summary>Every word of these.</summary>
    public static ImmutableArray<string> Words { get; } =
        [.. new[] { Plain, Denying, Correcting, Before, After }.SelectMany(pattern => pattern.Words).Distinct()];
}
