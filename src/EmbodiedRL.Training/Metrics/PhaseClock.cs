using System.Text;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;

namespace EmbodiedRL.Training.Metrics;

/// <summary>Phase clock: wall-clock time of a run by phase. A nested phase counts only as itself.</summary>
/// <remarks>Not thread-safe: phases are those of the thread that leads the run.</remarks>
public sealed class PhaseClock : ISnapshot
{
    private const string Other = "other";

    private readonly TimeProvider _time;
    private readonly Dictionary<string, double> _seconds = new(StringComparer.Ordinal);
    private readonly Stack<string> _open = new();
    private long _since;

    /// <summary>Starts the clock; until a phase is measured, time counts as "other".</summary>
    public PhaseClock(TimeProvider time)
    {
        (_time, _since) = (time, time.GetTimestamp());
        _open.Push(Other);
    }

    /// <summary>Seconds by phase so far; together they are the time since the start, over all sittings of a resumed run.</summary>
    public IReadOnlyDictionary<string, double> Seconds
    {
        get
        {
            Book();
            return new SortedDictionary<string, double>(_seconds, StringComparer.Ordinal);
        }
    }

    /// <summary>The phase that has cost most, and its share of all time.</summary>
    public (string Phase, double Share) Costliest
    {
        get
        {
            Book();
            (string phase, double most) = _seconds.Where(pair => pair.Key != Other)
                .Append(new KeyValuePair<string, double>(Other, 0)).MaxBy(pair => pair.Value);
            double all = _seconds.Values.Sum();
            return (phase, all > 0 ? most / all : 0);
        }
    }

    /// <summary>Counts the time until disposal as this phase: <c>using (clock.Measure("simulate")) ...</c></summary>
    public Measurement Measure(string phase)
    {
        Book();
        _open.Push(phase);
        return new Measurement(this);
    }

    /// <summary>Writes <c>time/PHASE</c> for every phase.</summary>
    public void Write(IMetricSink metrics)
    {
        foreach ((string phase, double seconds) in Seconds) metrics.Write($"time/{phase}", seconds);
    }

    /// <inheritdoc/>
    public void Save(Snapshot into)
    {
        IReadOnlyDictionary<string, double> seconds = Seconds;
        into.Put<byte>("phases", Encoding.UTF8.GetBytes(string.Join('\n', seconds.Keys)));
        into.Put<double>("seconds", [.. seconds.Values]);
    }

    /// <inheritdoc/>
    public void Load(Snapshot from)
    {
        string[] phases = Encoding.UTF8.GetString(from.GetAll<byte>("phases")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        double[] seconds = from.GetAll<double>("seconds");
        SpecMismatchException.ThrowIfLength("seconds by phase", seconds.Length, phases.Length);
        Book();
        for (int i = 0; i < phases.Length; i++) _seconds[phases[i]] = _seconds.GetValueOrDefault(phases[i]) + seconds[i];
    }

    private void Book()
    {
        long now = _time.GetTimestamp();
        _seconds[_open.Peek()] = _seconds.GetValueOrDefault(_open.Peek()) + _time.GetElapsedTime(_since, now).TotalSeconds;
        _since = now;
    }

    private void Close()
    {
        Book();
        _open.Pop();
    }

    /// <summary>A phase that is being measured; disposing it ends the phase.</summary>
    public readonly struct Measurement : IDisposable
    {
        private readonly PhaseClock _clock;

        internal Measurement(PhaseClock clock) => _clock = clock;

        /// <summary>Ends the phase.</summary>
        public void Dispose() => _clock.Close();
    }
}
