using EmbodiedRL.Core;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Training.Demonstrations;

/// <summary>Puts episodes together from row groups: ours hold one each, those of other tools several, or a part of one.</summary>
internal sealed class EpisodePieces(string path, DemonstrationHeader header)
{
    private readonly Queue<Dictionary<string, Array>> _whole = new();
    private Dictionary<string, Array>? _open;

    /// <summary>Adds the rows of a group, cut where another episode begins.</summary>
    public void Add(Dictionary<string, Array> group)
    {
        long[] episodes = (long[])group[DemonstrationColumns.Episode];
        for (int first = 0, next; first < episodes.Length; first = next)
        {
            next = first + 1;
            while (next < episodes.Length && episodes[next] == episodes[first]) next++;
            Dictionary<string,
                Array> piece = next - first == episodes.Length
                    ? group
                    : group.ToDictionary(column => column.Key, column => Slice(column.Value, first, next, episodes.Length));
            if (_open is not null && IndexOf(_open) == IndexOf(piece)) piece = Join(_open, piece);
            else End();
            _open = piece;
            if (HasEnd(piece)) End();
        }
    }

    /// <summary>No more rows of the episode that is open will come.</summary>
    public void End()
    {
        if (_open is not null) _whole.Enqueue(_open);
        _open = null;
    }

    /// <summary>The next whole episode; null if there is none yet.</summary>
    /// <exception cref="CorruptFileException">It is not what was written.</exception>
    public DemonstrationEpisode? Take() =>
        _whole.TryDequeue(out Dictionary<string, Array>? whole) ? Check(DemonstrationColumns.Build(whole, header.EmptyEntries)) : null;

    private static long IndexOf(Dictionary<string, Array> piece) => ((long[])piece[DemonstrationColumns.Episode])[0];

    private static bool HasEnd(Dictionary<string, Array> piece) =>
        ((bool[])piece[DemonstrationColumns.Terminated])[^1] || ((bool[])piece[DemonstrationColumns.Truncated])[^1];

    private static Array Slice(Array values, int first, int next, int rows)
    {
        int width = values.Length / rows;
        Array slice = Array.CreateInstance(values.GetType().GetElementType()!, (next - first) * width);
        Array.Copy(values, first * width, slice, 0, slice.Length);
        return slice;
    }

    private static Dictionary<string, Array> Join(Dictionary<string, Array> first, Dictionary<string, Array> second) =>
        first.ToDictionary(column => column.Key, column =>
        {
            Array more = second[column.Key],
                joined = Array.CreateInstance(more.GetType().GetElementType()!, column.Value.Length + more.Length);
            column.Value.CopyTo(joined, 0);
            more.CopyTo(joined, column.Value.Length);
            return joined;
        });

    private DemonstrationEpisode Check(DemonstrationEpisode episode)
    {
        string what = $"episode {episode.Index}";
        Require(what, "observation", episode.Observations.Length, episode.Steps * header.Observation.Sum(field => field.Length));
        Require(what, "next_observation", episode.NextObservations.Length, episode.Observations.Length);
        Require(what, "action", episode.Actions.Length, episode.Steps * header.Action.Sum(field => field.Length));
        Require(what, "state", episode.States.Length, episode.Steps * header.State.Sum(field => field.Length));
        RequireImages(what, DemonstrationColumns.Image, episode.Images);
        RequireImages(what, DemonstrationColumns.NextImage, episode.NextImages);
        // another tool wrote other episodes into it
        if (header.Digests.Count == 0 || header.Digests.Count != header.Episodes) return episode;
        if (episode.Index < 0 || episode.Index >= header.Digests.Count || EpisodeDigest.Of(episode) != header.Digests[(int)episode.Index])
            throw new CorruptFileException(path,
                $"{what} to fit its hash in the file's metadata",
                "other values",
                "The file is altered; record it again.");
        return episode;
    }

    private void RequireImages(string episode, string column, byte[][]? images)
    {
        int length = header.Image?.Length ?? 0;
        foreach (byte[] image in images ?? []) Require(episode, column, image.Length, length);
    }

    private void Require(string episode, string column, int found, int expected)
    {
        if (found != expected)
            throw new CorruptFileException(path,
                $"{expected} values of {column} in {episode}, as the file's metadata say",
                $"{found}",
                "The file is altered; record it again.");
    }
}
