using System.Collections.Immutable;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Facts;

namespace EmbodiedRL.Rewards.Sources;

/// <summary>A question and which of its answers is asked for.</summary>
/// <param name="Text">As training questions of the kind <c>goal</c> word it.</param>
/// <param name="IsDenied">Whether the goal is that the answer be no.</param>
/// <param name="Thoughts">What else may be so of the same subject, as training's reasoning words it; empty if nobody knows.</param>
public sealed record AskedClaim(string Text, bool IsDenied, IReadOnlyList<string> Thoughts);

/// <summary>A goal's sentence as questions that a model answers with yes or no.</summary>
/// <param name="Claims">At least one; the goal is reached if all hold.</param>
public sealed record AskedGoal(ImmutableArray<AskedClaim> Claims)
{
    private const double Most = 50; // log-odds beyond which a probability is 0 or 1 to a double

    /// <summary>The questions of a sentence.</summary>
    /// <param name="sentence">One that the environment's grammar takes apart asks for its facts in the words of training questions, and so
    /// do its other wordings; any other one is asked as it stands.</param>
    /// <param name="info">Whose grammar; null if there is no environment.</param>
    /// <exception cref="SettingsException">It holds in no state, or says only what is always seen.</exception>
    public static AskedGoal Of(string sentence, EnvironmentInfo? info)
    {
        Caption? caption = info is null ? null : new CaptionGrammar(info).Parse(sentence);
        if (caption is { Claims.IsEmpty: true })
            throw new SettingsException("goal", [caption.IsFalsehood
                ? $"'{sentence}' holds in no state of '{info!.Name}'."
                : $"'{sentence}' says only what every state of '{info!.Name}' shows."]);
        return caption is null
            ? new AskedGoal([new AskedClaim(GoalQuestion.Of(sentence.Trim().TrimEnd('.')), false, [])])
            : new AskedGoal([.. caption.Claims.Select(claim =>
                new AskedClaim(GoalQuestion.Of(claim.Fact), claim.Denied, Thoughts(claim.Fact, info!)))]);
    }

    /// <summary>Log-odds that all claims hold, taking them to be independent.</summary>
    /// <param name="answers">Log-odds of yes, of each claim.</param>
    public double LogOdds(ReadOnlySpan<float> answers)
    {
        SpecMismatchException.ThrowIfLength("answers to the questions of a goal", answers.Length, Claims.Length);
        if (Claims.Length == 1) return Math.Clamp(Sign(0) * answers[0], -Most, Most);
        double log = 0;
        for (int i = 0; i < answers.Length; i++) log += ScoreMath.LogSigmoid(Sign(i) * (double)answers[i]);
        return Math.Clamp(log - Math.Log(Math.Max(1 - Math.Exp(log), double.Epsilon)), -Most, Most);
    }

    /// <summary>For people and for comparisons, e.g. <c>Goal: the pole hanging down. Is it reached? no</c>.</summary>
    public override string ToString() =>
        string.Join(" ", Claims.Select(claim => $"{claim.Text} {(claim.IsDenied ? GoalQuestion.No : GoalQuestion.Yes)}"));

    private int Sign(int claim) => Claims[claim].IsDenied ? -1 : 1;

    private static string[] Thoughts(Fact fact, EnvironmentInfo info) =>
        [.. info.Facts.Where(other => other.Subject == fact.Subject && other.IsVisible).Select(GoalQuestion.State).Distinct()];
}
