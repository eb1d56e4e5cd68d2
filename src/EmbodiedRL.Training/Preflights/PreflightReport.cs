using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Training.Evaluation;

namespace EmbodiedRL.Training.Preflights;

/// <summary>Whether hours of training should be spent on a reward.</summary>
public enum PreflightVerdict
{
    /// <summary>Nothing speaks against it.</summary>
    Go,

    /// <summary>It may work; something that training relies on is missing or not known.</summary>
    Doubtful,

    /// <summary>It cannot be expected to reach the goal.</summary>
    NoGo,
}

/// <summary>Names of verdicts.</summary>
public static class PreflightVerdicts
{
    /// <summary>As answers have it: <c>go</c>, <c>doubtful</c> or <c>no-go</c>.</summary>
    public static string NameOf(this PreflightVerdict verdict) => verdict switch
    {
        PreflightVerdict.Go => "go",
        PreflightVerdict.Doubtful => "doubtful",
        _ => "no-go",
    };
}

/// <summary>A figure near the start of the way to success, in its middle and near the goal.</summary>
/// <param name="Start">Of the first third of the steps.</param>
/// <param name="Middle">Of the second.</param>
/// <param name="Goal">Of the last.</param>
public sealed record Thirds(double Start, double Middle, double Goal);

/// <summary>Figures of a reward before training; null where one is not defined or was not measured.</summary>
public sealed record PreflightFigures
{
    /// <summary>From the 5th to the 95th percentile of the reward over sampled states; the scale of <see cref="Range"/>.</summary>
    public double? Spread { get; init; }

    /// <summary>Median reward at the ends of ways to success less that at their starts, as a share of <see cref="Spread"/>.</summary>
    public double? Range { get; init; }

    /// <summary>
    /// Share of the reward's variance over sampled states that their truth explains, in [0, 1]: the correlation ratio over ten bins of
    /// equal count, corrected for their number (epsilon squared, Kelley 1935).
    /// </summary>
    public double? Explained { get; init; }

    /// <summary>Explained variance over the variance among states of equal truth.</summary>
    public double? SignalToNoise { get; init; }

    /// <summary>
    /// Variance of the reward among looks of the same state (camera, colors, backgrounds, light), as a share of its variance over states.
    /// </summary>
    public double? LookVariance { get; init; }

    /// <summary>
    /// Share of sampled states in which nothing of the goal is true (less than 0.01): equal truth does not mean equally far from it there.
    /// </summary>
    public double? Untrue { get; init; }

    /// <summary>
    /// Spearman's rank correlation of the reward with the way that is done, until the goal is reached: the median over ways to success.
    /// </summary>
    public double? Order { get; init; }

    /// <summary>The same of the truth.</summary>
    public double? OrderOfTruth { get; init; }

    /// <summary>Share of small steps towards success, until the goal is reached, at which the reward rises.</summary>
    public Thirds? Rises { get; init; }

    /// <summary>The same of the truth.</summary>
    public Thirds? RisesOfTruth { get; init; }

    /// <summary>Mean gain of the reward, as a share of its gain until the goal is reached.</summary>
    public Thirds? Gains { get; init; }

    /// <summary>Share of the states that random actions visit, from where the run's episodes start, which fulfill the goal.</summary>
    public double? PlayedSuccess { get; init; }

    /// <summary>
    /// Agreement of reward and truth over states that random actions visit, as the check's over sampled states: what a beginner is told.
    /// </summary>
    public double? PlayedAgreement { get; init; }

    /// <summary>
    /// How far up the way the best twentieth of what random actions visit is: its reward less that of starts, as a share of the way's gain.
    /// </summary>
    public double? PlayedReach { get; init; }
}

/// <summary>Reward and truth along one way from a typical start to success.</summary>
/// <param name="Start">Where the start was drawn.</param>
/// <param name="Rewards">[T]; NaN where the reward does not apply.</param>
/// <param name="Truths">[T], in [0, 1].</param>
/// <param name="Reached">The state from which on the goal is fulfilled for good, 1 to T - 1; the way proper ends there.</param>
public sealed record PreflightPath(StartDistribution Start, IReadOnlyList<double> Rewards, IReadOnlyList<double> Truths, int Reached);

/// <summary>A sampled state, shown.</summary>
/// <param name="Rgb">uint8 [size, size, 3].</param>
/// <param name="Size">Pixels a side.</param>
/// <param name="Reward">What the reward says of it.</param>
/// <param name="Truth">How true the goal is; null where nobody knows.</param>
/// <param name="Holds">Whether it fulfills the goal; null likewise.</param>
public sealed record PreflightFrame(byte[] Rgb, int Size, double Reward, double? Truth, bool? Holds);

/// <summary>What is known of a run's reward before the run.</summary>
/// <param name="Environment">Its name.</param>
/// <param name="Goal">The sentence.</param>
/// <param name="Kind">How the sentence stands to the model's training; empty if no model reads it.</param>
/// <param name="Verdict">By <see cref="PreflightRules"/>.</param>
/// <param name="Reasons">Why, one sentence each; never empty.</param>
/// <param name="Check">The check that <c>train</c> makes, of the whole reward, whether it reads the sentence or not.</param>
/// <param name="Figures">Numbers.</param>
public sealed record PreflightReport(string Environment, string Goal, string Kind, PreflightVerdict Verdict, IReadOnlyList<string> Reasons,
    RewardVerdict Check, PreflightFigures Figures)
{
    /// <summary>What else a reader must know, one sentence each: words that the model never saw, what was not measured and why.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Ways to success; empty where none was found.</summary>
    public IReadOnlyList<PreflightPath> Paths { get; init; } = [];

    /// <summary>[B], the reward of sampled states.</summary>
    public IReadOnlyList<double> Rewards { get; init; } = [];

    /// <summary>[B], how true the goal is of them; empty where nobody knows.</summary>
    public IReadOnlyList<double> Truths { get; init; } = [];

    /// <summary>Sampled states of the highest reward, the best first; empty where nothing can be drawn.</summary>
    public IReadOnlyList<PreflightFrame> Best { get; init; } = [];

    /// <summary>Sampled states of the lowest reward, the worst first.</summary>
    public IReadOnlyList<PreflightFrame> Worst { get; init; } = [];
}
