using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;

namespace EmbodiedRL.Rewards.Transforms;

/// <summary>Options of <see cref="Clip"/>.</summary>
public sealed record ClipOptions : Options
{
    /// <summary>Least score.</summary>
    [Range(-1e9, 1e9)]
    public float Minimum { get; init; } = -1;

    /// <summary>Greatest score.</summary>
    [Range(-1e9, 1e9)]
    public float Maximum { get; init; } = 1;

    /// <inheritdoc/>
    public override IEnumerable<string> Violations()
    {
        foreach (string violation in base.Violations()) yield return violation;
        if (!(Minimum <= Maximum)) yield return $"minimum: expected at most maximum ({Maximum}), found {Minimum}.";
    }
}

/// <summary>Clipping: keeps scores between two bounds.</summary>
/// <param name="options">Checked.</param>
[NoPaper("a clamp")]
public sealed class Clip(ClipOptions options) : RewardTransform
{
    /// <inheritdoc/>
    public override void Apply(RewardBatch batch, Span<float> scores, ScoreContext context)
    {
        foreach (ref float score in scores) score = Math.Clamp(score, options.Minimum, options.Maximum);
    }
}
