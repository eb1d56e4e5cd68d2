using EmbodiedRL.Core;

namespace EmbodiedRL.Simulation.Checking;

/// <summary>Checks of determinism: equal seeds give equal bytes, whatever the number of threads and environments.</summary>
internal static class RepetitionChecks
{
    private const int Steps = 60;

    public static IEnumerable<Finding> Determinism(EnvironmentCheck.Maker create)
    {
        using CheckRollout one = new(create), many = new(create, workers: 3);
        if (FirstDifference(one, many) is { } threads)
            yield return new("equal bytes from one thread and from three",
                threads,
                "Keep what an environment draws and remembers in its own row, never in something shared.");
    }

    public static IEnumerable<Finding> Afresh(EnvironmentCheck.Maker create)
    {
        using CheckRollout used = new(create), fresh = new(create);
        used.Reset(8);
        for (int step = 0; step < Steps; step++) used.Step();
        if (FirstDifference(used, fresh) is { } before)
            yield return new("equal bytes from equal seeds, whatever was played before",
                before,
                "Draw only from the Rng that is handed in, and let Start set everything that an episode begins with.");
    }

    public static IEnumerable<Finding> Rows(EnvironmentCheck.Maker create)
    {
        using CheckRollout all = new(create), alone = new(create, count: 1);
        all.Reset(3);
        alone.Reset(3);
        int actions = all.Info.Actions.Length;
        for (int step = 1; step <= Steps; step++)
        {
            all.Step();
            alone.Step(all.Actions.AsSpan(0, actions));
            if (BufferComparison.Difference(alone.Buffer, all.Buffer, all.Info) is not { } difference) continue;
            yield return new("the first of three environments to play as one alone",
                $"{difference} after step {step}",
                "Let no row read another, and no draw depend on how many there are.");
            yield break;
        }
    }

    public static IEnumerable<Finding> SnapshotBack(EnvironmentCheck.Maker create)
    {
        using CheckRollout played = new(create), brought = new(create);
        played.Reset(11);
        brought.Reset(12); // whatever is not loaded shows
        for (int step = 0; step < 25; step++) played.Step();
        var snapshot = new Snapshot();
        played.Environment.Save(snapshot);
        brought.Environment.Load(snapshot);
        for (int step = 1; step <= played.Info.EpisodeSteps; step++)
        {
            played.Step();
            brought.Step(played.Actions);
            if (BufferComparison.Difference(played.Buffer, brought.Buffer, played.Info) is not { } difference) continue;
            yield return new("an episode that goes on from a snapshot as if it had not stopped", $"{difference}, {step} steps after it",
                "Keep what a later step depends on in the physics (user data, mocap bodies), which are saved, or save it too.");
            yield break;
        }
    }

    private static string? FirstDifference(CheckRollout one, CheckRollout other)
    {
        one.Reset(7);
        other.Reset(7);
        for (int step = 0; step <= Steps; step++)
        {
            if (BufferComparison.Difference(one.Buffer, other.Buffer, one.Info) is { } difference)
                return $"{difference} after {(step == 0 ? "a reset" : $"step {step}")}";
            one.Step();
            other.Step();
        }

        return null;
    }
}
