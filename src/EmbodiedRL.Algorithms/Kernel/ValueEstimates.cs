namespace EmbodiedRL.Algorithms.Kernel;

/// <summary>Value estimates of a rollout by the critic.</summary>
/// <typeparam name="T">Float in training, double in proofs.</typeparam>
public readonly ref struct ValueEstimates<T>
{
    /// <summary>[T, N], of the observations acted on.</summary>
    public required ReadOnlySpan<T> Values { get; init; }

    /// <summary>[T, N], of the final observations; read only where an episode was truncated.</summary>
    public required ReadOnlySpan<T> FinalValues { get; init; }

    /// <summary>[N], of the observations that follow the last step.</summary>
    public required ReadOnlySpan<T> NextValues { get; init; }
}
