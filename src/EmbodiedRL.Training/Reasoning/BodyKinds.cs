using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Facts;

namespace EmbodiedRL.Training.Reasoning;

/// <summary>Question about a body, and the state that its image shows.</summary>
/// <param name="Question">Without its image; its worked answer is the thought alone.</param>
/// <param name="Row">Of the states.</param>
internal sealed record BodyDraft(Question Question, int Row);

/// <summary>Kinds of questions about bodies of environments: their state, and whether a goal is reached.</summary>
internal static class BodyKinds
{
    private static readonly string[] YesNo = [GoalQuestion.Yes, GoalQuestion.No];

    /// <summary>Names.</summary>
    public static string[] Names { get; } = ["state", "goal"];

    /// <summary>Drafts a question; the answer is chosen before the state, so that answers to every prompt are balanced.</summary>
    /// <exception cref="SettingsException">Nothing can be asked about these bodies.</exception>
    public static BodyDraft Draft(string kind, BodyStates states, ref Rng rng)
    {
        if (kind == "state" ? states.Choices.Count == 0 : states.Goals.Count == 0)
            throw new SettingsException("scene questions",
                [$"{states.Info.Name} has no {(kind == "state" ? "facts" : "goals")} to ask about; leave it out."]);
        return kind == "state" ? State(states, ref rng) : Goal(states, ref rng);
    }

    /// <summary>All texts that can be said of an environment, for a vocabulary.</summary>
    public static IEnumerable<string> Texts(EnvironmentInfo info) => info.Facts.Where(fact => fact.IsVisible)
        .SelectMany(fact => new[] { Prompt(fact, fact), GoalQuestion.Of(fact), GoalQuestion.State(fact) });

    private static BodyDraft State(BodyStates states, ref Rng rng)
    {
        FactChoice choice = states.Choices[rng.Below(states.Choices.Count)];
        bool isFirst = rng.Below(2) == 0, swaps = rng.Below(2) == 0;
        int[] rows = isFirst ? choice.FirstRows : choice.SecondRows;
        int row = rows[rng.Below(rows.Length)];
        (Fact right, Fact wrong) = isFirst ? (choice.First, choice.Second) : (choice.Second, choice.First);
        (Fact first, Fact second) = swaps ? (choice.Second, choice.First) : (choice.First, choice.Second);
        float apart = right.Truth(states.State(row)) - wrong.Truth(states.State(row));
        return new BodyDraft(new Question(Prompt(first, second), GoalQuestion.Say(right), AnswerForm.Option)
        {
            Kind = "state",
            Options = [GoalQuestion.Say(first), GoalQuestion.Say(second)],
            Difficulty = Math.Clamp(1.4 - apart, 0, 1),
            WorkedAnswer = GoalQuestion.State(right),
        }, row);
    }

    private static BodyDraft Goal(BodyStates states, ref Rng rng)
    {
        GoalChoice goal = states.Goals[rng.Below(states.Goals.Count)];
        bool isReached = rng.Below(2) == 0;
        int[] rows = isReached ? goal.Reached : goal.Missed;
        int row = rows[rng.Below(rows.Length)];
        float truth = Math.Clamp(goal.Fact.Truth(states.State(row)), 0, 1);
        return new BodyDraft(new Question(GoalQuestion.Of(goal.Fact), isReached ? GoalQuestion.Yes : GoalQuestion.No, AnswerForm.Option)
        {
            Kind = "goal",
            Options = YesNo,
            Difficulty = isReached ? 1 - truth : truth,
            WorkedAnswer = GoalQuestion.State(isReached ? goal.Fact : states.Truest(goal.Fact.Subject, row, goal.Fact)),
        }, row);
    }

    private static string Prompt(Fact first, Fact second) =>
        $"Is the {first.Subject} {GoalQuestion.Say(first)} or {GoalQuestion.Say(second)}?";
}
