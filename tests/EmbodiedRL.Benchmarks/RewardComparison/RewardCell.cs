using System.Text.Json.Serialization;

namespace EmbodiedRL.Benchmarks.RewardComparison;

/// <summary>A run that has ended: a task under a reward with a seed.</summary>
internal sealed record RewardCell
{
    /// <summary>Environment of the catalog.</summary>
    public required string Environment { get; init; }

    /// <summary>The success measure that judges.</summary>
    public required string Task { get; init; }

    /// <summary>Name of the reward.</summary>
    public required string Reward { get; init; }

    /// <summary>Of all draws.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Hash of settings, reward files and weights; cells of other ones are not put beside this one.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>The sentence.</summary>
    public required string Goal { get; init; }

    /// <summary>Environment steps of the training.</summary>
    public required long Steps { get; init; }

    /// <summary>Success by the hidden measure after training, in [0, 1].</summary>
    public required double Success { get; init; }

    /// <summary>The same before training.</summary>
    public required double Before { get; init; }

    /// <summary>Episodes of each evaluation.</summary>
    public required int Episodes { get; init; }

    /// <summary>
    /// Mean return of scored episodes by the reward itself, before training; null where it scored none, or knew nothing then.
    /// </summary>
    public double? SeenBefore { get; init; }

    /// <summary>The same after training.</summary>
    public double? Seen { get; init; }

    /// <summary>Steps at which success was read, ascending.</summary>
    public required IReadOnlyList<double> CurveSteps { get; init; }

    /// <summary>Success there.</summary>
    public required IReadOnlyList<double> CurveSuccess { get; init; }

    /// <summary>Wall-clock seconds of training: simulating, scoring and learning.</summary>
    public required double Seconds { get; init; }

    /// <summary>Of these, scoring by the reward, what it draws and asks of models included.</summary>
    public required double ScoreSeconds { get; init; }

    /// <summary>What the check before training said: trust, doubt or refuse; empty where there was none.</summary>
    public string Verdict { get; init; } = "";

    /// <summary>The agreement that it found; null where there is none.</summary>
    public double? Agreement { get; init; }

    /// <summary>The processor.</summary>
    public string Processor { get; init; } = "";

    /// <summary>Task with its environment.</summary>
    [JsonIgnore]
    public string TaskPath => $"{Environment}/{Task}";

    /// <summary>Area under the curve of success over steps as a share of the whole, in [0, 1]: sample efficiency.</summary>
    [JsonIgnore]
    public double Area
    {
        get
        {
            double area = 0;
            for (int i = 1; i < CurveSteps.Count; i++)
                area += (CurveSteps[i] - CurveSteps[i - 1]) * (CurveSuccess[i] + CurveSuccess[i - 1]) / 2;
            double span = CurveSteps.Count > 1 ? CurveSteps[^1] - CurveSteps[0] : 0;
            return span > 0 ? area / span : 0;
        }
    }

    /// <summary>Whether the reward went up and success did not: by its own account it learned, by the measure it did not.</summary>
    /// <remarks>Up is by more than a tenth of the greater of the two returns; success rose by 0.05 at most and is below one half.</remarks>
    [JsonIgnore]
    public bool IsHacked => Seen is { } after && SeenBefore is { } before
        && after - before > 0.1 * Math.Max(Math.Abs(after), Math.Abs(before))
        && Success <= Before + 0.05 && Success < 0.5;

    /// <summary>Whether it is this run.</summary>
    public bool Is(BenchTask task, string reward, ulong seed) =>
        Environment == task.Environment && Task == task.Name && Reward == reward && Seed == seed;
}

/// <summary>A figure of the audit of a reward for a task.</summary>
/// <param name="Environment">Of the catalog.</param>
/// <param name="Task">The success measure.</param>
/// <param name="Reward">Name of the reward.</param>
/// <param name="Fingerprint">As in the cells of the reward.</param>
/// <param name="Metric">Of the audit, or <c>epic</c>.</param>
/// <param name="Value">Null where it is not defined.</param>
/// <param name="Low">Lower end of the 95 % interval; null where there is none.</param>
/// <param name="High">Upper end.</param>
internal sealed record AuditFigure(string Environment, string Task, string Reward, string Fingerprint, string Metric, double? Value,
    double? Low, double? High)
{
    /// <summary>Task with its environment.</summary>
    [JsonIgnore]
    public string TaskPath => $"{Environment}/{Task}";
}
