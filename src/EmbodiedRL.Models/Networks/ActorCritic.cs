using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Models.Heads;
using EmbodiedRL.Models.Tensors;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Networks;

/// <summary>A network that acts and one that foretells returns, separate, over one vector of weights.</summary>
/// <remarks>
/// Weights: <c>actor.0.weight</c> ... and <c>critic.0.weight</c> ... (layers 0, 2, 4, ...), and for real-valued actions <c>log_std</c>.
/// The actor's last layer begins near zero, so that the first actions are all but independent of what is seen. Owns its weights.
/// </remarks>
public sealed class ActorCritic : ISnapshot, IDisposable
{
    /// <summary>The name of the log deviations among the weights.</summary>
    public const string LogStdName = "log_std";

    private readonly float[] _logStd;

    /// <summary>Draws the first weights.</summary>
    /// <param name="observations">O, floats per observation.</param>
    /// <param name="actions">What the agent may do.</param>
    /// <param name="hiddenSizes">Widths of the hidden layers of both networks.</param>
    /// <param name="logStd">First log deviation of real-valued actions.</param>
    /// <param name="seed">Equal seeds give equal weights.</param>
    /// <param name="device">Where the weights live; the CPU if null.</param>
    public ActorCritic(int observations, ActionSpec actions, int[] hiddenSizes, float logStd, ulong seed, Device? device = null)
    {
        TorchRuntime.EnsureLoaded();
        Device = device ?? CPU;
        Head = actions.IsDiscrete ? new CategoricalHead(actions.Choices) : new GaussianHead(actions.Length);
        int[] actor = [observations, .. hiddenSizes, Head.Outputs], critic = [observations, .. hiddenSizes, 1];
        ParameterShape[] deviations = Head.LogStdCount > 0 ? [new(LogStdName, Head.LogStdCount)] : [];
        Parameters = new ParameterVector(Device, [.. Mlp.Shapes("actor", actor), .. Mlp.Shapes("critic", critic), .. deviations]);
        (Actor, Critic) = (new Mlp(Parameters, "actor", actor), new Mlp(Parameters, "critic", critic));

        var rng = Rng.For(seed, "weights");
        Mlp.Initialize(Parameters, "actor", actor, lastGain: 0.01, ref rng);
        Mlp.Initialize(Parameters, "critic", critic, lastGain: 1, ref rng);
        _logStd = new float[Head.LogStdCount];
        Array.Fill(_logStd, logStd);
        if (_logStd.Length > 0) Parameters.Set(LogStdName, _logStd);
    }

    /// <summary>Where the weights live.</summary>
    public Device Device { get; }

    /// <summary>What the actor's outputs mean.</summary>
    public IActionHead Head { get; }

    /// <summary>All weights; owned by this.</summary>
    public ParameterVector Parameters { get; }

    /// <summary>The log deviations of real-valued actions as of now; empty for choices. Valid until the next call.</summary>
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
    public void Save(Snapshot into) => Parameters.Save(into);

    /// <inheritdoc/>
    public void Load(Snapshot from) => Parameters.Load(from);

    /// <summary>Frees the weights.</summary>
    public void Dispose() => Parameters.Dispose();
}
