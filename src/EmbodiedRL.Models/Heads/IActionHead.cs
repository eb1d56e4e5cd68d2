using EmbodiedRL.Core;

namespace EmbodiedRL.Models.Heads;

/// <summary>Turns a row of a network's outputs into a distribution over actions. Pure functions over spans, with their derivatives.</summary>
/// <remarks>
/// The derivatives are in closed form, so that a loss touches each row once and only the network itself is left to automatic differentiation.
/// <c>logStd</c> is [A] for a Gaussian and empty for choices.
/// </remarks>
public interface IActionHead
{
    /// <summary>Network outputs per row.</summary>
    int Outputs { get; }

    /// <summary>Floats in one action, A.</summary>
    int Actions { get; }

    /// <summary>Learnt log deviations, one per action value; 0 if there are none.</summary>
    int Deviations { get; }

    /// <summary>Draws an action and says how likely it was.</summary>
    /// <returns>The natural logarithm of its probability (density).</returns>
    float Sample(ReadOnlySpan<float> outputs, ReadOnlySpan<float> logStd, ref Rng rng, Span<float> action);

    /// <summary>The likeliest action.</summary>
    void Mode(ReadOnlySpan<float> outputs, Span<float> action);

    /// <summary>The natural logarithm of an action's probability (density).</summary>
    float LogProbability(ReadOnlySpan<float> outputs, ReadOnlySpan<float> logStd, ReadOnlySpan<float> action);

    /// <summary>Entropy of the row's distribution, in nats.</summary>
    float Entropy(ReadOnlySpan<float> outputs, ReadOnlySpan<float> logStd);

    /// <summary>Carries derivatives back from log-probability and entropy to outputs and log deviations.</summary>
    /// <param name="outputs">[outputs].</param>
    /// <param name="logStd">[deviations].</param>
    /// <param name="action">[A].</param>
    /// <param name="byLogProbability">Derivative of the loss by this row's log-probability.</param>
    /// <param name="byEntropy">Derivative of the loss by this row's entropy.</param>
    /// <param name="byOutputs">[outputs], overwritten.</param>
    /// <param name="byLogStd">[deviations], added to.</param>
    void Backward(
        ReadOnlySpan<float> outputs, ReadOnlySpan<float> logStd, ReadOnlySpan<float> action,
        float byLogProbability, float byEntropy, Span<float> byOutputs, Span<float> byLogStd);
}
