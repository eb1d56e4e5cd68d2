using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Rewards.Transforms;

/// <summary>Options of <see cref="ClipDelta"/>.</summary>
public sealed record ClipDeltaOptions : Options
{
    /// <summary>Clipping, then differences.</summary>
    public const string Both = "both";

    /// <summary>Clipping alone.</summary>
    public const string Clip = "clip";

    /// <summary>Differences alone.</summary>
    public const string Delta = "delta";

    /// <summary>Score that counts as good: clipping subtracts it and keeps what is left at 0 or below.</summary>
    [Range(-1e9, 1e9)]
    public float Threshold { get; init; } = 0.5f;

    /// <summary>What is applied: <c>both</c> (first clipping), <c>clip</c> or <c>delta</c>.</summary>
    [Length(1, LengthAttribute.Name)]
    public string Mode { get; init; } = Both;

    /// <inheritdoc/>
    public override IEnumerable<string> Violations()
    {
        foreach (string violation in base.Violations()) yield return violation;
        if (RowGroups.Violation("mode", Mode, Both, Clip, Delta) is { } mode) yield return mode;
    }
}

/// <summary>
/// Clip and delta: process scores whose return is bounded however long an episode is, so that steps added to it earn nothing.
/// </summary>
/// <remarks>
/// <para>Clip: min(q_k - threshold, 0). Delta, for the scored steps k = 1..K of an episode: q_k - q_(k+1), q_(K-1) at K - 1, and 0 at K,
/// whose score is left to a term of success. So the return from any step before K is that step's score: the sign is the opposite of
/// potential shaping's, which is <see cref="Shaping.PotentialShaping"/>. The default threshold is the project's choice.</para>
/// <para>The difference of an episode's last row in a rollout is known with the next rollout only: it is 0 there and paid to the episode's
/// first row in the next one, so that the sum over an episode stays exact. Where scoring is frozen each batch stands for itself.</para>
/// </remarks>
/// <param name="options">Checked.</param>
[Paper("2410.15115", "On Designing Effective RL Reward at Training Time for LLM Reasoning", Year = 2024, Method = "S26")]
public sealed class ClipDelta(ClipDeltaOptions options) : RewardTransform
{
    private readonly EpisodeScores _last = new();
    private float[] _clipped = [];

    /// <inheritdoc/>
    public override ScoreScope Scope => options.Mode == ClipDeltaOptions.Clip ? ScoreScope.Row : ScoreScope.Episode;

    /// <inheritdoc/>
    public override void Apply(RewardBatch batch, Span<float> scores, ScoreContext context)
    {
        if (options.Mode != ClipDeltaOptions.Delta)
            foreach (ref float score in scores) score = Math.Min(score - options.Threshold, 0);
        if (options.Mode == ClipDeltaOptions.Clip) return;
        EpisodeScores.RequireSteps(batch, "clip-delta");
        if (_clipped.Length < scores.Length) _clipped = new float[scores.Length];
        scores.CopyTo(_clipped);
        float[] left = new float[batch.NextRow];
        for (int column = 0; column < left.Length; column++) left[column] = Subtract(batch, column, scores, context);
        _last.KeepColumns(batch, left, context);
    }

    /// <inheritdoc/>
    public override void Save(Snapshot into) => _last.Save(into);

    /// <inheritdoc/>
    public override void Load(Snapshot from) => _last.Load(from);

    /// <summary>One environment's rows; returns the score whose difference is still owed.</summary>
    private float Subtract(RewardBatch batch, int column, Span<float> scores, ScoreContext context)
    {
        float owed = _last.Of(batch.Episode[column], context);
        (int before, int last) = (-1, -1);
        for (int row = column; row < scores.Length; row += batch.NextRow)
        {
            float score = _clipped[row];
            if (!float.IsNaN(score))
            {
                scores[row] = 0;
                if (last >= 0) scores[last] += _clipped[last] - score;
                else if (!float.IsNaN(owed)) scores[row] = owed - score;
                (before, last) = (last, row);
            }

            if (!batch.EndsEpisode(row)) continue;
            if (before >= 0) scores[before] += _clipped[last]; // nothing is subtracted from the last but one
            else if (last >= 0 && !float.IsNaN(owed)) scores[last] = owed;
            (before, last, owed) = (-1, -1, float.NaN);
        }

        return last >= 0 ? _clipped[last] : owed;
    }
}
