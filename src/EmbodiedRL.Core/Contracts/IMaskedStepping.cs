using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Core.Contracts;

/// <summary>
/// Masked stepping: some environments are skipped while others step, and episodes can be cut short, as action repeat and time limits need.
/// </summary>
public interface IMaskedStepping : IVectorEnvironment
{
    /// <summary>Whether it is supported; wrappers support it if the inner environment does.</summary>
    bool SupportsMasking { get; }

    /// <summary>
    /// <see cref="IVectorEnvironment.Step"/> for the environments that do not rest; a skipped one and
    /// its rows of the buffer stay as they are.
    /// </summary>
    /// <param name="actions">[N, A]; those of skipped environments are not read.</param>
    /// <param name="skipped">[N].</param>
    /// <param name="into">Owned by the caller.</param>
    void StepMasked(ReadOnlySpan<float> actions, ReadOnlySpan<bool> skipped, StepBuffer into);

    /// <summary>
    /// Ends episodes here and begins the next ones: the observations become the final ones, and the first of the new episodes take their
    /// place. States, poses, rewards and kinds stay what the last step wrote.
    /// </summary>
    /// <param name="rows">[N], which.</param>
    /// <param name="into">As the last step left it.</param>
    void ResetRows(ReadOnlySpan<bool> rows, StepBuffer into);
}
