using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Models.Heads;
using EmbodiedRL.Models.Tensors;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Networks;

/// <summary>
/// Actor-critic network over one parameter vector, as an on-policy algorithm uses it: actions, values, and the two passes of a minibatch.
/// </summary>
/// <remarks>
/// A network by automatic differentiation and the hand-written fast path of perceptrons stand behind the same interface; the former is the
/// definition. Tensors belong to the caller's scope. Not thread-safe.
/// </remarks>
public interface IActorCriticNetwork : ISnapshot, IDisposable
{
    /// <summary>Where the weights live.</summary>
    Device Device { get; }

    /// <summary>What the actor's outputs mean.</summary>
    IActionHead Head { get; }

    /// <summary>All weights with their gradients; owned by this.</summary>
    ParameterVector Parameters { get; }

    /// <summary>The log standard deviations of real-valued actions as of now; empty for choices. Valid until the next call.</summary>
    ReadOnlySpan<float> LogStd { get; }

    /// <summary>The actor's outputs, without a graph.</summary>
    /// <param name="observations">[B, O] float on the device.</param>
    /// <param name="images">uint8 [B, H, W, C] on any device; null where observations have none.</param>
    /// <returns>[B, outputs of the head].</returns>
    Tensor ForwardActor(Tensor observations, Tensor? images);

    /// <summary>The critic's values, without a graph.</summary>
    /// <param name="observations">[B, O] float on the device.</param>
    /// <param name="images">uint8 [B, H, W, C] on any device; null where observations have none.</param>
    /// <returns>[B, 1].</returns>
    Tensor ForwardCritic(Tensor observations, Tensor? images);

    /// <summary>Outputs and values of a minibatch, remembered for <see cref="Backward"/>.</summary>
    /// <param name="observations">[B, O] float on the device; B is at most what the network was made for.</param>
    /// <param name="images">uint8 [B, H, W, C] on any device; null where observations have none.</param>
    (Tensor Outputs, Tensor Values) Forward(Tensor observations, Tensor? images);

    /// <summary>
    /// Overwrites the gradients of all network weights (not of <c>log_std</c>) with those of the last <see cref="Forward"/>.
    /// </summary>
    /// <param name="byOutputs">[B, outputs], derivative of the loss.</param>
    /// <param name="byValues">[B, 1], derivative of the loss.</param>
    void Backward(Tensor byOutputs, Tensor byValues);
}
