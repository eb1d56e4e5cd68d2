using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Rewards.Transforms;

/// <summary>Options of <see cref="RateLimit"/>.</summary>
public sealed record RateLimitOptions : Options
{
    /// <summary>Greatest rise from one scored row to the next.</summary>
    [Range(0, 1e9, IsAboveLeast = true)]
    public float Rise { get; init; } = 0.1f;

    /// <summary>Greatest fall from one scored row to the next.</summary>
    [Range(0, 1e9, IsAboveLeast = true)]
    public float Fall { get; init; } = 0.1f;
}

/// <summary>Rate limit: follows scores by at most so much at a step, so that one frame that a model misreads pays little.</summary>
/// <remarks>
/// An episode's first score passes as it is. What was written last is kept for the next batch of an episode that goes on; where scoring is
/// frozen every batch stands for itself. Rows without a score are passed over.
/// </remarks>
/// <param name="options">Checked.</param>
[NoPaper("slew rate limiter")]
public sealed class RateLimit(RateLimitOptions options) : RewardTransform
{
    private readonly EpisodeScores _last = new();

    /// <inheritdoc/>
    public override ScoreScope Scope => ScoreScope.Episode;

    /// <inheritdoc/>
    public override void Apply(RewardBatch batch, Span<float> scores, ScoreContext context)
    {
        EpisodeScores.RequireSteps(batch, "rate-limit");
        _last.Fold(batch, scores, context, (score, before) =>
        {
            float limited = float.IsNaN(before) ? score : Math.Clamp(score, before - options.Fall, before + options.Rise);
            return (limited, limited);
        });
    }

    /// <inheritdoc/>
    public override void Save(Snapshot into) => _last.Save(into);

    /// <inheritdoc/>
    public override void Load(Snapshot from) => _last.Load(from);
}
