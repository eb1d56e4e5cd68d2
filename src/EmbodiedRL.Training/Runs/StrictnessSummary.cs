using System.Text.Json.Serialization;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Training.Evaluation;

namespace EmbodiedRL.Training.Runs;

/// <summary>
/// How strict the success of a run is: at half and at double of the measures' tolerances, and beside policies that have learned nothing.
/// </summary>
public sealed record StrictnessSummary
{
    /// <summary>What the measures that judge the goal allow; one without a tolerance is absent.</summary>
    public required IReadOnlyDictionary<string, ToleranceWords> Tolerances { get; init; }

    /// <summary>Measures that judge the goal and have no tolerance: with any, success is known as asked alone.</summary>
    public required IReadOnlyList<string> WithoutTolerance { get; init; }

    /// <summary>The run's policy after training.</summary>
    public required PolicySuccess Trained { get; init; }

    /// <summary>A policy whose actions are all 0, on the same starts; null if it was not played.</summary>
    public PolicySuccess? DoingNothing { get; init; }

    /// <summary>A policy of random actions, on the same starts; null if it was not played.</summary>
    public PolicySuccess? RandomActions { get; init; }

    /// <summary>What a reader must know where doing nothing or anything succeeds as often; null if it does not.</summary>
    [JsonIgnore]
    public string? Warning
    {
        get
        {
            if (Trained.WholeRange.AsAsked is not { } own) return null;
            (string who, double share) = DoingNothing?.WholeRange.AsAsked >= RandomActions?.WholeRange.AsAsked
                ? ("a policy that does nothing", DoingNothing.WholeRange.AsAsked ?? 0)
                : ("random actions", RandomActions?.WholeRange.AsAsked ?? 0);
            return share > 0 && share >= own
                ? FormattableString.Invariant($"On the same starts {who} reached success in {share * 100:0.#} % of episodes, the trained ")
                    + FormattableString.Invariant($"policy in {own * 100:0.#} %: this success shows no learning.")
                : null;
        }
    }

    /// <summary>Sums up evaluations.</summary>
    /// <param name="outcome">Of the run's policy.</param>
    /// <param name="baselines">Null if none were played.</param>
    /// <param name="info">Has the measures.</param>
    /// <param name="judgedBy">Those that judge the goal.</param>
    public static StrictnessSummary Of(EvaluationOutcome outcome, BaselineOutcomes? baselines, EnvironmentInfo info,
        IReadOnlyList<string> judgedBy)
    {
        SuccessMeasure[] judges = [.. info.Measures.Where(measure => judgedBy.Contains(measure.Name))];
        return new StrictnessSummary
        {
            Tolerances = judges.Where(measure => measure.Tolerance is not null)
                .ToDictionary(measure => measure.Name, measure => ToleranceWords.Of(measure.Tolerance!), StringComparer.Ordinal),
            WithoutTolerance = [.. judges.Where(measure => measure.Tolerance is null).Select(measure => measure.Name)],
            Trained = PolicySuccess.Of(outcome),
            DoingNothing = baselines is null ? null : PolicySuccess.Of(baselines.DoingNothing),
            RandomActions = baselines is null ? null : PolicySuccess.Of(baselines.RandomActions),
        };
    }
}

/// <summary>A measure's tolerance in words, e.g. <c>within 15 degrees</c>.</summary>
/// <param name="TwiceAsStrict">At half of the tolerance.</param>
/// <param name="AsAsked">The measure's own.</param>
/// <param name="HalfAsStrict">At double of it.</param>
public sealed record ToleranceWords(string TwiceAsStrict, string AsAsked, string HalfAsStrict)
{
    /// <summary>Words for a tolerance.</summary>
    public static ToleranceWords Of(MeasureTolerance tolerance) =>
        new(tolerance.Words(MeasureTolerance.Strict), tolerance.Words(1), tolerance.Words(MeasureTolerance.Loose));
}

/// <summary>Success of one policy.</summary>
/// <param name="WholeRange">Of episodes from the whole range of starts.</param>
/// <param name="TaskStart">Of as many from the task's own start; null if none were played.</param>
public sealed record PolicySuccess(SuccessByStrictness WholeRange, SuccessByStrictness? TaskStart)
{
    /// <summary>Of an evaluation.</summary>
    public static PolicySuccess Of(EvaluationOutcome outcome) =>
        new(SuccessByStrictness.Of(outcome), outcome.TaskStart is { } own ? SuccessByStrictness.Of(own) : null);
}

/// <summary>Success rates of the same episodes, in [0, 1]; null where the goal matches no measure.</summary>
/// <param name="TwiceAsStrict">At half of the tolerances; null too where a measure that judges has none.</param>
/// <param name="AsAsked">As in <see cref="RunSummary.Success"/>.</param>
/// <param name="HalfAsStrict">At double of the tolerances; null too where a measure that judges has none.</param>
/// <param name="Measures">Each measure alone, by name, as asked.</param>
public sealed record SuccessByStrictness(double? TwiceAsStrict, double? AsAsked, double? HalfAsStrict,
    IReadOnlyDictionary<string, double> Measures)
{
    /// <summary>Of an evaluation from one kind of start.</summary>
    public static SuccessByStrictness Of(EvaluationOutcome outcome) =>
        new(outcome.Strict?.Success, outcome.Success, outcome.Loose?.Success, outcome.Measures);
}
