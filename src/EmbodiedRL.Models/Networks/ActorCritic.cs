using EmbodiedRL.Core;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Models.Heads;
using EmbodiedRL.Models.Tensors;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Networks;

/// <summary>Actor-critic network: two separate perceptrons (tanh) over one parameter vector, with a hand-written backward pass.</summary>
/// <remarks>
/// Weights: <c>actor.0.weight</c> ... and <c>critic.0.weight</c> ... (layers 0, 2, 4, ...), and for real-valued actions <c>log_std</c>.
/// The actor's last layer begins near zero, so that the first actions hardly depend on the observation. Owns its weights.
/// </remarks>
public sealed class ActorCritic : IActorCriticNetwork
{
    /// <summary>The name of the log standard deviations among the weights.</summary>
    public const string LogStdName = "log_std";

    private readonly float[] _logStd;
    private readonly MlpBackprop _actorPass, _criticPass;

    /// <summary>Samples the first weights.</summary>
    /// <param name="observations">O, floats per observation.</param>
    /// <param name="actions">What the agent may do.</param>
    /// <param name="hiddenSizes">Widths of the hidden layers of both networks.</param>
    /// <param name="logStd">First log standard deviation of real-valued actions.</param>
    /// <param name="seed">Equal seeds give equal weights.</param>
    /// <param name="device">Where the weights live; the CPU if null.</param>
    /// <param name="minibatch">Most rows of one <see cref="Forward"/>.</param>
    public ActorCritic(int observations, ActionSpec actions, int[] hiddenSizes, float logStd, ulong seed,
        Device? device = null, int minibatch = 64)
    {
        TorchRuntime.EnsureLoaded();
        Device = device ?? CPU;
        Head = ActionHeads.For(actions);
        int[] actor = [observations, .. hiddenSizes, Head.Outputs], critic = [observations, .. hiddenSizes, 1];
        ParameterShape[] deviations = Head.LogStdCount > 0 ? [new(LogStdName, Head.LogStdCount)] : [];
        Parameters = new ParameterVector(Device, [.. Mlp.Shapes("actor", actor), .. Mlp.Shapes("critic", critic), .. deviations]);
        (Actor, Critic) = (new Mlp(Parameters, "actor", actor), new Mlp(Parameters, "critic", critic));
        (_actorPass, _criticPass) = (new MlpBackprop(Actor, minibatch), new MlpBackprop(Critic, minibatch));

        var rng = Rng.For(seed, "weights");
        Mlp.Initialize(Parameters, "actor", actor, lastGain: 0.01, ref rng);
        Mlp.Initialize(Parameters, "critic", critic, lastGain: 1, ref rng);
        _logStd = new float[Head.LogStdCount];
        Array.Fill(_logStd, logStd);
        if (_logStd.Length > 0) Parameters.Set(LogStdName, _logStd);
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
            if (_logStd.Length > 0) TensorSpans.Read(Parameters[LogStdName], _logStd);
            return _logStd;
        }
    }

    /// <summary>From [B, O] observations to [B, outputs] of the action head.</summary>
    public Mlp Actor { get; }

    /// <summary>From [B, O] observations to [B, 1] values.</summary>
    public Mlp Critic { get; }

    /// <inheritdoc/>
    public Tensor ForwardActor(Tensor observations, Tensor? images) => Actor.Forward(observations);

    /// <inheritdoc/>
    public Tensor ForwardCritic(Tensor observations, Tensor? images) => Critic.Forward(observations);

    /// <inheritdoc/>
    public (Tensor Outputs,
        Tensor Values) Forward(Tensor observations, Tensor? images) =>
            (_actorPass.Forward(observations), _criticPass.Forward(observations));

    /// <inheritdoc/>
    public void Backward(Tensor byOutputs, Tensor byValues)
    {
        _actorPass.Backward(byOutputs);
        _criticPass.Backward(byValues);
    }

    /// <inheritdoc/>
    public void Save(Snapshot into) => Parameters.Save(into);

    /// <inheritdoc/>
    public void Load(Snapshot from) => Parameters.Load(from);

    /// <summary>Frees the weights.</summary>
    public void Dispose()
    {
        _actorPass.Dispose();
        _criticPass.Dispose();
        Parameters.Dispose();
    }
}
