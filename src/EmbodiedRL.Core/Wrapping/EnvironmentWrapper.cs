using System.Collections.Immutable;
using System.Numerics;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Core.Wrapping;

/// <summary>
/// An environment around another: hands everything on, and lets whoever inherits it change actions on
/// the way in and outcomes on the way out.
/// </summary>
/// <remarks>
/// Owns what it wraps. A wrapper that changes the length of observations or their images gives the inner environment a buffer of its own;
/// all others work in the caller's. Images of the same shape are handed on. State that a later step depends on is saved beside the inner
/// environment's. Whoever can show how it is done or be pushed inside can from outside; where neither can be, there are no skills and no
/// bodies. Environments that draw themselves do so through wrappers too.
/// </remarks>
public abstract class EnvironmentWrapper
    : IMaskedStepping, IExpertSource, IPerturbable, IContactSource, IWarmStart, IDivergenceSource, IFrameSource
{
    private readonly IMaskedStepping? _rowwise;
    private readonly StepBuffer? _between;
    private readonly int _image; // bytes of an image that is handed on

    /// <summary>Wraps an environment.</summary>
    /// <param name="inner">Owned from here on.</param>
    /// <param name="info">What the whole says of itself; null for what the inner one says.</param>
    /// <param name="isReshaped">Whether observations change their length or their images.</param>
    protected EnvironmentWrapper(IVectorEnvironment inner, EnvironmentInfo? info = null, bool isReshaped = false)
    {
        (Inner, Info) = (inner, info ?? inner.Info);
        _rowwise = inner is IMaskedStepping { SupportsMasking: true } rowwise ? rowwise : null;
        if (!isReshaped) return;
        _between = new StepBuffer(inner.Count, inner.Info, withNext: true);
        _image = Info.Observations.Image == inner.Info.Observations.Image ? Info.Observations.Image?.Length ?? 0 : 0;
    }

    /// <inheritdoc/>
    public EnvironmentInfo Info { get; }

    /// <inheritdoc/>
    public int Count => Inner.Count;

    /// <inheritdoc/>
    public bool SupportsMasking => _rowwise is not null;

    /// <inheritdoc/>
    public ImmutableArray<string> Skills => (Inner as IExpertSource)?.Skills ?? [];

    /// <inheritdoc/>
    public IReadOnlyList<string> Bodies => (Inner as IPerturbable)?.Bodies ?? [];

    /// <inheritdoc/>
    public IReadOnlyList<string> Cameras => (Inner as IFrameSource)?.Cameras ?? [];

    /// <inheritdoc/>
    public long Divergences => (Inner as IDivergenceSource)?.Divergences ?? 0;

    /// <summary>What is wrapped.</summary>
    protected IVectorEnvironment Inner { get; }

    /// <summary>What is wrapped, for wrappers that let some environments rest or cut episodes short.</summary>
    /// <exception cref="SpecMismatchException">The inner environment cannot do that.</exception>
    protected IMaskedStepping Rowwise => _rowwise
        ?? throw new SpecMismatchException($"what '{GetType().Name}' wraps",
            "environments that can step one without the other",
            $"'{Inner.Info.Name}', which cannot");

    /// <inheritdoc/>
    public void Reset(ulong seed, StartDistribution start, StepBuffer into)
    {
        StepBuffer under = Under(into);
        Inner.Reset(seed, start, under);
        Pass(under, into, []);
        OnReset(seed, under, into);
    }

    /// <inheritdoc/>
    public virtual void Step(ReadOnlySpan<float> actions, StepBuffer into)
    {
        Check(actions);
        StepBuffer under = Under(into);
        Inner.Step(Change(actions, []), under);
        Pass(under, into, []);
        OnStep(under, into, []);
    }

    /// <inheritdoc/>
    public virtual void StepMasked(ReadOnlySpan<float> actions, ReadOnlySpan<bool> skipped, StepBuffer into)
    {
        Check(actions);
        StepBuffer under = Under(into);
        Rowwise.StepMasked(Change(actions, skipped), skipped, under);
        Pass(under, into, skipped);
        OnStep(under, into, skipped);
    }

    /// <inheritdoc/>
    public void ResetRows(ReadOnlySpan<bool> rows, StepBuffer into)
    {
        StepBuffer under = Under(into);
        Rowwise.ResetRows(rows, under);
        if (_between is not null)
        {
            int width = Info.Observations.Length, image = Info.Observations.Image?.Length ?? 0;
            for (int row = 0; row < Count; row++)
            {
                if (!rows[row]) continue;
                CopyRow(into.Observations, into.FinalObservations, row, width);
                CopyRow(into.Images, into.FinalImages, row, image);
                CopyRow(under.Images, into.Images, row, _image);
                PassNext(under, into, row);
            }
        }

        OnRestart(rows, under, into);
    }

    /// <inheritdoc/>
    public void SampleStates(ulong seed, long draw, StateSource source, StepBuffer into)
    {
        StepBuffer under = Under(into);
        Inner.SampleStates(seed, draw, source, under);
        Pass(under, into, []);
        OnPlace(under, into);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// What the script would do in the present state, said as this environment takes it (<see cref="Restate"/>). A script knows nothing of
    /// delays, noise, repeats or actions that stick, so it makes up for none of them: how well it fares through them is theirs to show.
    /// </remarks>
    public void Demonstrate(string skill, Span<float> actions)
    {
        if (Inner is not IExpertSource source) throw new UnknownNameException($"scripted expert of '{Info.Name}'", skill, []);
        source.Demonstrate(skill, actions);
        Restate(actions);
    }

    /// <inheritdoc/>
    public void Push(int environment, string body, Vector3 force)
    {
        if (Inner is not IPerturbable bodies) throw new UnknownNameException($"body of '{Info.Name}'", body, []);
        bodies.Push(environment, body, force);
    }

    /// <inheritdoc/>
    public int ReadContacts(int environment, Span<Vector3> positions) =>
        Inner is IContactSource source ? source.ReadContacts(environment, positions) : 0;

    /// <inheritdoc/>
    public void DrawFrames(FrameSpec spec, Span<byte> frames)
    {
        if (Inner is not IFrameSource { Cameras.Count: > 0 } source)
            throw new SpecMismatchException($"frames of environment '{Info.Name}'",
                "an environment that draws itself", "one that does not");
        source.DrawFrames(spec, frames);
    }

    /// <inheritdoc/>
    public void Save(Snapshot into)
    {
        Inner.Save(into.Section("inner"));
        SaveOwn(into);
    }

    /// <inheritdoc/>
    public void Load(Snapshot from)
    {
        Inner.Load(from.Section("inner"));
        LoadOwn(from);
    }

    /// <inheritdoc/>
    public void Adopt(Snapshot from)
    {
        (Inner as IWarmStart)?.Adopt(from.Section("inner"));
        AdoptOwn(from);
    }

    /// <summary>Frees the inner environment.</summary>
    public virtual void Dispose()
    {
        Inner.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Whether an environment rests in this step.</summary>
    protected static bool Skips(ReadOnlySpan<bool> skipped, int row) => !skipped.IsEmpty && skipped[row];

    /// <summary>Refuses actions before anything moves.</summary>
    /// <exception cref="SpecMismatchException">Their number is not N A.</exception>
    /// <exception cref="NonFiniteException">One is NaN or infinite.</exception>
    protected void Check(ReadOnlySpan<float> actions)
    {
        SpecMismatchException.ThrowIfLength("actions [N, A]", actions.Length, Count * Info.Actions.Length);
        NonFiniteException.ThrowIfAny(actions, "An action");
    }

    /// <summary>What the inner environment is told to do.</summary>
    /// <param name="actions">[N, A], finite.</param>
    /// <param name="skipped">[N], or empty if nobody rests.</param>
    /// <returns>[N, A of the inner environment]: the actions themselves, or memory of the wrapper's own.</returns>
    protected virtual ReadOnlySpan<float> Change(ReadOnlySpan<float> actions, ReadOnlySpan<bool> skipped) => actions;

    /// <summary>The other way round: how an action of the inner environment is asked for here.</summary>
    /// <param name="actions">[N, A], an expert's, on the way in for the inner environment and on the way out for
    /// this one; not clipped to bounds.</param>
    protected virtual void Restate(Span<float> actions)
    {
    }

    /// <summary>Episodes have begun everywhere.</summary>
    /// <param name="seed">Of all draws until the next reset.</param>
    /// <param name="under">What the inner environment wrote.</param>
    /// <param name="into">The caller's; the same unless observations are reshaped, in which case they are still to be written.</param>
    protected virtual void OnReset(ulong seed, StepBuffer under, StepBuffer into)
    {
    }

    /// <summary>Environments that do not rest have stepped; where an episode ended, the next has begun.</summary>
    protected virtual void OnStep(StepBuffer under, StepBuffer into, ReadOnlySpan<bool> skipped)
    {
    }

    /// <summary>
    /// Episodes were cut short: final observations are in place, those of the new episodes' starts are the inner environment's.
    /// </summary>
    protected virtual void OnRestart(ReadOnlySpan<bool> rows, StepBuffer under, StepBuffer into)
    {
    }

    /// <summary>States were drawn without playing.</summary>
    protected virtual void OnPlace(StepBuffer under, StepBuffer into)
    {
    }

    /// <summary>Writes what a later step of this wrapper depends on.</summary>
    protected virtual void SaveOwn(Snapshot into)
    {
    }

    /// <summary>Brings back what <see cref="SaveOwn"/> wrote.</summary>
    protected virtual void LoadOwn(Snapshot from)
    {
    }

    /// <summary>Takes over what this wrapper has learned, of all that <see cref="SaveOwn"/> wrote.</summary>
    protected virtual void AdoptOwn(Snapshot from)
    {
    }

    private static void CopyRow<T>(T[] from, T[] into, int row, int width) => Array.Copy(from, row * width, into, row * width, width);

    private StepBuffer Under(StepBuffer into) => _between ?? into;

    /// <summary>
    /// Copies all but the observations (and images that are reshaped) from the inner buffer to the caller's, if they are two.
    /// </summary>
    private void Pass(StepBuffer under, StepBuffer into, ReadOnlySpan<bool> skipped)
    {
        if (_between is null) return;
        for (int row = 0; row < Count; row++)
        {
            if (Skips(skipped, row)) continue;
            CopyRow(under.Images, into.Images, row, _image);
            if (under.Kinds[row].Ends()) CopyRow(under.FinalImages, into.FinalImages, row, _image);
            CopyRow(under.States, into.States, row, Info.State.Length);
            CopyRow(under.Poses, into.Poses, row, (Info.Scene?.PoseLength ?? 0));
            CopyRow(under.RewardTerms, into.RewardTerms, row, Info.RewardTerms.Length);
            CopyRow(under.VisualParameters, into.VisualParameters, row, Info.VisualRandomization.Length);
            CopyRow(under.RandomizedParameters, into.RandomizedParameters, row, Info.RandomizedParameters.Length);
            (into.Rewards[row], into.RewardScales[row], into.Kinds[row]) = (under.Rewards[row], under.RewardScales[row], under.Kinds[row]);
            PassNext(under, into, row);
        }
    }

    private void PassNext(StepBuffer under, StepBuffer into, int row)
    {
        if (!into.HasNext) return;
        CopyRow(under.NextPoses, into.NextPoses, row, (Info.Scene?.PoseLength ?? 0));
        CopyRow(under.NextVisualParameters, into.NextVisualParameters, row, Info.VisualRandomization.Length);
    }
}
