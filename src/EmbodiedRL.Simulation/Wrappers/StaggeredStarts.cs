using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Core.Wrapping;

namespace EmbodiedRL.Simulation.Wrappers;

/// <summary>
/// Staggered starts: truncates the first episode after a reset, each environment's at another length, so that
/// episodes do not all begin in the same step.
/// </summary>
/// <remarks>
/// Without it, environments of one time limit show a learner all beginnings at once and then none for long. The
/// cut is a truncation: the task is not over.
/// </remarks>
public sealed class StaggeredStarts : EnvironmentWrapper
{
    private readonly int[] _left; // steps until the cut; 0 where the first episode has ended
    private readonly bool[] _cut;

    /// <summary>Wraps environments.</summary>
    /// <param name="inner">Owned from here on.</param>
    /// <exception cref="SpecMismatchException">The inner environment cannot begin one episode without the others.</exception>
    public StaggeredStarts(IVectorEnvironment inner) : base(inner)
    {
        (_left, _cut) = (new int[inner.Count], new bool[inner.Count]);
        _ = Rowwise;
    }

    /// <summary>How long the first episode of an environment may last: spread evenly, the first environment's to the whole of it.</summary>
    /// <param name="row">Which.</param>
    /// <param name="count">Of how many.</param>
    /// <param name="episodeSteps">The time limit.</param>
    /// <returns>In [1, time limit].</returns>
    public static int FirstLimit(int row, int count, int episodeSteps) => episodeSteps - (int)((long)row * episodeSteps / count);

    /// <inheritdoc/>
    protected override void OnReset(ulong seed, StepBuffer under, StepBuffer into)
    {
        for (int row = 0; row < Count; row++) _left[row] = FirstLimit(row, Count, Info.EpisodeSteps);
    }

    /// <inheritdoc/>
    protected override void OnStep(StepBuffer under, StepBuffer into, ReadOnlySpan<bool> skipped)
    {
        bool any = false;
        for (int row = 0; row < Count; row++)
        {
            _cut[row] = false;
            if (_left[row] == 0 || Skips(skipped, row)) continue;
            _left[row]--;
            if (into.Kinds[row].Ends()) _left[row] = 0;
            else if (_left[row] == 0)
            {
                into.Kinds[row] = StepKind.Truncated;
                any = _cut[row] = true;
            }
        }

        if (any) Rowwise.ResetRows(_cut, into);
    }

    /// <inheritdoc/>
    protected override void OnRestart(ReadOnlySpan<bool> rows, StepBuffer under, StepBuffer into)
    {
        for (int row = 0; row < Count; row++)
            if (rows[row]) _left[row] = 0;
    }

    /// <inheritdoc/>
    protected override void SaveOwn(Snapshot into) => into.Put<int>("left", _left);

    /// <inheritdoc/>
    protected override void LoadOwn(Snapshot from) => from.Get<int>("left", _left);
}
