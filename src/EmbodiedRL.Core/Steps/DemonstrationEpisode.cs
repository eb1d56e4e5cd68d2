namespace EmbodiedRL.Core.Steps;

/// <summary>One episode as somebody played it: what imitation learns from, and all that is needed to play it again bit for bit.</summary>
/// <remarks>
/// Row t holds the observation acted on, the action, and what it led to. Arrays are the owner's and are not changed by whoever reads.
/// </remarks>
public sealed record DemonstrationEpisode
{
    /// <summary>Its number in the recording, from 0.</summary>
    public required long Index { get; init; }

    /// <summary>[T, O], what was acted on.</summary>
    public required float[] Observations { get; init; }

    /// <summary>[T, O], what the action led to; in the last row the last observation of the episode.</summary>
    public required float[] NextObservations { get; init; }

    /// <summary>[T], uint8 [H, W, C] each, the images acted on; null where observations have none.</summary>
    public byte[][]? Images { get; init; }

    /// <summary>
    /// [T], uint8 [H, W, C] each, the images that the action led to, as <see cref="NextObservations"/>; null where observations have none.
    /// </summary>
    public byte[][]? NextImages { get; init; }

    /// <summary>[T, A], as they took effect: within bounds, choices as numbers of the choice.</summary>
    public required float[] Actions { get; init; }

    /// <summary>[T, S], reached by the action.</summary>
    public required float[] States { get; init; }

    /// <summary>[T], the hand-built reward.</summary>
    public required float[] Rewards { get; init; }

    /// <summary>[T, R], its terms.</summary>
    public required float[] RewardTerms { get; init; }

    /// <summary>[T]: <see cref="StepKind.Mid"/>, in the last row how it ended (Mid if the recording stopped before).</summary>
    public required StepKind[] Kinds { get; init; }

    /// <summary>
    /// The environment's whole state before each action, by entry of its snapshot: [T, ...] of the entry's own element type.
    /// </summary>
    public required IReadOnlyDictionary<string, Array> Snapshots { get; init; }

    /// <summary>[T] PNG files, the state reached; null if none were taken.</summary>
    public byte[][]? Frames { get; init; }

    /// <summary>T.</summary>
    public int Steps => Kinds.Length;

    /// <summary>The state before an action, for <see cref="Contracts.ISnapshot.Load"/> of one environment.</summary>
    /// <param name="step">t.</param>
    public Snapshot SnapshotAt(int step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(step, Steps);
        var snapshot = new Snapshot();
        foreach ((string name, Array values) in Snapshots)
        {
            byte[] bytes = new byte[Buffer.ByteLength(values) / Steps];
            Buffer.BlockCopy(values, step * bytes.Length, bytes, 0, bytes.Length);
            snapshot.Put<byte>(name, bytes);
        }

        return snapshot;
    }
}
