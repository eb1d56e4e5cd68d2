using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rewards.Transforms;

namespace EmbodiedRL.Rewards.Combinators;

/// <summary>Options of <see cref="RouteProgress"/>.</summary>
public sealed record RouteProgressOptions : Options
{
    /// <summary>Name of the term that is the completed part of the route, e.g. in percent; empty takes the first.</summary>
    [Length(0, LengthAttribute.Name)]
    public string Completion { get; init; } = "";

    /// <summary>
    /// Name of the term that is subtracted on the last row of an episode, where a hard infraction ended it; empty if there is none.
    /// </summary>
    [Length(0, LengthAttribute.Name)]
    public string Penalty { get; init; } = "";
}

/// <summary>
/// Route progress times infractions (CaRL): what a step adds to the completed part of the route, times soft factors in [0, 1], less a
/// penalty where an episode ends.
/// </summary>
/// <remarks>
/// <para>weight * growth of the greatest completion so far * product of factor^weight - weight * penalty. Only what goes beyond the
/// greatest completion of the episode counts, from 0, so driving back and forth earns nothing. Every term that is neither completion nor
/// penalty is a factor. A term that is NaN in a row is left out there: without a completion nothing was added.</para>
/// <para>The greatest completion of an episode that goes on is kept for the next batch; where scoring is frozen every batch begins its
/// episodes anew. The factors of the paper (speed, lane, comfort, near collisions) are the user's terms.</para>
/// </remarks>
/// <param name="options">Checked.</param>
[Paper("2504.17838", "CaRL: Learning Scalable Planning Policies with Simple Rewards", Year = 2025, Method = "S51")]
public sealed class RouteProgress(RouteProgressOptions options) : RewardCombinator
{
    private const string Name = "route-progress";

    private readonly EpisodeScores _greatest = new();

    /// <inheritdoc/>
    public override ScoreScope Scope => ScoreScope.Episode;

    /// <inheritdoc/>
    /// <exception cref="UnknownNameException">An option names no term.</exception>
    /// <exception cref="SpecMismatchException">A factor lies outside of [0, 1], or no row has a completion.</exception>
    public override void Combine(RewardBatch batch, IReadOnlyList<TermScores> terms, Span<float> rewards, ScoreContext context)
    {
        int completion = TermLookup.Find(terms, options.Completion, $"{Name}:completion");
        int penalty = options.Penalty.Length > 0 ? TermLookup.Find(terms, options.Penalty, $"{Name}:penalty") : -1;
        if (penalty == completion)
            throw new SpecMismatchException($"penalty of combinator '{Name}'", "another term than the completion", $"'{options.Penalty}'");
        AddGrowth(batch, terms[completion], rewards, context);
        for (int row = 0; row < rewards.Length; row++)
        {
            double factor = 1, subtracted = 0;
            bool applies = !float.IsNaN(terms[completion].Scores.Span[row]);
            for (int i = 0; i < terms.Count; i++)
            {
                float score = terms[i].Scores.Span[row];
                if (i == completion || float.IsNaN(score)) continue;
                applies = true;
                if (i == penalty)
                {
                    if (batch.EndsEpisode(row)) subtracted = terms[i].Weight * score;
                    continue;
                }

                TermLookup.RequireWithin(batch, terms[i], row, 1, Name);
                factor *= terms[i].Weight == 1 ? score : Math.Pow(score, terms[i].Weight);
            }

            rewards[row] = applies ? (float)((rewards[row] * factor) - subtracted) : float.NaN;
        }
    }

    /// <inheritdoc/>
    public override void Save(Snapshot into) => _greatest.Save(into);

    /// <inheritdoc/>
    public override void Load(Snapshot from) => _greatest.Load(from);

    private void AddGrowth(RewardBatch batch, TermScores completion, Span<float> rewards, ScoreContext context)
    {
        EpisodeScores.RequireSteps(batch, Name);
        completion.Scores.Span.CopyTo(rewards);
        if (!rewards.ContainsAnyExcept(float.NaN))
            throw new SpecMismatchException($"completion '{completion.Name}' of combinator '{Name}'", "a score in some row", "none");
        _greatest.Fold(batch, rewards, context, (score, before) =>
        {
            float least = float.IsNaN(before) ? 0 : before, greatest = Math.Max(score, least);
            return (completion.Weight * (greatest - least), greatest);
        });
        foreach (ref float growth in rewards)
            if (float.IsNaN(growth)) growth = 0;
    }
}
