using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Rewards.Exploration;

/// <summary>Transitions of a rollout: what was observed before every action, and what after it.</summary>
/// <remarks>
/// What follows the last step of an episode is its final observation and never the next episode's first, so every transition is one that
/// the environment made.
/// </remarks>
internal sealed class Transitions
{
    private readonly string _term;
    private readonly EnvironmentInfo _info;
    private readonly FieldColumns _columns;

    /// <summary>Of an environment.</summary>
    /// <param name="term">Name of the bonus, for messages.</param>
    /// <param name="info">The environment.</param>
    /// <param name="fields">Observation fields; empty takes all.</param>
    public Transitions(string term, EnvironmentInfo info, string[] fields) =>
        (_term, _info, _columns) = (term, info, new FieldColumns(term, info.Name, "observation", info.Observations, fields));

    /// <summary>Values of one observation.</summary>
    public int Length => _columns.Length;

    /// <summary>[rows, <see cref="Length"/>], what was acted on.</summary>
    public float[] Before(TrajectoryBatch batch)
    {
        SpecMismatchException.ThrowIfLength($"observations read by '{_term}'", batch.Info.Observations.Length, _info.Observations.Length);
        float[] values = new float[checked(batch.Rows * Length)];
        for (int row = 0; row < batch.Rows; row++) _columns.Copy(Of(batch.Observations, row), values.AsSpan(row * Length), batch, row);
        return values;
    }

    /// <summary>[rows, <see cref="Length"/>], what the action led to.</summary>
    public float[] After(TrajectoryBatch batch)
    {
        SpecMismatchException.ThrowIfLength($"observations read by '{_term}'", batch.Info.Observations.Length, _info.Observations.Length);
        float[] values = new float[checked(batch.Rows * Length)];
        for (int row = 0; row < batch.Rows; row++) _columns.Copy(batch.ObservationAfter(row), values.AsSpan(row * Length), batch, row);
        return values;
    }

    private ReadOnlySpan<float> Of(float[] block, int row) =>
        block.AsSpan(row * _info.Observations.Length, _info.Observations.Length);
}
