using EmbodiedRL.Core;

namespace EmbodiedRL.Rewards.Transforms;

/// <summary>Multiplies scores by a factor, then adds an offset.</summary>
public sealed class Scale(float factor, float offset = 0) : IRewardTransform
{
    /// <inheritdoc/>
    public void Apply(Span<float> scores)
    {
        foreach (ref float score in scores) score = (score * factor) + offset;
    }

    /// <summary>Nothing to save.</summary>
    public void Save(Snapshot into)
    {
    }

    /// <summary>Nothing to load.</summary>
    public void Load(Snapshot from)
    {
    }
}
