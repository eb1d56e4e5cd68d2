using EmbodiedRL.Training.Evaluation;

namespace EmbodiedRL.Training.Runs;

/// <summary>Returns and lengths of evaluation episodes, before and after training.</summary>
public sealed record ReturnSummary
{
    /// <summary>Return of an episode by the hand-built reward, as the task gives it: what published numbers are of.</summary>
    public Spread? Return { get; init; }

    /// <summary>The same before training.</summary>
    public Spread? ReturnBefore { get; init; }

    /// <summary>
    /// Return of an episode by the reward the agent sees: what the terms' sources say times their weights, before
    /// transforms; null if no episode was scored.
    /// </summary>
    public Spread? Seen { get; init; }

    /// <summary>The same before training.</summary>
    public Spread? SeenBefore { get; init; }

    /// <summary>Steps of an episode.</summary>
    public Spread? Length { get; init; }

    /// <summary>The same before training.</summary>
    public Spread? LengthBefore { get; init; }

    /// <summary>Of two evaluations; null if none kept count.</summary>
    public static ReturnSummary? Of(EpisodeFigures? after, EpisodeFigures? before) => after is null ? null : new ReturnSummary
    {
        Return = after.Return,
        ReturnBefore = before?.Return,
        Seen = after.Seen,
        SeenBefore = before?.Seen,
        Length = after.Length,
        LengthBefore = before?.Length,
    };
}

/// <summary>Evaluation from the task's own initial states.</summary>
public sealed record TaskStartSummary
{
    /// <summary>As in <see cref="RunSummary.Success"/>.</summary>
    public required double? Success { get; init; }

    /// <summary>As in <see cref="RunSummary.SuccessInterval"/>.</summary>
    public double[]? SuccessInterval { get; init; }

    /// <summary>As in <see cref="RunSummary.SuccessBefore"/>.</summary>
    public double? SuccessBefore { get; init; }

    /// <summary>As in <see cref="RunSummary.Measures"/>.</summary>
    public required IReadOnlyDictionary<string, double> Measures { get; init; }

    /// <summary>As in <see cref="RunSummary.MeasuresBefore"/>.</summary>
    public IReadOnlyDictionary<string, double> MeasuresBefore { get; init; } = new Dictionary<string, double>();

    /// <summary>As in <see cref="RunSummary.Returns"/>.</summary>
    public ReturnSummary? Returns { get; init; }

    /// <summary>Of two evaluations; null if no episode began there.</summary>
    public static TaskStartSummary? Of(EvaluationOutcome? after, EvaluationOutcome? before) => after is null ? null : new TaskStartSummary
    {
        Success = after.Success,
        SuccessInterval = after.Interval is { } interval ? [interval.Low, interval.High] : null,
        SuccessBefore = before?.Success,
        Measures = after.Measures,
        MeasuresBefore = before?.Measures ?? new Dictionary<string, double>(),
        Returns = ReturnSummary.Of(after.Figures, before?.Figures),
    };
}
