using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Training.Auditing;
using EmbodiedRL.Training.Loop;

namespace EmbodiedRL.Training.Preflights;

/// <summary>Makes what a reward is looked at along: ways from typical starts to success, and episodes of random actions.</summary>
/// <param name="environment">One environment, alone. Lent.</param>
/// <param name="goal">What is asked for.</param>
/// <param name="settings">How many.</param>
/// <param name="seed">Of all draws.</param>
internal sealed class PreflightTrajectories(IVectorEnvironment environment, AuditGoal goal, PreflightSettings settings, ulong seed)
{
    private const double Held = 0.8; // probability that a random action is kept for another step, as an audit's
    private const int Tries = 12;    // ways whose ends are not as they should be are drawn anew

    private readonly StatePath _paths = new(environment, goal, seed);
    private readonly StepBuffer _buffer = new(1, environment.Info);

    /// <summary>Ways to success from the task's own start, then from starts over the whole range.</summary>
    /// <param name="cancel">Stops between two.</param>
    /// <returns>With the start of each, and notes of what could not be made.</returns>
    public (IReadOnlyList<(StartDistribution Start, AuditTrajectory Way)> Ways, IReadOnlyList<string> Notes) Ways(CancellationToken cancel)
    {
        var states = new SampledStates(environment, goal, seed);
        if (states.Violation is { } violation) return ([], [$"No way to success was made: {violation}"]);
        var ways = new List<(StartDistribution, AuditTrajectory)>();
        var notes = new List<string>();
        foreach (StartDistribution start in new[] { StartDistribution.Task, StartDistribution.WholeRange })
        {
            int before = ways.Count;
            for (int path = 0; path < settings.Paths; path++)
            {
                cancel.ThrowIfCancellationRequested();
                if (Way(start, states.Fulfilling, path) is { } way) ways.Add((start, way));
            }

            if (ways.Count == before)
                notes.Add("No way to success from "
                    + $"{(start == StartDistribution.Task ? "the task's own start" : "the whole range of starts")}: "
                    + "it fulfills the goal already, or what fulfills it does so no longer a step later.");
        }

        return (ways, notes);
    }

    /// <summary>Episodes of random actions.</summary>
    /// <param name="start">Where the run's episodes start.</param>
    /// <param name="cancel">Stops between two steps.</param>
    public IEnumerable<AuditTrajectory> Played(StartDistribution start, CancellationToken cancel)
    {
        var played = new PlayedEpisodes(environment, goal, settings.Frames);
        var random = new RandomPolicy(environment.Info.Actions, Held);
        for (int episode = 0; episode < settings.Episodes; episode++)
            yield return played.Play(TrajectoryKind.Random, random, Rng.For(seed, "preflight/random", episode).NextBits(), 0, false, cancel,
                start);
    }

    private AuditTrajectory? Way(StartDistribution start, IReadOnlyList<SampledState> ends, int path)
    {
        double[] shares = [.. Enumerable.Range(0, settings.Frames).Select(i => (double)i / (settings.Frames - 1))];
        var rng = Rng.For(seed, $"preflight/{start}", path);
        for (int tried = 0; tried < Tries; tried++)
        {
            environment.Reset(rng.NextBits(), start, _buffer);
            var from = new Snapshot();
            environment.Save(from);
            AuditTrajectory way = _paths.Walk(TrajectoryKind.Success, from, _paths.At(ends[rng.Below(ends.Count)]), shares);
            if (way.Succeeds && !way.Holds[0]) return way;
        }

        return null;
    }
}
