using EmbodiedRL.Core;
using EmbodiedRL.Rewards.Learned;
using EmbodiedRL.Training.Films;

namespace EmbodiedRL.App.Viewing;

/// <summary>What the page of comparisons shows.</summary>
/// <param name="Environment">Name in the catalog.</param>
/// <param name="Pair">Number of the pair that is asked about.</param>
/// <param name="Answered">Pairs that have an answer.</param>
/// <param name="Skipped">Of these, pairs of which nothing could be said.</param>
/// <param name="Wanted">Answers that are wanted.</param>
/// <param name="IsDone">Whether all are there.</param>
/// <param name="Frames">Frames of a segment.</param>
/// <param name="Seconds">Between two frames.</param>
internal sealed record LabelStatus(
    string Environment, long Pair, int Answered, int Skipped, int Wanted, bool IsDone, int Frames, double Seconds);

/// <summary>What the page of comparisons sends.</summary>
internal sealed record LabelRequest
{
    /// <summary>The pair that was seen.</summary>
    public long Pair { get; init; } = -1;

    /// <summary>One of <see cref="PreferenceAnswer.Answers"/>.</summary>
    public string Answer { get; init; } = "";
}

/// <summary>Comparison of segments by a person: shows a pair, takes the answer to the disk, goes on with the next.</summary>
/// <remarks>Thread-safe: requests of the page come on any thread. Owns the pairs and the file.</remarks>
internal sealed class LabelSession : IDisposable
{
    private readonly Lock _lock = new();
    private readonly SegmentPairs _pairs;
    private readonly PreferenceFile _file;
    private readonly int _wanted;
    private SegmentPair? _shown;

    /// <summary>Begins, or goes on where a file ends.</summary>
    /// <param name="pairs">Owned from now on.</param>
    /// <param name="path">Of the answers.</param>
    /// <param name="wanted">Answers that are wanted in all.</param>
    /// <param name="seed">Of the pairs.</param>
    /// <exception cref="EmbodiedException">The file is of something else, or cannot be written.</exception>
    public LabelSession(SegmentPairs pairs, string path, int wanted, ulong seed)
    {
        (_pairs, _wanted) = (pairs, wanted);
        try
        {
            _file = PreferenceFile.Open(path, new PreferenceHeader
            {
                Environment = pairs.Info.Name,
                Names = [.. Enumerable.Range(0, pairs.Info.State.Length).Select(pairs.Info.State.NameOf)],
                Segment = pairs.Segment,
                Policy = pairs.Policy,
                Seed = seed,
            });
        }
        catch
        {
            pairs.Dispose();
            throw;
        }
    }

    /// <summary>Where it stands.</summary>
    public LabelStatus Status
    {
        get
        {
            lock (_lock)
                return new LabelStatus(_pairs.Info.Name, _file.Next, _file.Answered, _file.Skipped, _wanted, _file.Answered >= _wanted,
                    _pairs.Segment, _pairs.Info.ControlTimestep);
        }
    }

    /// <summary>A frame of the pair that is asked about.</summary>
    /// <param name="pair">Its number.</param>
    /// <param name="side"><c>left</c> or <c>right</c>.</param>
    /// <param name="frame">From 0.</param>
    /// <returns>A JPEG file; null if no such frame is shown now.</returns>
    public byte[]? Frame(long pair, string side, int frame)
    {
        lock (_lock)
        {
            if (pair != _file.Next || side is not ("left" or "right") || frame < 0 || frame >= _pairs.Segment) return null;
            SegmentPair shown = Shown();
            return (side == "left" ? shown.Left : shown.Right).Frames[frame];
        }
    }

    /// <summary>Takes an answer; it is on the disk when this returns.</summary>
    /// <exception cref="SettingsException">It is about another pair than the one that is asked about, or no answer.</exception>
    public LabelStatus Answer(LabelRequest request)
    {
        lock (_lock)
        {
            long asked = _file.Next;
            if (request.Pair != asked)
                throw new SettingsException("label",
                    [$"pair: expected {asked}, which is asked about, found {request.Pair}. Reload the page."]);
            SegmentPair shown = Shown();
            _file.Append(new PreferenceAnswer
            {
                Pair = asked,
                Answer = request.Answer,
                Left = shown.Left.States,
                Right = shown.Right.States,
            });
            return Status;
        }
    }

    /// <summary>Closes file, environment and camera.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _file.Dispose();
            _pairs.Dispose();
        }
    }

    private SegmentPair Shown() => _shown = _shown?.Number == _file.Next ? _shown : _pairs.Play(_file.Next);
}
