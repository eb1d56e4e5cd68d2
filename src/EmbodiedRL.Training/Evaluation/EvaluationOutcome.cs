using EmbodiedRL.Core;

namespace EmbodiedRL.Training.Evaluation;

/// <summary>Outcome of an evaluation: success rates by every measure of the environment and by the goal.</summary>
/// <param name="Episodes">How many were played.</param>
/// <param name="Measures">Share of episodes by measure, in the environment's order.</param>
/// <param name="Success">Share of episodes in which all measures that judge the goal succeeded; null if none judges it.</param>
public sealed record EvaluationOutcome(int Episodes, IReadOnlyDictionary<string, double> Measures, double? Success)
{
    /// <summary>What the episodes earned and how long they lasted; null if nobody kept count.</summary>
    public EpisodeFigures? Figures { get; init; }

    /// <summary>The same of as many episodes from the task's own start; null if none were played.</summary>
    public EvaluationOutcome? TaskStart { get; init; }

    /// <summary>Success at half of every tolerance, of the same episodes; null of a brief evaluation.</summary>
    public ScaledSuccess? Strict { get; init; }

    /// <summary>Success at double of every tolerance; null of a brief evaluation.</summary>
    public ScaledSuccess? Loose { get; init; }

    /// <summary>95 % interval of <see cref="Success"/>.</summary>
    public (double Low, double High)? Interval => Success is { } success ? Wilson(success, Episodes) : null;

    /// <summary>
    /// Wilson's 95 % interval of a share: unlike the usual one it is right for shares near 0 and 1, where a trained agent should be.
    /// </summary>
    /// <param name="share">Successes / trials.</param>
    /// <param name="trials">At least 1.</param>
    public static (double Low, double High) Wilson(double share, int trials)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(trials);
        const double z = 1.959963984540054; // 97.5 % of a standard normal lie below
        double z2 = z * z, scale = 1 + (z2 / trials), center = (share + (z2 / (2 * trials))) / scale;
        double half = z * Math.Sqrt((share * (1 - share) / trials) + (z2 / (4.0 * trials * trials))) / scale;
        return (Math.Max(0, center - half), Math.Min(1, center + half));
    }

    /// <summary>Puts the outcome away.</summary>
    public void Save(Snapshot into)
    {
        into.Put("episodes", Episodes);
        into.Put<double>("measures", [.. Measures.Values]);
        into.Put("success", Success ?? double.NaN);
        EpisodeFigures.Save(into.Section("figures"), Figures);
        ScaledSuccess.Save(into, "strict", Strict, Measures.Keys);
        ScaledSuccess.Save(into, "loose", Loose, Measures.Keys);
        into.Put("hasTaskStart", TaskStart is not null);
        TaskStart?.Save(into.Section("taskStart"));
    }

    /// <summary>Brings back what <see cref="Save"/> wrote.</summary>
    /// <param name="from">The same section.</param>
    /// <param name="info">Names the measures.</param>
    public static EvaluationOutcome Load(Snapshot from, EnvironmentInfo info)
    {
        double[] shares = from.GetAll<double>("measures");
        SpecMismatchException.ThrowIfLength("success by measure", shares.Length, info.Measures.Length);
        double success = from.Get<double>("success");
        return new EvaluationOutcome(from.Get<int>("episodes"), Named(info, shares), double.IsNaN(success) ? null : success)
        {
            Figures = EpisodeFigures.Load(from.Section("figures")),
            Strict = ScaledSuccess.Load(from, "strict", info),
            Loose = ScaledSuccess.Load(from, "loose", info),
            TaskStart = from.Get<bool>("hasTaskStart") ? Load(from.Section("taskStart"), info) : null,
        };
    }

    internal static Dictionary<string, double> Named(EnvironmentInfo info, IReadOnlyList<double> shares) =>
        info.Measures.Select((measure, i) => KeyValuePair.Create(measure.Name, shares[i])).ToDictionary(StringComparer.Ordinal);
}
