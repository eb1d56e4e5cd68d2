using EmbodiedRL.Core;

namespace EmbodiedRL.Rewards.Shaping;

/// <summary>
/// Settings of a weight schedule: a factor of a term's weight that follows the run's progress, so that shaping fades out or sets in.
/// </summary>
/// <remarks>
/// The factor is <see cref="Initial"/> until the progress <see cref="Start"/> and <see cref="Final"/> from <see cref="End"/> on, both to
/// the bit; between, with x from 0 to 1: linear i + (f - i) x, cosine f + (i - f) (1 + cos(pi x)) / 2, exponential i (f / i)^x. What
/// is scored outside of training (goal checks, <c>score</c>, films) stands at progress 0.
/// </remarks>
public sealed record WeightSchedule
{
    /// <summary>Factor 1 throughout.</summary>
    public const string Constant = "constant";

    /// <summary>A line.</summary>
    public const string Linear = "linear";

    /// <summary>Half a cosine wave: flat at both ends.</summary>
    public const string Cosine = "cosine";

    /// <summary>The same ratio in equal times.</summary>
    public const string Exponential = "exponential";

    /// <summary>
    /// How the weight follows the run's progress: <c>constant</c> (factor 1), <c>linear</c>, <c>cosine</c> or <c>exponential</c>.
    /// </summary>
    [Length(1, LengthAttribute.Name)]
    public string Kind { get; init; } = Constant;

    /// <summary>Share of the run up to which the factor is the initial one.</summary>
    [Range(0, 1)]
    public double Start { get; init; }

    /// <summary>Share of the run from which on the factor is the final one.</summary>
    [Range(0, 1)]
    public double End { get; init; } = 1;

    /// <summary>Factor of the weight at the beginning.</summary>
    [Range(0, 1e9)]
    public double Initial { get; init; } = 1;

    /// <summary>Factor of the weight at the end; 0 leaves the term out of what is learned from.</summary>
    [Range(0, 1e9)]
    public double Final { get; init; }

    /// <summary>Whether the factor ever differs from 1.</summary>
    internal bool Changes => Kind != Constant;

    /// <summary>Whether the factor becomes 0 at one of its ends.</summary>
    internal bool ReachesZero => Changes && (Initial == 0 || Final == 0);

    /// <summary>The factor.</summary>
    /// <param name="progress">Share of the run that is done, in [0, 1].</param>
    public double At(double progress)
    {
        if (!Changes) return 1;
        if (progress <= Start) return Initial;
        if (progress >= End) return Final;
        double x = (progress - Start) / (End - Start);
        return Kind switch
        {
            Linear => Initial + ((Final - Initial) * x),
            Cosine => Final + ((Initial - Final) * (1 + Math.Cos(Math.PI * x)) / 2),
            _ => Initial * Math.Pow(Final / Initial, x),
        };
    }

    /// <summary>What is wrong, as <c>key: expected, found</c>; ranges are checked elsewhere.</summary>
    internal IEnumerable<string> Violations(string key)
    {
        if (RowGroups.Violation($"{key}:kind", Kind, Constant, Linear, Cosine, Exponential) is { } kind) yield return kind;
        else if (!Changes && this != new WeightSchedule())
            yield return
                $"{key}:kind: expected {Linear}, {Cosine} or {Exponential} beside other values, found {Constant}, which reads none.";
        if (End < Start) yield return FormattableString.Invariant($"{key}:end: expected at least start ({Start}), found {End}.");
        if (Kind == Exponential && (Initial == 0 || Final == 0))
            yield return FormattableString.Invariant(
                $"{key}: expected initial and final above 0, as no ratio reaches 0, found {Initial} and {Final}.");
    }
}
