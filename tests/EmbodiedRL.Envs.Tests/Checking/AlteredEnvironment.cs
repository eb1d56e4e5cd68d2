using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Envs.Tests.Checking;

/// <summary>A good environment with something done to it; what is not overridden is as it was.</summary>
internal class AlteredEnvironment(int count, int workers) : IVectorEnvironment
{
    protected IVectorEnvironment Inner { get; } = EnvironmentCatalog.Create("cartpole", count, workers);

    protected int Workers => workers;

    public virtual EnvironmentInfo Info => Inner.Info;

    public int Count => Inner.Count;

    public virtual void Reset(ulong seed, StartDistribution start, StepBuffer into) => Inner.Reset(seed, start, into);

    public virtual void Step(ReadOnlySpan<float> actions, StepBuffer into) => Inner.Step(actions, into);

    public virtual void SampleStates(ulong seed, long draw, StateSource source, StepBuffer into) =>
        Inner.SampleStates(seed, draw, source, into);

    public virtual void Save(Snapshot into) => Inner.Save(into);

    public virtual void Load(Snapshot from) => Inner.Load(from);

    public void Dispose() => Inner.Dispose();
}
