using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Simulation.Tasks;

namespace EmbodiedRL.Simulation.Checking;

/// <summary>How episodes begin and end.</summary>
internal static class EpisodeChecks
{
    public static IEnumerable<Finding> Starts(EnvironmentCheck.Maker create)
    {
        using var trial = new CheckRollout(create);
        const string advice = "Draw something of the start from the Rng that is handed in.";
        foreach (StartDistribution start in Enum.GetValues<StartDistribution>())
        {
            trial.Reset(1, start);
            float[] first = [.. trial.Buffer.States];
            if (trial.State(0).SequenceEqual(trial.State(1)))
                yield return new($"another start in every environment ({start})", "the same in two", advice);
            if (trial.Buffer.Kinds.Any(kind => kind != StepKind.First))
                yield return new("every row to be First after a reset", $"{trial.Buffer.Kinds[0]}", "Set the kinds in Reset.");
            trial.Reset(2, start);
            if (first.AsSpan().SequenceEqual(trial.Buffer.States))
                yield return new($"other starts from another seed ({start})", "the same", advice);
        }

        trial.Reset(1);
        float[] begun = [.. trial.Observation(0)];
        byte[] seen = [.. trial.Image(0)];
        for (int step = 0; step < trial.Info.EpisodeSteps; step++)
        {
            trial.Step();
            if (!trial.Buffer.Kinds[0].Ends()) continue;
            if (trial.Observation(0).SequenceEqual(begun) && trial.Image(0).SequenceEqual(seen))
                yield return new("another start in every episode", "the same in two", advice);
            yield break;
        }
    }

    public static IEnumerable<Finding> Endings(EnvironmentCheck.Maker create)
    {
        using var trial = new CheckRollout(create);
        foreach (StartDistribution start in Enum.GetValues<StartDistribution>())
            foreach (Finding finding in Endings(trial, start)) yield return finding;
    }

    public static IEnumerable<Finding> Placement(EnvironmentCheck.Maker create)
    {
        using var trial = new CheckRollout(create);
        var seen = new List<(StateSource Source, float[] States)>();
        foreach (StateSource source in Enum.GetValues<StateSource>())
        {
            float[] first = Place(0, source);
            foreach ((StateSource other, float[] states) in seen)
                if (states.AsSpan().SequenceEqual(first))
                    yield return new($"other states from {source} than from {other}",
                        "the same",
                        "Let Place draw otherwise for each source.");
            seen.Add((source, first));
            if (Place(1, source).AsSpan().SequenceEqual(first))
                yield return new($"other states in another draw ({source})", "the same", "Draw from the Rng that is handed to Place.");
            if (!Place(0, source).AsSpan().SequenceEqual(first))
                yield return new($"the same states from the same draw ({source})",
                    "others",
                    "Let nothing but the Rng that is handed in decide in Place.");
        }

        float[] Place(long draw, StateSource source)
        {
            trial.Environment.SampleStates(3, draw, source, trial.Buffer);
            return [.. trial.Buffer.States];
        }
    }

    private static IEnumerable<Finding> Endings(CheckRollout trial, StartDistribution start)
    {
        int limit = trial.Info.EpisodeSteps, atLimit = 0, terminatedAtLimit = 0;
        int[] lengths = new int[CheckRollout.Usual];
        trial.Reset(4, start);
        for (int step = 0; step < limit + 5; step++)
        {
            trial.Step();
            for (int row = 0; row < CheckRollout.Usual; row++)
            {
                StepKind kind = trial.Buffer.Kinds[row];
                int length = ++lengths[row];
                string place = $"in environment {row} after {length} steps of at most {limit}";
                if (!Enum.IsDefined(kind) || kind == StepKind.First)
                    yield return new("a step to be Mid, Terminated or Truncated", $"{kind} {place}", "Set the kind of every row in Step.");
                if (length > limit) yield return new("an episode to end when its time is up", $"none {place}", "Truncate at EpisodeSteps.");
                if (kind == StepKind.Truncated && length < limit && trial.Environment is not VectorEnvironment { Divergences: > 0 })
                    yield return new("Truncated only when time runs out",
                        $"it {place}",
                        "Terminate where the task is over: what follows is then worth nothing, where time runs out it is.");
                if (kind.Ends() && trial.LastIsNext(row))
                    yield return new("a last observation unlike the first of the next episode",
                        $"the same {place}",
                        "Write FinalObservations (and FinalImages) before the next episode begins.");
                if (length == limit && kind.Ends())
                    (atLimit, terminatedAtLimit) = (atLimit + 1, terminatedAtLimit + (kind == StepKind.Terminated ? 1 : 0));
                if (kind.Ends() || length > limit) lengths[row] = 0;
            }
        }

        // One task may come to its end in the very last step; all of them do not.
        if (atLimit > 1 && terminatedAtLimit == atLimit)
            yield return new("Truncated when time runs out",
                $"Terminated in all {atLimit} episodes that lasted {limit} steps",
                "Truncate where only time is up: the value of what follows still counts.");
    }
}
