using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Rewards;
using EmbodiedRL.Rewards.Learned;
using EmbodiedRL.Rewards.Sources;

namespace EmbodiedRL.Training.Runs;

/// <summary>Sentences that a term of a reward really reads: its own, or the run's goal where it has none.</summary>
/// <param name="Term">Its name.</param>
/// <param name="Goals">Sentences for the goal.</param>
/// <param name="Baselines">Sentences for what is always seen.</param>
public sealed record TermPrompts(string Term, IReadOnlyList<string> Goals, IReadOnlyList<string> Baselines)
{
    /// <summary>Of every term that reads sentences, in the order of the terms.</summary>
    public static IReadOnlyList<TermPrompts> Of(RewardStack reward) =>
        [.. Readers(reward).Select(reader => new TermPrompts(reader.Term, reader.Reward.Goals, reader.Reward.Baselines))];

    /// <summary>The terms that read sentences; of a distilled one, the reward that it learned from.</summary>
    internal static IEnumerable<(string Term, IGoalReward Reward)> Readers(RewardStack reward) => reward.Terms
        .Select(term => (term.Name, Reader: SourceOf(term) as IGoalReward))
        .Where(term => term.Reader is not null).Select(term => (term.Name, term.Reader!));

    /// <summary>Whether a term asks a model about the goal, so that it is judged before a run.</summary>
    internal static bool AskModels(RewardStack reward) => reward.Terms.Any(term => SourceOf(term) is IGoalReward or GoalAnswerReward);

    /// <summary>Whether a run's goal is all that its terms read.</summary>
    /// <param name="prompts">Of the run's terms.</param>
    /// <param name="goal">Of the run.</param>
    public static bool AreGoalAlone(IReadOnlyList<TermPrompts> prompts, string goal) =>
        prompts.All(term => term.Goals is [var only] && only == goal);

    /// <summary>For people, e.g. <c>vlm reads "a pole" and "a cart"</c>.</summary>
    public override string ToString() => $"{Term} reads {string.Join(" and ", Goals.Select(goal => $"\"{goal}\""))}";

    private static IReward SourceOf(RewardTerm term) => term.Source is DistilledReward distilled ? distilled.Source : term.Source;
}
