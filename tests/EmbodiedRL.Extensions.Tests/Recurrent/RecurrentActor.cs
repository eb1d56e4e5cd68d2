using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;

namespace EmbodiedRL.Extensions.Tests.Recurrent;

/// <summary>Recurrent actor: owns the memory of N environments and forgets each where an episode begins.</summary>
internal sealed class RecurrentActor(RecurrentPolicyGradient policy, int inputs, int hidden, int count, ActorMode mode, ulong seed) : IActor
{
    private readonly float[] _state = new float[count * hidden], _outputs = new float[count * policy.Head.Outputs];
    private Rng _rng = Rng.For(seed, "explore");

    public void Act(ObservationRows observations, ReadOnlySpan<bool> starts, Span<float> actions, Span<float> logProbabilities)
    {
        SpecMismatchException.ThrowIfLength("observations", observations.Values.Length, count * inputs);
        SpecMismatchException.ThrowIfLength("starts", starts.Length, count);
        SpecMismatchException.ThrowIfLength("actions", actions.Length, count);
        if (!logProbabilities.IsEmpty) SpecMismatchException.ThrowIfLength("log-probabilities", logProbabilities.Length, count);
        for (int row = 0; row < count; row++)
            if (starts[row]) _state.AsSpan(row * hidden, hidden).Clear();
        policy.Forward(observations.Values, _state, _outputs);
        NonFiniteException.ThrowIfAny(_outputs, "The policy's output", "An observation or a weight is not finite.");
        for (int row = 0; row < count; row++) Choose(row, actions.Slice(row, 1), logProbabilities);
    }

    public void Save(Snapshot into)
    {
        into.Put<float>("memory", _state);
        into.Put("exploration", _rng.Counter);
    }

    public void Load(Snapshot from)
    {
        from.Get<float>("memory", _state);
        _rng = Rng.For(seed, "explore", counter: from.Get<ulong>("exploration"));
    }

    public void Dispose()
    {
    }

    private void Choose(int row, Span<float> action, Span<float> logProbabilities)
    {
        ReadOnlySpan<float> outputs = _outputs.AsSpan(row * policy.Head.Outputs, policy.Head.Outputs);
        if (mode == ActorMode.Sample) policy.Head.Sample(outputs, [], ref _rng, action);
        else policy.Head.Mode(outputs, action);
        if (!logProbabilities.IsEmpty) logProbabilities[row] = policy.Head.LogProbability(outputs, [], action);
    }
}
