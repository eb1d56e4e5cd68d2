using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;

namespace EmbodiedRL.Rewards.Sources;

/// <summary>Window over the last scored frames of an episode: a step's score becomes their mean, greatest or least.</summary>
/// <remarks>Of an episode's first frames the window holds as many as there are. Rows without a score stay so and fill no place.</remarks>
internal sealed class FrameWindow : ISnapshot
{
    public const string Mean = "mean", Max = "max", Min = "min";

    private readonly int _length;
    private readonly string _over;
    private readonly SortedDictionary<long, float[]> _kept = []; // of episodes that go on, the oldest first

    /// <param name="length">Scores in a full window, at least 1.</param>
    /// <param name="over">One of the three names.</param>
    /// <exception cref="SettingsException">It is none of them.</exception>
    public FrameWindow(int length, string over)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        if (Violation(over) is { } violation) throw new SettingsException("window", [violation]);
        (_length, _over) = (length, over);
    }

    /// <summary>What is wrong with a name; null if nothing is.</summary>
    public static string? Violation(string over) => RowGroups.Violation("over", over, Mean, Max, Min);

    /// <summary>Joins the scores of a batch. Rows that do not follow each other are windows of their own.</summary>
    public void Apply(RewardBatch batch, Span<float> scores, ScoreContext context)
    {
        if (_length == 1 || batch.NextRow == 0) return;
        var columns = new List<float>[batch.NextRow];
        for (int row = 0; row < scores.Length; row++)
        {
            int column = row % columns.Length;
            if (row < columns.Length) columns[column] = [.. Before(batch.Episode[row], context)];
            else if (batch.Episode[row] != batch.Episode[row - columns.Length]) columns[column].Clear();
            if (float.IsNaN(scores[row])) continue;
            if (columns[column].Count == _length) columns[column].RemoveAt(0);
            columns[column].Add(scores[row]);
            scores[row] = Joined(columns[column]);
        }

        if (context.Frozen) return;
        _kept.Clear();
        for (int row = Math.Max(0, batch.Rows - columns.Length); row < batch.Rows; row++)
            if (!batch.EndsEpisode(row) && columns[row % columns.Length] is { Count: > 0 } left)
                _kept[batch.Episode[row]] = [.. left.Skip(left.Count - _length + 1)];
    }

    public void Save(Snapshot into)
    {
        if (_length == 1) return;
        into.Put<long>("episodes", _kept.Keys.ToArray());
        into.Put<int>("counts", _kept.Values.Select(scores => scores.Length).ToArray());
        into.Put<float>("scores", _kept.Values.SelectMany(scores => scores).ToArray());
    }

    public void Load(Snapshot from)
    {
        if (_length == 1) return;
        _kept.Clear();
        long[] episodes = from.GetAll<long>("episodes");
        int[] counts = from.GetAll<int>("counts");
        float[] scores = from.GetAll<float>("scores");
        SpecMismatchException.ThrowIfLength("windows of episodes", counts.Length, episodes.Length);
        SpecMismatchException.ThrowIfLength("scores of windows", scores.Length, counts.Sum());
        for (int i = 0, at = 0; i < episodes.Length; at += counts[i], i++) _kept[episodes[i]] = scores[at..(at + counts[i])];
    }

    private float[] Before(long episode, ScoreContext context) =>
        !context.Frozen && _kept.TryGetValue(episode, out float[]? scores) ? scores : [];

    private float Joined(List<float> scores) => _over switch
    {
        Max => scores.Max(),
        Min => scores.Min(),
        _ => (float)(scores.Sum(score => (double)score) / scores.Count),
    };
}
