using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Training.Auditing;

/// <summary>Plays episodes of a policy and keeps T frames of each, evenly spread.</summary>
internal sealed class PlayedEpisodes(IVectorEnvironment environment, AuditGoal goal, int frames)
{
    private readonly StepBuffer _buffer = new(1, environment.Info);

    /// <summary>Plays one episode.</summary>
    /// <param name="kind">Of the trajectory.</param>
    /// <param name="policy">Who acts. Lent.</param>
    /// <param name="seed">Of start and actions.</param>
    /// <param name="instruction">That it is played for.</param>
    /// <param name="untilFulfilled">Whether it is cut where the goal begins to hold for good.</param>
    /// <param name="cancel">Stops between two steps.</param>
    /// <param name="start">Where it begins.</param>
    public AuditTrajectory Play(TrajectoryKind kind, IPolicy policy, ulong seed, int instruction, bool untilFulfilled,
        CancellationToken cancel, StartDistribution start = StartDistribution.WholeRange)
    {
        var notes = new TrajectoryNotes(goal);
        using IActor actor = policy.CreateActor(1, ActorMode.Deterministic, seed);
        float[] action = new float[environment.Info.Actions.Length];
        bool[] starts = [true];
        environment.Reset(seed, start, _buffer);
        do
        {
            cancel.ThrowIfCancellationRequested();
            actor.Act(new ObservationRows(_buffer.Observations, _buffer.Images), starts, action, []);
            starts[0] = false;
            environment.Step(action, _buffer);
            notes.Take(_buffer, action);
        }
        while (!_buffer.Kinds[0].Ends());
        int last = untilFulfilled ? LastOf(notes.Holds) : notes.Holds.Count - 1;
        return notes.Trajectory(kind, instruction).Of(kind, Spread(last));
    }

    /// <summary>The step from which on the goal holds to the end; the last one if it does not hold there.</summary>
    private static int LastOf(IReadOnlyList<bool> holds)
    {
        int first = holds.Count;
        while (first > 0 && holds[first - 1]) first--;
        return Math.Min(first, holds.Count - 1);
    }

    /// <summary>T frames from the first to the last step; of fewer steps the last is shown again.</summary>
    private int[] Spread(int last) => [.. Enumerable.Range(0, frames)
        .Select(i => last < frames ? Math.Min(i, last) : (int)((long)i * last / (frames - 1)))];
}
