using System.Globalization;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rewards.Verifiers.Parsing;

namespace EmbodiedRL.Rewards.Verifiers;

/// <summary>Options of <see cref="CrossViewVotingReward"/>.</summary>
public sealed record CrossViewVotingOptions : VerifierOptions;

/// <summary>Co-Reward: two phrasings of a question label each other by the majority of their answers; no reference is read.</summary>
/// <remarks>
/// <para>For the answers a of one phrasing and a' of the other: r = 1 if an answer is the majority of the other phrasing's, else 0; of
/// equal counts the answer that came first. Questions belong together by <see cref="Question.Pair"/>; one whose partner is not in the batch
/// has no score (NaN). Advantages are taken within each phrasing's own group.</para>
/// <para>Numbers are compared as numbers, options as options, other answers as words. What cannot be read never votes, and an empty vote
/// gives 0: silence is no agreement. Logged: <c>majority</c>, the mean share of the winning answer.</para>
/// </remarks>
/// <param name="name">The term's name.</param>
/// <param name="options">Checked.</param>
[Paper("2508.00410", "Co-Reward: Self-supervised Reinforcement Learning for Large Language Model Reasoning via Contrastive Agreement",
    Year = 2025, Method = "S35")]
public sealed class CrossViewVotingReward(string name, CrossViewVotingOptions options)
    : Verifier(name, options, (0, 1), null, ScoreScope.Batch)
{
    /// <summary>The answer that most gave, the first of equals; null where nobody answered.</summary>
    public static string? Majority(IReadOnlyList<string?> answers) => answers.Where(answer => answer is not null)
        .GroupBy(answer => answer).OrderByDescending(votes => votes.Count()).FirstOrDefault()?.Key;

    /// <summary>Whether each answer is the label that the other phrasing gives.</summary>
    public static double[] Rewards(IReadOnlyList<string?> answers, IReadOnlyList<string?> others)
    {
        string? label = Majority(others);
        return [.. answers.Select(answer => label is not null && answer == label ? 1.0 : 0)];
    }

    /// <inheritdoc/>
    protected override ValueTask ScoreAsync(IReadOnlyList<VerifierGroup> groups, double[] scores, ScoreContext context)
    {
        string?[][] answers = [.. groups.Select(group => group.Rows.Select(Canonical).ToArray())];
        Dictionary<string, int[]> pairs = groups.Select((group, i) => (group.Question.Pair, i)).Where(one => one.Pair.Length > 0)
            .GroupBy(one => one.Pair, one => one.i).ToDictionary(pair => pair.Key, pair => pair.ToArray());
        var shares = new List<double>();
        for (int i = 0; i < groups.Count; i++)
        {
            int[] views = pairs.GetValueOrDefault(groups[i].Question.Pair, []);
            if (views.Length > 2)
                throw new SpecMismatchException($"questions of the pair '{groups[i].Question.Pair}'", "two phrasings in a batch",
                    $"{views.Length}");
            double[] rewards = views.Length == 2 ? Rewards(answers[i], answers[views[0] == i ? views[1] : views[0]])
                : [.. answers[i].Select(_ => double.NaN)];
            for (int row = 0; row < rewards.Length; row++) scores[groups[i].Rows[row].Row] = rewards[row];
            if (Majority(answers[i]) is { } most) shares.Add((double)answers[i].Count(answer => answer == most) / answers[i].Length);
        }

        if (shares.Count > 0) context.Metrics.Write($"reward/{Spec.Name}/majority", shares.Average());
        return ValueTask.CompletedTask;
    }

    /// <summary>An answer in the one way that it is counted; null where it cannot be read.</summary>
    private static string? Canonical(VerifierRow row)
    {
        if (!row.Completion.Answer.IsFound) return null;
        string answer = row.Completion.Answer.Value;
        switch (row.Question.Form)
        {
            case AnswerForm.Number:
                return NumberText.Parse(answer, row.Completion.Work) is { IsFound: true } number
                    ? number.Value.Share.ToString("G9", CultureInfo.InvariantCulture) : null;
            case AnswerForm.Option:
                return OptionText.Parse(answer, row.Question.Options, row.Completion.Work) is { IsFound: true } option
                    ? WordText.Normalized(row.Question.Options[option.Value]) : null;
            default:
                return WordText.Normalized(answer, row.Completion.Work) is { Length: > 0 } words ? words : null;
        }
    }
}
