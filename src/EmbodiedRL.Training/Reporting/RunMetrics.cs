using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.Training.Reporting;

/// <summary>The two files that a run's numbers go to, written together.</summary>
public sealed class RunMetrics : IMetricSink, IDisposable
{
    private readonly MetricsLog _log;
    private readonly TensorBoardLog _events;

    /// <summary>Opens both and writes after what they hold.</summary>
    public RunMetrics(RunFolder folder, TimeProvider time)
    {
        _log = new MetricsLog(folder.Metrics);
        _events = new TensorBoardLog(folder.Events, time);
    }

    /// <summary>Begins the line of an update.</summary>
    /// <param name="update">Counted from 1; 0 is the untrained policy.</param>
    /// <param name="step">Environment steps taken so far.</param>
    public void Begin(long update, long step)
    {
        _log.Begin(update, step);
        _events.Begin(step);
    }

    /// <inheritdoc/>
    public void Write(string name, double value)
    {
        _log.Write(name, value);
        _events.Write(name, value);
    }

    /// <summary>Ends the line and hands it to the operating system.</summary>
    public void Flush()
    {
        _log.Flush();
        _events.Flush();
    }

    /// <summary>Cuts both back to the end of an update, as if the run had stopped there.</summary>
    public void TruncateTo(long update, long step)
    {
        _log.TruncateTo(update);
        _events.TruncateTo(step);
    }

    /// <summary>Closes both.</summary>
    public void Dispose()
    {
        _log.Dispose();
        _events.Dispose();
    }
}
