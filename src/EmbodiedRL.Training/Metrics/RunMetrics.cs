using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.Training.Metrics;

/// <summary>Metric files of a run, written together.</summary>
public sealed class RunMetrics : IMetricSink, IDisposable
{
    private MetricsLog? _log;
    private TensorBoardLog? _events;

    /// <summary>Opens both and writes after what they hold; until then nothing can be written.</summary>
    /// <remarks>Apart from construction, because who writes is composed before the run's folder is made.</remarks>
    public void Open(RunFolder folder, TimeProvider time)
    {
        _log = new MetricsLog(folder.Metrics);
        _events = new TensorBoardLog(folder.Events, time);
    }

    /// <summary>Begins the line of an update.</summary>
    /// <param name="update">Counted from 1; 0 is the untrained policy.</param>
    /// <param name="step">Environment steps taken so far.</param>
    public void Begin(long update, long step)
    {
        Log.Begin(update, step);
        Events.Begin(step);
    }

    /// <inheritdoc/>
    public void Write(string name, double value)
    {
        Log.Write(name, value);
        Events.Write(name, value);
    }

    /// <summary>Ends the line and hands it to the operating system.</summary>
    public void Flush()
    {
        Log.Flush();
        Events.Flush();
    }

    /// <summary>Cuts both back to the end of an update, as if the run had stopped there; see <see cref="MetricsLog.TruncateTo"/>.</summary>
    public MetricsRepair TruncateTo(long update, long step, Action<IMetricSink>? beginning = null)
    {
        Events.TruncateTo(step);
        return Log.TruncateTo(update, beginning);
    }

    /// <summary>Closes both.</summary>
    public void Dispose()
    {
        _log?.Dispose();
        _events?.Dispose();
    }

    private MetricsLog Log => _log ?? throw new InvalidOperationException("A metric was written before the run's files were opened.");

    private TensorBoardLog Events =>
        _events ?? throw new InvalidOperationException("A metric was written before the run's files were opened.");
}
