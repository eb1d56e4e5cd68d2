using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Training.Evaluation;

/// <summary>Returns and lengths of the most recent training episodes, across rollouts.</summary>
/// <remarks>Not thread-safe.</remarks>
public sealed class EpisodeReturns : ISnapshot
{
    /// <summary>Episodes that figures are over; as many as other libraries take.</summary>
    public const int Window = 100;

    private readonly int _wholeLength;
    private readonly double[] _earned, _seen;
    private readonly long[] _steps;
    private readonly bool[] _isFirst;
    private readonly Queue<double> _returns = new(), _seenReturns = new(), _lengths = new();

    /// <summary>No episode has been played.</summary>
    /// <param name="count">N, environments.</param>
    /// <param name="wholeLength">Steps of an episode that nothing ends; an environment's first episode that is cut before is left out,
    /// since staggering cut it. 0 leaves none out.</param>
    public EpisodeReturns(int count, int wholeLength)
    {
        _wholeLength = wholeLength;
        (_earned, _seen, _steps, _isFirst) = (new double[count], new double[count], new long[count], new bool[count]);
        Array.Fill(_isFirst, true);
    }

    /// <summary>Of the newest episodes; null until one has ended.</summary>
    public EpisodeFigures? Figures =>
        Spread.Of(_returns) is { } earned ? new EpisodeFigures(earned, Spread.Of(_seenReturns), Spread.Of(_lengths)!) : null;

    /// <summary>Takes in a rollout.</summary>
    /// <param name="kinds">[T, N].</param>
    /// <param name="earned">[T, N], the hand-built reward as the task gave it.</param>
    /// <param name="seen">[T, N], what the agent learns from.</param>
    public void Take(ReadOnlySpan<StepKind> kinds, ReadOnlySpan<double> earned, ReadOnlySpan<float> seen)
    {
        for (int i = 0; i < kinds.Length; i++)
        {
            int row = i % _steps.Length;
            (_earned[row], _seen[row], _steps[row]) = (_earned[row] + earned[i], _seen[row] + seen[i], _steps[row] + 1);
            if (!kinds[i].Ends()) continue;
            if (!_isFirst[row] || kinds[i] == StepKind.Terminated || _steps[row] >= _wholeLength) Keep(row);
            (_earned[row], _seen[row], _steps[row], _isFirst[row]) = (0, 0, 0, false);
        }
    }

    /// <summary>
    /// Writes <c>rollout/return/*</c>, <c>rollout/seen/*</c>, <c>rollout/length/*</c>, and mean return and length by the names that
    /// Stable-Baselines3 gives them; nothing before an episode has ended.
    /// </summary>
    public void Write(IMetricSink metrics)
    {
        if (Figures is not { } figures) return;
        figures.Write(metrics, "rollout");
        metrics.Write("rollout/ep_rew_mean", figures.Return.Mean);
        metrics.Write("rollout/ep_len_mean", figures.Length.Mean);
    }

    /// <inheritdoc/>
    public void Save(Snapshot into)
    {
        into.Put<double>("earned", _earned);
        into.Put<double>("seen", _seen);
        into.Put<long>("steps", _steps);
        into.Put<bool>("isFirst", _isFirst);
        into.Put<double>("returns", [.. _returns]);
        into.Put<double>("seenReturns", [.. _seenReturns]);
        into.Put<double>("lengths", [.. _lengths]);
    }

    /// <inheritdoc/>
    public void Load(Snapshot from)
    {
        from.Get<double>("earned", _earned);
        from.Get<double>("seen", _seen);
        from.Get<long>("steps", _steps);
        from.Get<bool>("isFirst", _isFirst);
        Fill(_returns, from.GetAll<double>("returns"));
        Fill(_seenReturns, from.GetAll<double>("seenReturns"));
        Fill(_lengths, from.GetAll<double>("lengths"));
    }

    private static void Fill(Queue<double> queue, double[] values)
    {
        queue.Clear();
        foreach (double value in values) queue.Enqueue(value);
    }

    private void Keep(int row)
    {
        _returns.Enqueue(_earned[row]);
        _seenReturns.Enqueue(_seen[row]);
        _lengths.Enqueue(_steps[row]);
        if (_returns.Count <= Window) return;
        _returns.Dequeue();
        _seenReturns.Dequeue();
        _lengths.Dequeue();
    }
}
