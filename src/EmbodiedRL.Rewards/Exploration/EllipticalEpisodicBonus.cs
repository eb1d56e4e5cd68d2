using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Models;

namespace EmbodiedRL.Rewards.Exploration;

/// <summary>Options of <see cref="EllipticalEpisodicBonus"/>.</summary>
public sealed record EllipticalEpisodicOptions : LearnedBonusOptions
{
    /// <summary>
    /// Features of observations: <c>inverse-dynamics</c> (an encoder that learns to tell the actions between two observations) or
    /// <c>identity</c> (the observations themselves, standardized).
    /// </summary>
    [Length(1, LengthAttribute.Name)]
    public string Encoder { get; init; } = EpisodeFeatures.InverseDynamics;

    /// <summary>Of C = ridge I + sum of phi phi^T.</summary>
    [Range(0, 1e9, IsAboveLeast = true)]
    public double Ridge { get; init; } = 0.1;

    /// <inheritdoc/>
    public override IEnumerable<string> Violations()
    {
        foreach (string violation in base.Violations()) yield return violation;
        if (EpisodeFeatures.Violation(Encoder) is { } encoder) yield return encoder;
    }
}

/// <summary>
/// Elliptical episodic bonus (E3B): how far the features of the observation reached lie from those of the same episode before.
/// </summary>
/// <remarks>
/// <para>Henaff et al. 2022, algorithm 1: b = phi^T C^-1 phi, read before phi is taken into C (<see cref="EllipticalMemory"/>), which every
/// episode begins anew; phi comes from an encoder trained by inverse dynamics. A generalization of 1 / N of the episode's visits to
/// features of any kind.</para>
/// <para>Differs from the paper: vectors instead of images, standardized; the encoder learns after every batch while episodes go on with
/// what they hold; the bonus may be divided by the running deviation of its discounted sum. Where scoring is frozen episodes begin with
/// the batch.</para>
/// <para>Owns the encoder. Not thread-safe.</para>
/// </remarks>
[Paper("2210.05805", "Exploration via Elliptical Episodic Bonuses", Year = 2022)]
public sealed class EllipticalEpisodicBonus : Reward, ILearnedReward
{
    private readonly EllipticalEpisodicOptions _options;
    private readonly EpisodeFeatures _features;
    private readonly EpisodeMemory<EllipticalMemory> _episodes;
    private readonly DiscountedSumScale _scale;

    /// <summary>An encoder that has learned nothing.</summary>
    /// <param name="name">The term's name.</param>
    /// <param name="options">Checked; null takes the defaults.</param>
    /// <param name="info">Whose observations and actions are read.</param>
    /// <exception cref="SpecMismatchException">The environment's observations have no numbers, or too many to go without an
    /// encoder.</exception>
    /// <exception cref="UnknownNameException">They have no field of a name.</exception>
    public EllipticalEpisodicBonus(string name, EllipticalEpisodicOptions? options, EnvironmentInfo info)
        : base(new RewardSpec(name, EpisodeFeatures.Reads((options ?? new()).Encoder), 0, Scope: LearnedBonus.Scope))
    {
        _options = options ?? new();
        _features = new EpisodeFeatures(name, _options.Encoder, _options, info);
        _episodes = new EpisodeMemory<EllipticalMemory>(() => new EllipticalMemory(_features.Length, _options.Ridge));
        _scale = new DiscountedSumScale(_options.Discount);
    }

    /// <inheritdoc/>
    public override bool IsCheckable => false;

    /// <inheritdoc/>
    public override ValueTask ScoreAsync(RewardBatch batch, Memory<float> scores, ScoreContext context)
    {
        TorchRuntime.UseThreads();
        Check(batch, scores);
        float[] features = _features.Of(batch.As<TrajectoryBatch>(), context);
        int size = _features.Length;
        _episodes.Visit(batch, context, (row, memory) => scores.Span[row] = (float)memory.Add(features.AsSpan(row * size, size)));
        if (_options.Normalize) _scale.Apply(scores.Span, batch.NextRow, context.Frozen);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask LearnAsync(RewardBatch batch, ScoreContext context)
    {
        TorchRuntime.UseThreads();
        _features.Learn(batch.As<TrajectoryBatch>(), context);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override void Save(Snapshot into)
    {
        _features.Save(into.Section("features"));
        _episodes.Save(into.Section("episodes"));
        _scale.Save(into.Section("scale"));
    }

    /// <inheritdoc/>
    public override void Load(Snapshot from)
    {
        _features.Load(from.Section("features"));
        _episodes.Load(from.Section("episodes"));
        _scale.Load(from.Section("scale"));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _features.Dispose();
        base.Dispose(disposing);
    }
}
