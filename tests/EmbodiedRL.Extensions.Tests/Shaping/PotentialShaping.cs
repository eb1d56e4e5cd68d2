using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Extensions.Tests.Shaping;

/// <summary>Options of <see cref="PotentialShaping"/>.</summary>
public sealed record PotentialShapingOptions : Options
{
    /// <summary>Discount per step; the algorithm's own, or the optimal policies are not kept.</summary>
    [Range(0, 1)]
    public float Gamma { get; init; } = 0.99f;

    /// <summary>Potential of the state that every episode begins in, which no row scores.</summary>
    [Range(-1e6, 1e6)]
    public float Initial { get; init; }
}

/// <summary>Potential-based shaping: takes a term's scores as potentials of the states reached and turns them into gamma phi(s') -
/// phi(s).</summary>
/// <remarks>
/// Theorem 1. A terminated episode ends with potential 0 (what the theorem calls absorbing); a truncated one keeps its own, because it is
/// bootstrapped from there. So the discounted sum over an episode of T steps is gamma^T phi(s_T) - initial, or -initial where it
/// terminated.
/// A row without a potential (NaN) stays NaN, and the one before it counts on. Potentials of episodes that go on are kept for the next
/// batch.
/// </remarks>
/// <param name="options">Checked.</param>
[Paper("10.5555/645528.657613", "Policy Invariance under Reward Transformations: Theory and Application to Reward Shaping", Year = 1999)]
public sealed class PotentialShaping(PotentialShapingOptions options) : RewardTransform
{
    private readonly SortedDictionary<long, float> _potentials = [];

    /// <inheritdoc/>
    public override ScoreScope Scope => ScoreScope.Episode;

    /// <inheritdoc/>
    /// <exception cref="SpecMismatchException">The batch has no steps.</exception>
    public override void Apply(RewardBatch batch, Span<float> scores, ScoreContext context)
    {
        TrajectoryBatch steps = batch.As<TrajectoryBatch>();
        // what is remembered belongs to the batches of training alone
        var potentials = context.Frozen ? new SortedDictionary<long, float>() : _potentials;
        for (int row = 0; row < scores.Length; row++)
        {
            long episode = batch.Episode[row];
            float before = potentials.GetValueOrDefault(episode, options.Initial), after = scores[row];
            scores[row] = ((steps.Kinds[row] == StepKind.Terminated ? 0 : options.Gamma) * after) - before; // NaN stays NaN
            if (batch.EndsEpisode(row)) potentials.Remove(episode);
            else if (!float.IsNaN(after)) potentials[episode] = after;
        }
    }

    /// <inheritdoc/>
    public override void Save(Snapshot into)
    {
        into.Put<long>("episodes", _potentials.Keys.ToArray());
        into.Put<float>("potentials", _potentials.Values.ToArray());
    }

    /// <inheritdoc/>
    public override void Load(Snapshot from)
    {
        _potentials.Clear();
        foreach ((long episode, float potential) in from.GetAll<long>("episodes").Zip(from.GetAll<float>("potentials")))
            _potentials[episode] = potential;
    }
}
