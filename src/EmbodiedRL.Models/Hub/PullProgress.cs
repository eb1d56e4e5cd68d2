namespace EmbodiedRL.Models.Hub;

/// <summary>Progress of a pull.</summary>
/// <param name="File">The file that is being transferred.</param>
/// <param name="Index">Which one it is, from 1.</param>
/// <param name="Count">Files of the model.</param>
/// <param name="Done">Bytes of the model that are here, those of earlier attempts included.</param>
/// <param name="Total">Bytes of the model, as far as the hub says.</param>
/// <param name="BytesPerSecond">Over the last seconds.</param>
/// <param name="Remaining">Time to go at that speed; null while it is not known.</param>
public readonly record struct PullProgress(
    string File, int Index, int Count, long Done, long Total, double BytesPerSecond, TimeSpan? Remaining);

/// <summary>Listener of a pull: told of its progress, on the thread that works.</summary>
public interface IPullListener
{
    /// <summary>Bytes have arrived; called often.</summary>
    void Report(in PullProgress progress);

    /// <summary>Something failed and is tried again, or another process is waited for.</summary>
    /// <param name="what">The file or question.</param>
    /// <param name="reason">One clause.</param>
    /// <param name="wait">Time to the next attempt; zero where it is not known.</param>
    void Wait(string what, string reason, TimeSpan wait);

    /// <summary>Something that a person should know, in one sentence.</summary>
    void Note(string sentence);
}

/// <summary>Listener that nobody is behind.</summary>
internal sealed class SilentListener : IPullListener
{
    public void Report(in PullProgress progress)
    {
    }

    public void Wait(string what, string reason, TimeSpan wait)
    {
    }

    public void Note(string sentence)
    {
    }
}

/// <summary>Counts the bytes of a pull and measures their rate over the last ten seconds.</summary>
internal sealed class TransferMeter(TimeProvider time, IPullListener listener)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10), Grain = TimeSpan.FromMilliseconds(200);

    private readonly Queue<(long Time, long Bytes)> _marks = new();
    private long _received, _lastMark = long.MinValue;
    private string _file = "";
    private int _index;

    /// <summary>Files of the model.</summary>
    public int Count { get; set; }

    /// <summary>Bytes of the model.</summary>
    public long Total { get; set; }

    /// <summary>Bytes of files that are whole.</summary>
    public long Finished { get; private set; }

    /// <summary>Bytes that came over the network.</summary>
    public long Received => _received;

    /// <summary>A file begins.</summary>
    public void Begin(string file, int index) => (_file, _index) = (file, index);

    /// <summary>A file is whole.</summary>
    public void Finish(long bytes)
    {
        Finished += bytes;
        Tell(0);
    }

    /// <summary>Bytes came.</summary>
    /// <param name="bytes">New ones.</param>
    /// <param name="here">Of the file, those of earlier attempts included.</param>
    public void Add(int bytes, long here)
    {
        _received += bytes;
        long now = time.GetTimestamp();
        if (_lastMark == long.MinValue || time.GetElapsedTime(_lastMark, now) >= Grain)
        {
            _marks.Enqueue((now, _received));
            _lastMark = now;
            while (_marks.Count > 2 && time.GetElapsedTime(_marks.Peek().Time, now) > Window) _marks.Dequeue();
        }

        Tell(here);
    }

    private void Tell(long here)
    {
        double rate = 0;
        if (_marks.TryPeek(out (long Time, long Bytes) first))
        {
            double seconds = time.GetElapsedTime(first.Time).TotalSeconds;
            if (seconds > 0) rate = (_received - first.Bytes) / seconds;
        }

        long done = Finished + here, left = Math.Max(0, Total - done);
        TimeSpan? remaining = rate > 0 ? TimeSpan.FromSeconds(Math.Min(left / rate, TimeSpan.SecondsPerDay * 99.0)) : null;
        listener.Report(new PullProgress(_file, _index, Count, done, Math.Max(Total, done), rate, remaining));
    }
}
