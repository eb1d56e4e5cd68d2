using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;

namespace EmbodiedRL.Rewards.Transforms;

/// <summary>Options of <see cref="Scale"/>.</summary>
public sealed record ScaleOptions : Options
{
    /// <summary>Multiplies scores.</summary>
    [Range(-1e9, 1e9)]
    public float Factor { get; init; } = 1;

    /// <summary>Added to scores after the factor.</summary>
    [Range(-1e9, 1e9)]
    public float Offset { get; init; }
}

/// <summary>Affine scaling: multiplies scores by a factor, then adds an offset.</summary>
/// <param name="options">Checked.</param>
[NoPaper("an affine map")]
public sealed class Scale(ScaleOptions options) : RewardTransform
{
    /// <inheritdoc/>
    public override void Apply(RewardBatch batch, Span<float> scores, ScoreContext context)
    {
        foreach (ref float score in scores) score = (score * options.Factor) + options.Offset;
    }
}
