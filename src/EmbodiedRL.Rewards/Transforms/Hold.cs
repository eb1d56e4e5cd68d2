using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Rewards.Transforms;

/// <summary>
/// Sample and hold: gives a row without a score (NaN) the last score of its episode; an episode's rows
/// before its first score take that first one.
/// </summary>
/// <remarks>
/// Fills what a source that scores every k-th step leaves out. The last score of an episode that goes on is kept for the next batch. An
/// episode without any score (it began after the last scored step) takes the mean of its group's.
/// </remarks>
[NoPaper("sample and hold")]
public sealed class Hold : RewardTransform
{
    private readonly EpisodeScores _last = new();

    /// <inheritdoc/>
    public override ScoreScope Scope => ScoreScope.Episode | ScoreScope.Group;

    /// <inheritdoc/>
    public override void Apply(RewardBatch batch, Span<float> scores, ScoreContext context)
    {
        if (batch.NextRow == 0) return;
        for (int row = 0; row < scores.Length; row++)
        {
            if (!float.IsNaN(scores[row])) continue;
            scores[row] = EpisodeScores.HasPrevious(batch, row) ? scores[row - batch.NextRow] : _last.Of(batch.Episode[row], context);
        }

        for (int row = scores.Length - 1; row >= 0; row--)
            if (float.IsNaN(scores[row]) && EpisodeScores.HasNext(batch, row)) scores[row] = scores[row + batch.NextRow];
        _last.Keep(batch, scores, context);
        EpisodeScores.FillRest(batch, scores);
    }

    /// <inheritdoc/>
    public override void Save(Snapshot into) => _last.Save(into);

    /// <inheritdoc/>
    public override void Load(Snapshot from) => _last.Load(from);
}
