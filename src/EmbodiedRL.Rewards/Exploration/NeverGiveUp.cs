using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Models;

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
public sealed class NeverGiveUp : Reward, ILearnedReward
{
    private readonly NeverGiveUpOptions _options;
    private readonly Transitions _transitions;
    private readonly EpisodeFeatures _features;
    private readonly RandomTarget _distilled;
    private readonly RunningMoments _errors = new(1);
    private readonly EpisodeMemory<EpisodicKernel> _episodes;
    private readonly DiscountedSumScale _scale;
    private long _batches;

    /// <summary>Networks that have learned nothing.</summary>
    /// <param name="name">The term's name.</param>
    /// <param name="options">Checked; null takes the defaults.</param>
    /// <param name="info">Whose observations and actions are read.</param>
    /// <exception cref="SpecMismatchException">The environment's observations have no numbers, or too many to go without an
    /// encoder.</exception>
    /// <exception cref="UnknownNameException">They have no field of a name.</exception>
    public NeverGiveUp(string name, NeverGiveUpOptions? options, EnvironmentInfo info)
        : base(new RewardSpec(name, EpisodeFeatures.Reads((options ?? new()).Encoder), 0, Scope: LearnedBonus.Scope))
    {
        _options = options ?? new();
        _transitions = new Transitions(name, info, _options.Fields);
        _features = new EpisodeFeatures(name, _options.Encoder, _options, info);
        _distilled = new RandomTarget(name, _transitions.Length, _options);
        var kernel = new EpisodicKernelSettings { Neighbors = _options.Neighbors, Capacity = _options.Memory };
        _episodes = new EpisodeMemory<EpisodicKernel>(() => new EpisodicKernel(_features.Length, kernel));
        _scale = new DiscountedSumScale(_options.Discount);
    }

    /// <summary>The factor of the run's novelty: min(max(1 + (error - mean) / deviation, 1), most).</summary>
    public static double GlobalFactor(double error, double mean, double deviation, double most) =>
        Math.Clamp(1 + ((error - mean) / deviation), 1, most);

    /// <inheritdoc/>
    public override bool IsCheckable => false;

    /// <inheritdoc/>
    public override ValueTask ScoreAsync(RewardBatch batch, Memory<float> scores, ScoreContext context)
    {
        TorchRuntime.UseThreads();
        Check(batch, scores);
        var steps = batch.As<TrajectoryBatch>();
        float[] features = _features.Of(steps, context), reached = _transitions.After(steps);
        int size = _features.Length;
        _episodes.Visit(batch, context, (row, memory) => scores.Span[row] = (float)memory.Add(features.AsSpan(row * size, size)));

        if (!context.Frozen) _distilled.Observe(reached);
        float[] errors = _distilled.Errors(reached);
        if (!context.Frozen) _errors.Update<float>(errors);
        double deviation = Math.Sqrt(_errors.Variance[0]);
        for (int row = 0; row < errors.Length; row++)
            scores.Span[row] *= (float)GlobalFactor(errors[row], _errors.Mean[0], deviation, _options.Factor);
        if (_options.Normalize) _scale.Apply(scores.Span, batch.NextRow, context.Frozen);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask LearnAsync(RewardBatch batch, ScoreContext context)
    {
        TorchRuntime.UseThreads();
        if (context.Frozen) return ValueTask.CompletedTask;
        var steps = batch.As<TrajectoryBatch>();
        _features.Learn(steps, context);
        var rng = Rng.For((ulong)_options.Seed, $"distillation/{Spec.Name}/minibatches", _batches++);
        context.Metrics.Write($"reward/{Spec.Name}/loss",
            _distilled.Learn(_transitions.After(steps), _options.Share, ref rng, context.Cancel));
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override void Save(Snapshot into)
    {
        _features.Save(into.Section("features"));
        _distilled.Save(into.Section("distilled"));
        _errors.Save(into.Section("errors"));
        _episodes.Save(into.Section("episodes"));
        _scale.Save(into.Section("scale"));
        into.Put("batches", _batches);
    }

    /// <inheritdoc/>
    public override void Load(Snapshot from)
    {
        _features.Load(from.Section("features"));
        _distilled.Load(from.Section("distilled"));
        _errors.Load(from.Section("errors"));
        _episodes.Load(from.Section("episodes"));
        _scale.Load(from.Section("scale"));
        _batches = from.Get<long>("batches");
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _features.Dispose();
            _distilled.Dispose();
        }

        base.Dispose(disposing);
    }
}
