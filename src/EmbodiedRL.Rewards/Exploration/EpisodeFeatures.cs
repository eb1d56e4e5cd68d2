using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Rewards.Exploration;

/// <summary>
/// Features of observations for an episodic bonus: an encoder trained by inverse dynamics, or the observations themselves.
/// </summary>
/// <remarks>Owns the encoder. Not thread-safe.</remarks>
internal sealed class EpisodeFeatures : ISnapshot, IDisposable
{
    /// <summary>An encoder that learns to tell actions.</summary>
    public const string InverseDynamics = "inverse-dynamics";

    /// <summary>The observation itself, standardized.</summary>
    public const string Identity = "identity";

    private const int MostFeatures = 512; // a matrix of K^2 doubles for every environment

    private readonly string _term;
    private readonly LearnedBonusOptions _options;
    private readonly Transitions _transitions;
    private readonly DynamicsNetworks? _networks;
    private readonly StandardizedRows? _identity;
    private long _batches;

    /// <summary>Features of an environment's observations.</summary>
    /// <param name="term">Name of the bonus.</param>
    /// <param name="encoder">Which features.</param>
    /// <param name="options">Sizes, rate, seed.</param>
    /// <param name="info">The environment.</param>
    /// <exception cref="SpecMismatchException">There are no numbers, or too many to be features by themselves.</exception>
    public EpisodeFeatures(string term, string encoder, LearnedBonusOptions options, EnvironmentInfo info)
    {
        (_term, _options, _transitions) = (term, options, new Transitions(term, info, options.Fields));
        if (encoder == InverseDynamics)
        {
            (_networks, Length) = (new DynamicsNetworks(term, _transitions.Length, info.Actions, options), options.Features);
            return;
        }

        (_identity, Length) = (new StandardizedRows(_transitions.Length), _transitions.Length);
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
    public float[] Of(TrajectoryBatch batch, ScoreContext context)
    {
        float[] reached = _transitions.After(batch);
        if (_networks is null)
        {
            if (!context.Frozen) _identity!.Observe(reached);
            return _identity!.Standardize(reached);
        }

        if (!context.Frozen) _networks.Observe(reached);
        return _networks.Encode(reached);
    }

    /// <summary>Lets the encoder learn from a batch.</summary>
    public void Learn(TrajectoryBatch batch, ScoreContext context)
    {
        if (_networks is null || context.Frozen) return;
        NonFiniteException.ThrowIfAny(batch.Actions, $"An action that reward '{_term}' reads");
        var rng = Rng.For((ulong)_options.Seed, $"dynamics/{_term}/minibatches", _batches++);
        (double loss, _) =
            _networks.Learn(_transitions.Before(batch), batch.Actions, _transitions.After(batch), ref rng, context.Cancel);
        context.Metrics.Write($"reward/{_term}/inverse-loss", loss);
    }

    /// <inheritdoc/>
    public void Save(Snapshot into)
    {
        _networks?.Save(into.Section("networks"));
        _identity?.Save(into.Section("identity"));
        into.Put("batches", _batches);
    }

    /// <inheritdoc/>
    public void Load(Snapshot from)
    {
        _networks?.Load(from.Section("networks"));
        _identity?.Load(from.Section("identity"));
        _batches = from.Get<long>("batches");
    }

    /// <summary>Frees the encoder.</summary>
    public void Dispose() => _networks?.Dispose();
}
