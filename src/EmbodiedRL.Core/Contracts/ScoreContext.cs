namespace EmbodiedRL.Core.Contracts;

/// <summary>Context of one scoring: the progress of the run, whether state may adapt, and the metric sink.</summary>
/// <param name="Step">Environment steps (or completions) of the run before this batch.</param>
/// <param name="Progress">Share of the run that is done, in [0, 1]; schedules read it.</param>
/// <param name="Frozen">Score without adapting: running statistics and counts stay as they are (evaluation, films, goal checks).</param>
/// <param name="Metrics">Receives statistics.</param>
/// <param name="Cancel">Stops between two calls of a model.</param>
public sealed record ScoreContext(long Step, double Progress, bool Frozen, IMetricSink Metrics, CancellationToken Cancel)
{
    /// <summary>Scores as a run would, without adapting and without metrics.</summary>
    public static ScoreContext Preview(CancellationToken cancel = default) => new(0, 0, Frozen: true, NullMetricSink.Instance, cancel);
}
