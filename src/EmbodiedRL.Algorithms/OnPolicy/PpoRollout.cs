using EmbodiedRL.Core;
using EmbodiedRL.Models.Heads;
using EmbodiedRL.Models.Tensors;
using static TorchSharp.torch;

namespace EmbodiedRL.Algorithms.OnPolicy;

/// <summary>Rollout rows of PPO, in order, and in the shuffled order of the current epoch.</summary>
/// <remarks>Memory is made once and filled again by every rollout of the same size.</remarks>
internal sealed class PpoRollout : IDisposable
{
    private readonly int[] _order;
    private readonly float[] _shuffledObservations;
    private readonly Tensor _seen;
    private readonly int _observationLength;
    private readonly int _actionLength;

    public PpoRollout(int rows, int count, int observationLength, int actionLength, Device device)
    {
        (Rows, Count, _observationLength, _actionLength) = (rows, count, observationLength, actionLength);
        _order = [.. Enumerable.Range(0, rows)];
        Observations = new float[rows * observationLength];
        Ordered = new Columns(rows, actionLength);
        Shuffled = new Columns(rows, actionLength);
        FinalValues = new float[rows];
        NextValues = new float[count];
        _shuffledObservations = new float[rows * observationLength];
        _seen = empty(rows, observationLength, ScalarType.Float32, device).DetachFromDisposeScope();
    }

    /// <summary>T times N.</summary>
    public int Rows { get; }

    /// <summary>N.</summary>
    public int Count { get; }

    /// <summary>[T, N, O], standardized if so set.</summary>
    public float[] Observations { get; }

    /// <summary>[T, N], the critic's value of final observations.</summary>
    public float[] FinalValues { get; }

    /// <summary>[N], the critic's value of what follows the rollout.</summary>
    public float[] NextValues { get; }

    /// <summary>In the order of the rollout.</summary>
    public Columns Ordered { get; }

    /// <summary>In the order of the epoch.</summary>
    public Columns Shuffled { get; }

    /// <summary>Draws the order of an epoch. Each order shuffles the one before, so a resumed run needs <see cref="Reorder"/>.</summary>
    public void Shuffle(ref Rng rng)
    {
        rng.Shuffle(_order);
        for (int to = 0; to < Rows; to++)
        {
            int from = _order[to];
            Observations.AsSpan(from * _observationLength, _observationLength)
                .CopyTo(_shuffledObservations.AsSpan(to * _observationLength));
            Ordered.Actions.AsSpan(from * _actionLength, _actionLength).CopyTo(Shuffled.Actions.AsSpan(to * _actionLength));
            Shuffled.LogProbabilities[to] = Ordered.LogProbabilities[from];
            Shuffled.Values[to] = Ordered.Values[from];
            Shuffled.Advantages[to] = Ordered.Advantages[from];
            Shuffled.Returns[to] = Ordered.Returns[from];
        }

        TensorSpans.Write(_seen, _shuffledObservations);
    }

    /// <summary>Which row of the rollout stands at a place of the epoch.</summary>
    public int RowAt(int place) => _order[place];

    /// <summary>Puts the order back to that of the rollout.</summary>
    public void Reorder()
    {
        for (int row = 0; row < Rows; row++) _order[row] = row;
    }

    /// <summary>The observations of a minibatch.</summary>
    /// <returns>[B, O], a fresh view; the caller's scope owns it.</returns>
    public Tensor ObservationTensor(int start, int count) => _seen.narrow(0, start, count);

    public void Dispose() => _seen.Dispose();

    /// <summary>What the loss reads of every row.</summary>
    internal sealed class Columns(int rows, int actionLength)
    {
        public float[] Actions { get; } = new float[rows * actionLength];

        public float[] LogProbabilities { get; } = new float[rows];

        public float[] Values { get; } = new float[rows];

        public float[] Advantages { get; } = new float[rows];

        public float[] Returns { get; } = new float[rows];
    }
}
