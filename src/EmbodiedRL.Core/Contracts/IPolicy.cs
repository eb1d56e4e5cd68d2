using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Core.Contracts;

/// <summary>Mode of an actor.</summary>
public enum ActorMode
{
    /// <summary>Samples from the policy, as training does.</summary>
    Sample,

    /// <summary>Takes the likeliest action, as evaluation does.</summary>
    Deterministic,
}

/// <summary>Observation rows of N environments: numbers, and images where the environment has them.</summary>
public readonly ref struct ObservationRows
{
    /// <summary>Numbers alone.</summary>
    /// <param name="values">[N, O].</param>
    public ObservationRows(ReadOnlySpan<float> values) => Values = values;

    /// <summary>Numbers and images.</summary>
    /// <param name="values">[N, O].</param>
    /// <param name="images">uint8 [N, H, W, C].</param>
    public ObservationRows(ReadOnlySpan<float> values, ReadOnlySpan<byte> images)
    {
        Values = values;
        Images = images;
    }

    /// <summary>[N, O].</summary>
    public ReadOnlySpan<float> Values { get; }

    /// <summary>uint8 [N, H, W, C], row 0 at the top; empty where the environment has none.</summary>
    public ReadOnlySpan<byte> Images { get; }
}

/// <summary>Policy: maps observations to actions, through actors of its own making.</summary>
public interface IPolicy
{
    /// <summary>
    /// An actor for so many environments. Actors of one policy stand side by side: each has its own memory
    /// and random stream, all share the weights.
    /// </summary>
    /// <param name="count">N.</param>
    /// <param name="mode">Whether it samples.</param>
    /// <param name="seed">Of its random stream.</param>
    /// <returns>The caller disposes it, before the policy.</returns>
    IActor CreateActor(int count, ActorMode mode, ulong seed);
}

/// <summary>Actor: chooses actions for N environments and owns what it remembers of them.</summary>
/// <remarks>Not thread-safe. What it remembers and how far its random stream is are in its snapshot.</remarks>
public interface IActor : ISnapshot, IDisposable
{
    /// <summary>Chooses actions.</summary>
    /// <param name="observations">Of N environments. Lent for the time of the call.</param>
    /// <param name="starts">[N], where an episode begins with this observation: a recurrent actor forgets what came before.</param>
    /// <param name="actions">[N, A], overwritten; not clipped to bounds.</param>
    /// <param name="logProbabilities">[N], of those actions under the policy, overwritten; empty if not requested.</param>
    /// <exception cref="SpecMismatchException">A length differs from what was agreed.</exception>
    /// <exception cref="NonFiniteException">The policy's output is not finite.</exception>
    void Act(ObservationRows observations, ReadOnlySpan<bool> starts, Span<float> actions, Span<float> logProbabilities);
}
