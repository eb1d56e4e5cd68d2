using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;

namespace EmbodiedRL.Algorithms.Kernel;

/// <summary>
/// Observation normalization: subtracts running means and divides by running standard deviations, kept
/// within 10 of them; or passes observations on.
/// </summary>
/// <param name="length">O, floats per observation.</param>
/// <param name="enabled">Whether it does anything.</param>
public sealed class ObservationNormalizer(int length, bool enabled) : ISnapshot
{
    private const float Limit = 10;      // standard deviations

    private readonly RunningMoments? _moments = length > 0 ? new RunningMoments(length) : null;

    /// <summary>Normalizes rows; source and target may be the same memory.</summary>
    /// <param name="observations">[B, O].</param>
    /// <param name="into">[B, O] or longer, its beginning overwritten.</param>
    public void Apply(ReadOnlySpan<float> observations, Span<float> into)
    {
        if (enabled && _moments is not null) _moments.Standardize(observations, into, Limit);
        else observations.CopyTo(into);
    }

    /// <summary>Takes a batch into the moments.</summary>
    /// <param name="observations">[B, O], as the environments gave them.</param>
    public void Update(ReadOnlySpan<float> observations)
    {
        if (enabled) _moments?.Update(observations);
    }

    /// <inheritdoc/>
    public void Save(Snapshot into) => _moments?.Save(into);

    /// <inheritdoc/>
    public void Load(Snapshot from) => _moments?.Load(from);
}
