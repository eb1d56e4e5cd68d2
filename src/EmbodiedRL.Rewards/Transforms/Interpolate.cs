using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Rewards.Transforms;

/// <summary>
/// Linear interpolation: gives a row without a score (NaN) the value on the line between the scores before and after it in its episode.
/// </summary>
/// <remarks>
/// Rows before an episode's first score or after its last take that score. The last score of an episode that goes on counts as the one
/// before the next batch. An episode without any score (it began after the last scored step) takes the mean of its group's.
/// </remarks>
[NoPaper("linear interpolation")]
public sealed class Interpolate : RewardTransform
{
    private readonly EpisodeScores _last = new();

    /// <inheritdoc/>
    public override ScoreScope Scope => ScoreScope.Episode | ScoreScope.Group;

    /// <inheritdoc/>
    public override void Apply(RewardBatch batch, Span<float> scores, ScoreContext context)
    {
        if (batch.NextRow == 0) return;
        int stride = batch.NextRow;
        for (int column = 0; column < Math.Min(stride, scores.Length); column++)
        {
            for (int row = column; row < scores.Length; row += stride)
            {
                if (!float.IsNaN(scores[row])) continue;
                int end = row;
                while (float.IsNaN(scores[end]) && EpisodeScores.HasNext(batch, end)) end += stride;
                float before = EpisodeScores.HasPrevious(batch, row) ? scores[row - stride] : _last.Of(batch.Episode[row], context),
                    after = scores[end];
                int gap = ((end - row) / stride) + 1;
                for (int filled = row, step = 1; filled <= end; filled += stride, step++)
                {
                    if (!float.IsNaN(scores[filled])) break;
                    scores[filled] = float.IsNaN(after) ? before : float.IsNaN(before) ? after : before + ((after - before) * step / gap);
                }
            }
        }

        _last.Keep(batch, scores, context);
        EpisodeScores.FillRest(batch, scores);
    }

    /// <inheritdoc/>
    public override void Save(Snapshot into) => _last.Save(into);

    /// <inheritdoc/>
    public override void Load(Snapshot from) => _last.Load(from);
}
