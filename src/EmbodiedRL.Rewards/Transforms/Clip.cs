using EmbodiedRL.Core;

namespace EmbodiedRL.Rewards.Transforms;

/// <summary>Keeps scores between two bounds.</summary>
public sealed class Clip : IRewardTransform
{
    private readonly float _minimum;
    private readonly float _maximum;

    /// <summary>Bounds, inclusive.</summary>
    /// <exception cref="SettingsException">They are reversed or NaN.</exception>
    public Clip(float minimum, float maximum)
    {
        if (!(minimum <= maximum))
            throw new SettingsException("transform 'clip'", [$"minimum: expected at most maximum ({maximum}), found {minimum}."]);
        (_minimum, _maximum) = (minimum, maximum);
    }

    /// <inheritdoc/>
    public void Apply(Span<float> scores)
    {
        foreach (ref float score in scores) score = Math.Clamp(score, _minimum, _maximum);
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
