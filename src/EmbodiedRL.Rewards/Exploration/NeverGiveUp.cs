using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Rewards.Exploration;

/// <summary>Options of <see cref="NeverGiveUp"/>.</summary>
public sealed record NeverGiveUpOptions : LearnedBonusOptions
{
    /// <summary>Features of observations: <c>inverse-dynamics</c> or <c>identity</c>.</summary>
    [Length(1, LengthAttribute.Name)]
    public string Encoder { get; init; } = EpisodeFeatures.InverseDynamics;

    /// <summary>k, nearest neighbors of the same episode that are looked at.</summary>
    [Range(1, 1000)]
    public int Neighbors { get; init; } = 10;

    /// <summary>Observations of an episode that are remembered; the oldest make room.</summary>
    [Range(2, 1_000_000)]
    public int Memory { get; init; } = 5000;

    /// <summary>L: the novelty of the run multiplies the episode's by 1 to this.</summary>
    [Range(1, 1000)]
    public double Factor { get; init; } = 5;

    /// <summary>Share of rows that the predictor of the run's novelty learns from.</summary>
    [Range(0, 1, IsAboveLeast = true)]
    public double Share { get; init; } = 1;

    /// <inheritdoc/>
    public override IEnumerable<string> Violations()
    {
        foreach (string violation in base.Violations()) yield return violation;
        if (EpisodeFeatures.Violation(Encoder) is { } encoder) yield return encoder;
    }
}

/// <summary>
/// Never give up (NGU): unfamiliarity among the observations of the episode, times the novelty of the run within bounds.
/// </summary>
/// <remarks>
/// <para>Badia et al. 2020, equation 1: r = b_e min(max(alpha, 1), L), with b_e of <see cref="EpisodicKernel"/> over features trained by
/// inverse dynamics, and alpha = 1 + (err - mean) / deviation of the distillation error, running over the run.</para>
/// <para>Differs from the paper: vectors instead of images, standardized; one degree of exploration instead of a family; the mean distance
/// of neighbors is that of the episode; the bonus may be divided by the running deviation of its discounted sum. Where scoring is frozen
/// episodes begin with the batch. Owns the networks. Not thread-safe.</para>
/// </remarks>
[Paper("2002.06038", "Never Give Up: Learning Directed Exploration Strategies", Year = 2020)]
public sealed class NeverGiveUp : LearnedBonus
{
    private readonly double _most;
    private readonly EpisodeFeatures _features;
    private readonly RandomTarget _distilled;
    private readonly RunningMoments _errors;
    private readonly EpisodeMemory<EpisodicKernel> _episodes;

    /// <summary>Networks that have learned nothing.</summary>
    /// <param name="name">The term's name.</param>
    /// <param name="options">Checked; null takes the defaults.</param>
    /// <param name="info">Whose observations and actions are read.</param>
    /// <exception cref="SpecMismatchException">The environment's observations have no numbers, or too many to go without an
    /// encoder.</exception>
    /// <exception cref="UnknownNameException">They have no field of a name.</exception>
    public NeverGiveUp(string name, NeverGiveUpOptions? options, EnvironmentInfo info)
        : base(name, EpisodeFeatures.Reads((options ??= new()).Encoder), options, info)
    {
        _most = options.Factor;
        _features = Own("features", new EpisodeFeatures(name, options.Encoder, Width, options, info));
        _distilled = Own("distilled", new RandomTarget(name, Width, options, options.Share));
        _errors = Own("errors", new RunningMoments(1));
        var kernel = new EpisodicKernelSettings { Neighbors = options.Neighbors, Capacity = options.Memory };
        _episodes = Own("episodes", new EpisodeMemory<EpisodicKernel>(() => new EpisodicKernel(_features.Length, kernel)));
    }

    /// <summary>The factor of the run's novelty: min(max(1 + (error - mean) / deviation, 1), most).</summary>
    public static double GlobalFactor(double error, double mean, double deviation, double most) =>
        Math.Clamp(1 + ((error - mean) / deviation), 1, most);

    /// <inheritdoc/>
    private protected override void Score(BonusRows rows, Memory<float> bonus, ScoreContext context)
    {
        float[] features = _features.Of(rows, context);
        int size = _features.Length;
        _episodes.Visit(rows.Batch, context, (row, memory) => bonus.Span[row] = (float)memory.Add(features.AsSpan(row * size, size)));
        if (!context.Frozen) _distilled.Observe(rows.After);
        float[] errors = _distilled.Errors(rows.After);
        if (!context.Frozen) _errors.Update<float>(errors);
        double deviation = Math.Sqrt(_errors.Variance[0]);
        for (int row = 0; row < errors.Length; row++)
            bonus.Span[row] *= (float)GlobalFactor(errors[row], _errors.Mean[0], deviation, _most);
    }
}
