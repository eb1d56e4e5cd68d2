using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Core.Contracts;

/// <summary>Distribution of initial states.</summary>
public enum StartDistribution
{
    /// <summary>The task's own start, e.g. hanging with a little noise.</summary>
    Task,

    /// <summary>Drawn over the whole range of states; every goal is evaluated from here.</summary>
    WholeRange,
}

/// <summary>Source of sampled states when no episode is played, e.g. to train a model on their images.</summary>
public enum StateSource
{
    /// <summary>Over the whole range.</summary>
    Uniform,

    /// <summary>Near the named poses of the model.</summary>
    Keyframes,

    /// <summary>States that look alike but differ in their facts (hard negatives).</summary>
    HardNegatives,
}

/// <summary>Vector environment: N environments of one kind, stepped together.</summary>
/// <remarks>Not thread-safe: one caller at a time. Parallelism lives inside; no worker count changes a result.</remarks>
public interface IVectorEnvironment : ISnapshot, IDisposable
{
    /// <summary>Description of the environment, known without stepping.</summary>
    EnvironmentInfo Info { get; }

    /// <summary>N.</summary>
    int Count { get; }

    /// <summary>Starts an episode in every environment. Equal seeds give bit-equal episodes.</summary>
    /// <param name="seed">Of all draws until the next reset.</param>
    /// <param name="start">Where these episodes, and those that auto-reset begins, start.</param>
    /// <param name="into">Overwritten in full; kinds become <see cref="StepKind.First"/>.</param>
    void Reset(ulong seed, StartDistribution start, StepBuffer into);

    /// <summary>Advances all environments by one control step, without allocating.</summary>
    /// <param name="actions">[N, A]; continuous ones are clipped to their bounds.</param>
    /// <param name="into">Overwritten in full; owned by the caller.</param>
    /// <exception cref="SpecMismatchException">A length differs from the spec.</exception>
    /// <exception cref="NonFiniteException">An action is NaN or infinite.</exception>
    void Step(ReadOnlySpan<float> actions, StepBuffer into);

    /// <summary>Puts every environment into a drawn state, without playing; states and poses are written.</summary>
    void SampleStates(ulong seed, long draw, StateSource source, StepBuffer into);
}
