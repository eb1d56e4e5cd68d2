using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Rewards.Exploration;

/// <summary>Options of <see cref="EllipticalEpisodicBonus"/>.</summary>
public sealed record EllipticalEpisodicOptions : LearnedBonusOptions
{
    /// <summary>
    /// Defaults; 64 features, as no more directions than there are features can be new in an episode: with 32 episodes of a hundred
    /// steps ran out of them, and the policy went round in the first rooms.
    /// </summary>
    public EllipticalEpisodicOptions() => Features = 64;

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
public sealed class EllipticalEpisodicBonus : LearnedBonus
{
    private readonly EpisodeFeatures _features;
    private readonly EpisodeMemory<EllipticalMemory> _episodes;

    /// <summary>An encoder that has learned nothing.</summary>
    /// <param name="name">The term's name.</param>
    /// <param name="options">Checked; null takes the defaults.</param>
    /// <param name="info">Whose observations and actions are read.</param>
    /// <exception cref="SpecMismatchException">The environment's observations have no numbers, or too many to go without an
    /// encoder.</exception>
    /// <exception cref="UnknownNameException">They have no field of a name.</exception>
    public EllipticalEpisodicBonus(string name, EllipticalEpisodicOptions? options, EnvironmentInfo info)
        : base(name, EpisodeFeatures.Reads((options ??= new()).Encoder), options, info)
    {
        _features = Own("features", new EpisodeFeatures(name, options.Encoder, Width, options, info));
        _episodes = Own("episodes", new EpisodeMemory<EllipticalMemory>(() => new EllipticalMemory(_features.Length, options.Ridge)));
    }

    /// <inheritdoc/>
    private protected override void Score(BonusRows rows, Memory<float> bonus, ScoreContext context)
    {
        float[] features = _features.Of(rows, context);
        int size = _features.Length;
        _episodes.Visit(rows.Batch, context, (row, memory) => bonus.Span[row] = (float)memory.Add(features.AsSpan(row * size, size)));
    }
}
