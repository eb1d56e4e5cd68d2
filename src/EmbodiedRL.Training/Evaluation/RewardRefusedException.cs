using EmbodiedRL.Core;

namespace EmbodiedRL.Training.Evaluation;

/// <summary>Refused reward: the check made before training says that it does not follow its goal. Nothing was begun.</summary>
public sealed class RewardRefusedException : EmbodiedException
{
    /// <summary>Says why, what the model knows, and how to train all the same.</summary>
    /// <param name="goal">The sentence.</param>
    /// <param name="environment">Its name.</param>
    /// <param name="assessment">Holds a verdict.</param>
    public RewardRefusedException(string goal, string environment, GoalAssessment assessment)
        : base(Text(goal, environment, assessment))
    {
    }

    private static string Text(string goal, string environment, GoalAssessment assessment)
    {
        string known = assessment.KnownPhrases.Count > 0 ? $"\n  Sentences it knows: {string.Join("; ", assessment.KnownPhrases)}." : "";
        return $"The reward for \"{goal}\" in '{environment}' is not to be trusted:\n  {string.Join("\n  ", assessment.Warnings)}{known}\n"
            + "Say another goal, reward or camera, or train all the same with --untrusted (goal:untrusted in settings).";
    }
}
