namespace EmbodiedRL.Models.Hub;

/// <summary>Transfer meter: counts the bytes of a pull and measures their rate over the last ten seconds.</summary>
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
