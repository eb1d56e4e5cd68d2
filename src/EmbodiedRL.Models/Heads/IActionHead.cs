using EmbodiedRL.Core;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Heads;

/// <summary>
/// Action head: maps a network's outputs to a distribution over actions, by pure functions over spans
/// with their derivatives, and over tensors.
/// </summary>
/// <remarks>
/// The tensor functions are differentiable by automatic differentiation and define what the functions over spans compute; the latter are
/// the fast path. The derivatives are in closed form, so that a loss touches each row once and only the network itself is left to automatic
/// differentiation. <c>logStd</c> is [A] for a Gaussian and empty for choices.
/// </remarks>
public interface IActionHead
{
    /// <summary>Network outputs per row.</summary>
    int Outputs { get; }

    /// <summary>Floats in one action, A.</summary>
    int Actions { get; }

    /// <summary>Learned log deviations, one per action value; 0 if there are none.</summary>
    int LogStdCount { get; }

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

    /// <summary>The natural logarithm of each row's action's probability (density), differentiable by outputs and log deviations.</summary>
    /// <param name="outputs">[B, outputs].</param>
    /// <param name="logStd">[deviations], or [B, deviations].</param>
    /// <param name="actions">[B, A].</param>
    /// <returns>[B], fresh; the caller's scope owns it and everything between.</returns>
    Tensor LogProbability(Tensor outputs, Tensor logStd, Tensor actions);

    /// <summary>Entropy of each row's distribution in nats, differentiable by outputs and log deviations.</summary>
    /// <param name="outputs">[B, outputs].</param>
    /// <param name="logStd">[deviations], or [B, deviations].</param>
    /// <returns>[B], fresh; the caller's scope owns it and everything between.</returns>
    Tensor Entropy(Tensor outputs, Tensor logStd);

    /// <summary>
    /// Draws an action for each row, with the draws that
    /// <see cref="Sample(ReadOnlySpan{float}, ReadOnlySpan{float}, ref Rng, Span{float})"/> makes row by row.
    /// </summary>
    /// <param name="outputs">[B, outputs].</param>
    /// <param name="logStd">[deviations], or [B, deviations].</param>
    /// <param name="rng">Advanced by the same number of draws for the same B.</param>
    /// <returns>[B, A], fresh; the caller's scope owns it and everything between. Real-valued actions are differentiable
    /// (reparameterized), choices are not.</returns>
    Tensor Sample(Tensor outputs, Tensor logStd, ref Rng rng);
}
