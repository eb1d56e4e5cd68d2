using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Training.Loop;

/// <summary>
/// Act, step, record: drives N environments by an actor, one control step at a time. Training, evaluation, films,
/// recordings and the live page all use it.
/// </summary>
/// <remarks>Environment and actor are lent. Not thread-safe.</remarks>
public sealed class EnvironmentRunner : ISnapshot
{
    internal const string EnvironmentSection = "environment";

    private readonly float[] _observations;
    private readonly byte[] _images;
    private readonly bool[] _starts;

    /// <summary>Makes memory for one step.</summary>
    /// <param name="environment">Lent.</param>
    /// <param name="actor">Chooses the actions; lent.</param>
    /// <param name="withNext">Whether somebody reads what the next episode begins with, see <see cref="StepBuffer.HasNext"/>.</param>
    public EnvironmentRunner(IVectorEnvironment environment, IActor actor, bool withNext = false)
    {
        (Environment, Actor) = (environment, actor);
        Buffer = new StepBuffer(environment.Count, environment.Info, withNext);
        _observations = new float[Buffer.Observations.Length];
        _images = new byte[Buffer.Images.Length];
        _starts = new bool[environment.Count];
        Actions = new float[environment.Count * environment.Info.Actions.Length];
        LogProbabilities = new float[environment.Count];
    }

    /// <summary>What is acted in.</summary>
    public IVectorEnvironment Environment { get; }

    /// <summary>What chooses actions.</summary>
    public IActor Actor { get; set; }

    /// <summary>The environments' specs.</summary>
    public EnvironmentInfo Info => Environment.Info;

    /// <summary>What the last step or reset wrote.</summary>
    public StepBuffer Buffer { get; }

    /// <summary>What the last step's actions were chosen on.</summary>
    public ObservationRows Observations => new(_observations, _images);

    /// <summary>[N, A], the last step's.</summary>
    public float[] Actions { get; }

    /// <summary>[N], of the last step's actions.</summary>
    public float[] LogProbabilities { get; }

    /// <summary>Starts an episode in every environment.</summary>
    public void Reset(ulong seed, StartDistribution start) => Environment.Reset(seed, start, Buffer);

    /// <summary>Chooses actions on what the last step led to, and takes them.</summary>
    public void Step()
    {
        Choose();
        Environment.Step(Actions, Buffer);
    }

    /// <summary>Chooses actions without taking them; for callers that step by themselves.</summary>
    public void Choose()
    {
        Buffer.Observations.CopyTo(_observations, 0);
        Buffer.Images.CopyTo(_images, 0);
        // same-step auto-reset: after an end the next episode's first observation is there
        for (int n = 0; n < _starts.Length; n++) _starts[n] = Buffer.Kinds[n] != StepKind.Mid;
        Actor.Act(Observations, _starts, Actions, LogProbabilities);
    }

    /// <summary>Writes the environments, the actor, and what is acted on next.</summary>
    public void Save(Snapshot into)
    {
        Environment.Save(into.Section(EnvironmentSection));
        Actor.Save(into.Section("actor"));
        into.Put<float>("observations", Buffer.Observations);
        if (Buffer.Images.Length > 0) into.Put<byte>("images", Buffer.Images);
        into.Put<StepKind>("kinds", Buffer.Kinds);
    }

    /// <inheritdoc/>
    public void Load(Snapshot from)
    {
        Environment.Load(from.Section(EnvironmentSection));
        Actor.Load(from.Section("actor"));
        from.Get<float>("observations", Buffer.Observations);
        if (Buffer.Images.Length > 0) from.Get<byte>("images", Buffer.Images);
        from.Get<StepKind>("kinds", Buffer.Kinds);
    }
}
