using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Training.Demonstrations;

/// <summary>A column of a file of demonstrations.</summary>
/// <param name="Name">As in the file.</param>
/// <param name="Type">In Parquet's words.</param>
/// <param name="Meaning">One sentence.</param>
public sealed record DemonstrationColumn(string Name, string Type, string Meaning);

/// <summary>Which columns a file of demonstrations has: one row a step, a row group an episode.</summary>
public static class DemonstrationColumns
{
    internal const string Episode = "episode", Step = "step", Observation = "observation", Action = "action", Reward = "reward", RewardTerms = "reward_terms",
        State = "state", NextObservation = "next_observation", Terminated = "terminated", Truncated = "truncated", Frame = "frame", Snapshot = "snapshot/";

    /// <summary>The columns and what they mean. Fields of lists are named, in order, in the file's metadata (see <see cref="DemonstrationHeader"/>).</summary>
    public static IReadOnlyList<DemonstrationColumn> All { get; } =
    [
        new(Episode, "int64", "Number of the episode, from 0; its rows stand together."),
        new(Step, "int32", "Number of the step in its episode, from 0."),
        new(Observation, "list<float>", "What was acted on."),
        new(Action, "list<float>", "What was done, within its bounds; a choice is its number."),
        new(Reward, "float", "The hand-built reward of the step."),
        new(RewardTerms, "list<float>", "The parts that the reward is the sum of."),
        new(State, "list<float>", "What rewards and measures read, after the action."),
        new(NextObservation, "list<float>", "What the action led to; in an episode's last row its last observation, never the first of the next."),
        new(Terminated, "bool", "The task came to its end: what follows is worth nothing."),
        new(Truncated, "bool", "Time ran out: what follows would have gone on."),
        new(Frame, "binary", "A PNG of the state reached; only if frames were recorded."),
        new(Snapshot + "*", "list<...>", "The environment's whole state before the action, one column for each entry (qpos, qvel, time, ...) of its own type: from any row on it can be played again bit for bit."),
    ];

    /// <summary>What every file has.</summary>
    internal static IReadOnlyList<string> Required { get; } = [Episode, Step, Observation, Action, Reward, RewardTerms, State, NextObservation, Terminated, Truncated];

    /// <summary>An episode's values by column; those of lists row after row.</summary>
    internal static Dictionary<string, Array> Values(DemonstrationEpisode episode)
    {
        var values = new Dictionary<string, Array>(StringComparer.Ordinal)
        {
            [Episode] = Array.ConvertAll(episode.Kinds, _ => episode.Index),
            [Step] = Enumerable.Range(0, episode.Steps).ToArray(),
            [Observation] = episode.Observations,
            [Action] = episode.Actions,
            [Reward] = episode.Rewards,
            [RewardTerms] = episode.RewardTerms,
            [State] = episode.States,
            [NextObservation] = episode.NextObservations,
            [Terminated] = Array.ConvertAll(episode.Kinds, kind => kind == StepKind.Terminated),
            [Truncated] = Array.ConvertAll(episode.Kinds, kind => kind == StepKind.Truncated),
        };
        if (episode.Frames is not null) values[Frame] = episode.Frames;
        foreach ((string name, Array entry) in episode.Snapshots)
            if (entry.Length > 0) values[Snapshot + name] = entry;
        return values;
    }

    /// <summary>The episode of such values.</summary>
    /// <param name="values">By column.</param>
    /// <param name="emptyEntries">Entries of the snapshot that have no column.</param>
    internal static DemonstrationEpisode Build(IReadOnlyDictionary<string, Array> values, IEnumerable<string> emptyEntries)
    {
        bool[] terminated = (bool[])values[Terminated], truncated = (bool[])values[Truncated];
        var snapshots = new SortedDictionary<string, Array>(StringComparer.Ordinal);
        foreach (string name in emptyEntries) snapshots[name] = Array.Empty<double>();
        foreach ((string name, Array entry) in values)
            if (name.StartsWith(Snapshot, StringComparison.Ordinal)) snapshots[name[Snapshot.Length..]] = entry;
        return new DemonstrationEpisode
        {
            Index = ((long[])values[Episode])[0],
            Observations = (float[])values[Observation],
            NextObservations = (float[])values[NextObservation],
            Actions = (float[])values[Action],
            States = (float[])values[State],
            Rewards = (float[])values[Reward],
            RewardTerms = (float[])values[RewardTerms],
            Kinds = [.. terminated.Zip(truncated, (over, late) => over ? StepKind.Terminated : late ? StepKind.Truncated : StepKind.Mid)],
            Snapshots = snapshots,
            Frames = values.TryGetValue(Frame, out Array? frames) ? (byte[][])frames : null,
        };
    }

    internal static bool IsList(string column) => column is not (Episode or Step or Reward or Terminated or Truncated or Frame);
}
