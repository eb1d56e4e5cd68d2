using EmbodiedRL.Core;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Models.Heads;
using EmbodiedRL.Models.Tensors;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Networks;

/// <summary>
/// Actor-critic network on images: a shared Nature CNN, its features beside the numbers of the observation, and a
/// linear layer each for actor and critic.
/// </summary>
/// <remarks>
/// By automatic differentiation. Weights: <c>encoder.*</c> as <see cref="NatureCnn"/> names them, <c>actor.0.*</c>, <c>critic.0.*</c>, and
/// for real-valued actions <c>log_std</c>. Images stay uint8 until the encoder. Owns its weights. Not thread-safe.
/// </remarks>
public sealed class PixelActorCritic : IActorCriticNetwork
{
    private readonly float[] _logStd;
    private readonly NatureCnn _encoder;
    private readonly MlpModule _actor, _critic;
    private readonly int _observations;
    private Tensor? _outputs, _values;

    /// <summary>Samples the first weights.</summary>
    /// <param name="observations">O, numbers beside the image; may be 0.</param>
    /// <param name="image">Of one observation.</param>
    /// <param name="actions">What the agent may do.</param>
    /// <param name="features">Width of the encoder's output.</param>
    /// <param name="logStd">First log standard deviation of real-valued actions.</param>
    /// <param name="seed">Equal seeds give equal weights.</param>
    /// <param name="device">Where the weights live; the CPU if null.</param>
    public PixelActorCritic(int observations, ImageSpec image, ActionSpec actions, int features, float logStd,
        ulong seed, Device? device = null)
    {
        TorchRuntime.EnsureLoaded();
        Device = device ?? CPU;
        Head = ActionHeads.For(actions);
        _observations = observations;
        int[] actor = [features + observations, Head.Outputs], critic = [features + observations, 1];
        ParameterShape[] deviations = Head.LogStdCount > 0 ? [new(ActorCritic.LogStdName, Head.LogStdCount)] : [];
        Parameters = new ParameterVector(Device,
            [
                .. NatureCnn.Shapes("encoder", image, features), .. Mlp.Shapes("actor", actor), .. Mlp.Shapes("critic", critic),
                .. deviations
            ]);
        var rng = Rng.For(seed, "weights");
        NatureCnn.Initialize(Parameters, "encoder", image, ref rng, features);
        Mlp.Initialize(Parameters, "actor", actor, lastGain: 0.01, ref rng);
        Mlp.Initialize(Parameters, "critic", critic, lastGain: 1, ref rng);
        _logStd = new float[Head.LogStdCount];
        Array.Fill(_logStd, logStd);
        if (_logStd.Length > 0) Parameters.Set(ActorCritic.LogStdName, _logStd);
        _encoder = new NatureCnn(Parameters, "encoder", image, features);
        (_actor, _critic) = (new MlpModule(Parameters, "actor", actor), new MlpModule(Parameters, "critic", critic));
    }

    /// <inheritdoc/>
    public Device Device { get; }

    /// <inheritdoc/>
    public IActionHead Head { get; }

    /// <inheritdoc/>
    public ParameterVector Parameters { get; }

    /// <inheritdoc/>
    public ReadOnlySpan<float> LogStd
    {
        get
        {
            if (_logStd.Length > 0) TensorSpans.Read(Parameters[ActorCritic.LogStdName], _logStd);
            return _logStd;
        }
    }

    /// <inheritdoc/>
    public Tensor ForwardActor(Tensor observations, Tensor? images)
    {
        using var _ = no_grad();
        return _actor.forward(Encode(observations, images));
    }

    /// <inheritdoc/>
    public Tensor ForwardCritic(Tensor observations, Tensor? images)
    {
        using var _ = no_grad();
        return _critic.forward(Encode(observations, images));
    }

    /// <inheritdoc/>
    public (Tensor Outputs, Tensor Values) Forward(Tensor observations, Tensor? images)
    {
        Tensor features = Encode(observations, images);
        (_outputs, _values) = (_actor.forward(features), _critic.forward(features));
        return (_outputs.detach(), _values.detach());
    }

    /// <inheritdoc/>
    public void Backward(Tensor byOutputs, Tensor byValues)
    {
        if (_outputs is null || _values is null)
            throw new InvalidOperationException("Backward needs a Forward of the same minibatch before it.");
        Parameters.Gradients.zero_();
        autograd.backward([_outputs, _values], [byOutputs, byValues]);
        (_outputs, _values) = (null, null);
    }

    /// <inheritdoc/>
    public void Save(Snapshot into) => Parameters.Save(into);

    /// <inheritdoc/>
    public void Load(Snapshot from) => Parameters.Load(from);

    /// <summary>Frees modules and weights.</summary>
    public void Dispose()
    {
        _encoder.Dispose();
        _actor.Dispose();
        _critic.Dispose();
        Parameters.Dispose();
    }

    private Tensor Encode(Tensor observations, Tensor? images)
    {
        if (images is null) throw new SpecMismatchException("images of observations", "uint8 [B, H, W, C]", "none");
        Tensor features = _encoder.forward(images);
        return _observations > 0 ? cat([features, observations], dim: 1) : features;
    }
}
