namespace EmbodiedRL.Core.Facts;

/// <summary>Wording of the question whether a goal is reached: training questions and rewards that ask a model use the same.</summary>
public static class GoalQuestion
{
    /// <summary>The answers.</summary>
    public const string Yes = "yes", No = "no";

    /// <summary>Asks for a fact, e.g. <c>Goal: the pole standing upright. Is it reached?</c></summary>
    public static string Of(Fact fact) => Of(State(fact));

    /// <summary>Asks for a state in words.</summary>
    /// <param name="state">Without a period.</param>
    public static string Of(string state) => $"Goal: {state}. Is it reached?";

    /// <summary>A fact with its subject, e.g. <c>the pole standing upright</c>.</summary>
    public static string State(Fact fact) => $"the {fact.Subject} {Say(fact)}";

    /// <summary>The plainest way to say a fact, e.g. <c>standing upright</c>.</summary>
    public static string Say(Fact fact) => PhrasePattern.Parse(fact.Phrases[0]).Plainest;
}
