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
    internal const string Episode = "episode", Step = "step", Observation = "observation", Action = "action", Reward = "reward",
        RewardTerms = "reward_terms",
        State = "state", NextObservation = "next_observation", Terminated = "terminated", Truncated = "truncated",
        Frame = "frame", Snapshot = "snapshot/",
        Image = "observation_image", NextImage = "next_observation_image";

    /// <summary>
    /// The columns and what they mean. Fields of lists are named, in order, in the file's metadata (see <see cref="DemonstrationHeader"/>).
    /// </summary>
    public static IReadOnlyList<DemonstrationColumn> All { get; } =
    [
        new(Episode, "int64", "Number of the episode, from 0; its rows stand together."),
        new(Step, "int32", "Number of the step in its episode, from 0."),
        new(Observation, "list<float>", "What was acted on."),
        new(Action, "list<float>", "What was done, within its bounds; a choice is its number."),
        new(Reward, "float", "The hand-built reward of the step."),
        new(RewardTerms, "list<float>", "The parts that the reward is the sum of."),
        new(State, "list<float>", "What rewards and measures read, after the action."),
        new(NextObservation, "list<float>",
            "What the action led to; in an episode's last row its last observation, never the first of the next."),
        new(Image, "binary",
            "The image acted on, its bytes [H, W, C] as they are, row 0 at the top; only where observations have one. Without numbers "
                + "beside it there is no observation column."),
        new(NextImage, "binary", "The image that the action led to, as next_observation."),
        new(Terminated, "bool", "The task came to its end: what follows is worth nothing."),
        new(Truncated, "bool", "Time ran out: what follows would have gone on."),
        new(Frame, "binary", "A PNG of the state reached; only if frames were recorded."),
        new(Snapshot + "*", "list<...>",
            "The environment's whole state before the action, one column for each entry (qpos, qvel, time, ...) of its own type: from any "
                + "row on it can be played again bit for bit."),
    ];

    /// <summary>What every file has.</summary>
    internal static IReadOnlyList<string> Required { get; } = [Episode, Step, Action, Reward, RewardTerms, State, Terminated, Truncated];

    /// <summary>What was seen: numbers, images, or both.</summary>
    internal static IReadOnlyList<string> Seen(bool hasNumbers, bool hasImages) =>
        [.. hasNumbers || !hasImages ? new[] { Observation, NextObservation } : [], .. hasImages ? new[] { Image, NextImage } : []];

    /// <summary>An episode's values by column; those of lists row after row.</summary>
    internal static Dictionary<string, Array> Values(DemonstrationEpisode episode)
    {
        var values = new Dictionary<string, Array>(StringComparer.Ordinal)
        {
            [Episode] = Array.ConvertAll(episode.Kinds, _ => episode.Index),
            [Step] = Enumerable.Range(0, episode.Steps).ToArray(),
        };
        bool hasNumbers = episode.Observations.Length > 0;
        if (hasNumbers) values[Observation] = episode.Observations;
        values[Action] = episode.Actions;
        values[Reward] = episode.Rewards;
        values[RewardTerms] = episode.RewardTerms;
        values[State] = episode.States;
        if (hasNumbers) values[NextObservation] = episode.NextObservations;
        values[Terminated] = Array.ConvertAll(episode.Kinds, kind => kind == StepKind.Terminated);
        values[Truncated] = Array.ConvertAll(episode.Kinds, kind => kind == StepKind.Truncated);
        if (episode.Images is not null) values[Image] = episode.Images;
        if (episode.NextImages is not null) values[NextImage] = episode.NextImages;
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
            Observations = values.TryGetValue(Observation, out Array? seen) ? (float[])seen : [],
            NextObservations = values.TryGetValue(NextObservation, out Array? next) ? (float[])next : [],
            Images = values.TryGetValue(Image, out Array? images) ? (byte[][])images : null,
            NextImages = values.TryGetValue(NextImage, out Array? following) ? (byte[][])following : null,
            Actions = (float[])values[Action],
            States = (float[])values[State],
            Rewards = (float[])values[Reward],
            RewardTerms = (float[])values[RewardTerms],
            Kinds = [.. terminated.Zip(truncated, (over, late) => over ? StepKind.Terminated : late ? StepKind.Truncated : StepKind.Mid)],
            Snapshots = snapshots,
            Frames = values.TryGetValue(Frame, out Array? frames) ? (byte[][])frames : null,
        };
    }

    internal static bool IsList(string column) => column is not (Episode or Step or Reward or Terminated or Truncated) && !IsBinary(column);

    internal static bool IsBinary(string column) => column is Frame or Image or NextImage;
}
