using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Rewards.Exploration;

/// <summary>
/// Features of observations for an episodic bonus: an encoder trained by inverse dynamics, or the observations themselves.
/// </summary>
/// <remarks>Owns the encoder. Not thread-safe.</remarks>
internal sealed class EpisodeFeatures : ISnapshot, IBonusLearner, IDisposable
{
    /// <summary>An encoder that learns to tell actions.</summary>
    public const string InverseDynamics = "inverse-dynamics";

    /// <summary>The observation itself, standardized.</summary>
    public const string Identity = "identity";

    private const int MostFeatures = 512; // a matrix of K^2 doubles for every environment

    private readonly DynamicsNetworks? _networks;
    private readonly StandardizedRows? _identity;

    /// <summary>Features of an environment's observations.</summary>
    /// <param name="term">Name of the bonus.</param>
    /// <param name="encoder">Which features.</param>
    /// <param name="width">Values of an observation.</param>
    /// <param name="options">Sizes, rate, seed.</param>
    /// <param name="info">The environment.</param>
    /// <exception cref="SpecMismatchException">There are too many numbers to be features by themselves.</exception>
    public EpisodeFeatures(string term, string encoder, int width, LearnedBonusOptions options, EnvironmentInfo info)
    {
        if (encoder == InverseDynamics)
        {
            (_networks, Length) = (new DynamicsNetworks(term, width, info.Actions, options), options.Features);
            return;
        }

        (_identity, Length) = (new StandardizedRows(width), width);
        if (Length > MostFeatures)
            throw new SpecMismatchException($"reward '{term}' in environment '{info.Name}'",
                $"at most {MostFeatures} observed numbers without an encoder (name fields, or take the encoder '{InverseDynamics}')",
                $"{Length}");
    }

    /// <summary>K, numbers of a feature vector.</summary>
    public int Length { get; }

    /// <summary>What is read.</summary>
    public static BatchFields Reads(string encoder) => BatchFields.Observations
        | (encoder == InverseDynamics ? BatchFields.Actions : BatchFields.None);

    /// <summary>What is wrong with the name of an encoder; null if nothing is.</summary>
    public static string? Violation(string encoder) => RowGroups.Violation("encoder", encoder, InverseDynamics, Identity);

    /// <summary>[rows, K], of the observation that every row reached.</summary>
    public float[] Of(BonusRows rows, ScoreContext context)
    {
        if (_networks is null)
        {
            if (!context.Frozen) _identity!.Observe(rows.After);
            return _identity!.Standardize(rows.After);
        }

        if (!context.Frozen) _networks.Observe(rows.After);
        return _networks.Encode(rows.After);
    }

    /// <inheritdoc/>
    public void Learn(BonusRows rows, long batch, ScoreContext context) => _networks?.Learn(rows, batch, context);

    /// <inheritdoc/>
    public void Save(Snapshot into)
    {
        _networks?.Save(into.Section("networks"));
        _identity?.Save(into.Section("identity"));
    }

    /// <inheritdoc/>
    public void Load(Snapshot from)
    {
        _networks?.Load(from.Section("networks"));
        _identity?.Load(from.Section("identity"));
    }

    /// <summary>Frees the encoder.</summary>
    public void Dispose() => _networks?.Dispose();
}
