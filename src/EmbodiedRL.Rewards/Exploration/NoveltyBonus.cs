using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Rewards.Exploration;

/// <summary>Options of <see cref="NoveltyBonus"/>.</summary>
public sealed record NoveltyOptions : BonusOptions
{
    /// <summary>k, nearest neighbors whose distances are averaged.</summary>
    [Range(1, 1000)]
    public int Neighbors { get; init; } = 5;

    /// <summary>Observations that the archive keeps, a uniform sample of the run; every step is compared with all of them.</summary>
    [Range(2, 1_000_000)]
    public int Capacity { get; init; } = 1000;
}

/// <summary>Novelty: mean distance of the observation reached to its k nearest among those of the run.</summary>
/// <remarks>
/// <para>Lehman and Stanley 2011: rho(x) is the mean of dist(x, mu_i) over the k nearest mu_i of an archive, here Euclidean over
/// standardized observations clipped to [-5, 5]; the same estimate, of single steps, is that of particle entropies. A batch is offered to
/// the archive before it is scored, and a row that was kept is not its own neighbor, so the order of environments does not matter while
/// the archive has room.</para>
/// <para>Differs from the paper: the archive is a uniform sample of the steps of the run (<see cref="NoveltyArchive"/>) in place of all
/// individuals above a threshold; the bonus may be divided by the running deviation of its discounted sum. Where scoring is frozen the
/// archive stays as it is; an empty one gives 0. Not thread-safe.</para>
/// </remarks>
[Paper("10.1162/EVCO_a_00025", "Abandoning Objectives: Evolution Through the Search for Novelty Alone", Year = 2011)]
public sealed class NoveltyBonus : TransitionBonus
{
    private readonly NoveltyOptions _options;
    private readonly StandardizedRows _input;
    private readonly NoveltyArchive _archive;
    private readonly NearestNeighbors _nearest;

    /// <summary>Nothing is archived yet.</summary>
    /// <param name="name">The term's name.</param>
    /// <param name="options">Checked; null takes the defaults.</param>
    /// <param name="info">Whose observations are read.</param>
    /// <exception cref="SpecMismatchException">The environment's observations have no numbers.</exception>
    /// <exception cref="UnknownNameException">They have no field of a name.</exception>
    public NoveltyBonus(string name, NoveltyOptions? options, EnvironmentInfo info)
        : base(name, BatchFields.Observations, options ??= new(), info)
    {
        (_options, _nearest) = (options, new NearestNeighbors(options.Neighbors));
        _input = Own("input", new StandardizedRows(Width));
        _archive = Own("archive", new NoveltyArchive(Width, options.Capacity));
    }

    /// <inheritdoc/>
    private protected override void Score(BonusRows rows, Memory<float> bonus, ScoreContext context)
    {
        int[] places = new int[rows.Count]; // of each row in the archive
        Array.Fill(places, -1);
        if (!context.Frozen)
        {
            _input.Observe(rows.After);
            var rng = Rng.For((ulong)_options.Seed, $"novelty/{Spec.Name}", _archive.Offered);
            for (int row = 0; row < places.Length; row++)
            {
                places[row] = _archive.Offer(rows.After.AsSpan(row * Width, Width), ref rng);
                int taken = places[row]; // a later row of the batch may take the place of an earlier one
                if (taken >= 0 && Array.IndexOf(places, taken, 0, row) is >= 0 and int earlier) places[earlier] = -1;
            }
        }

        float[] reached = _input.Standardize(rows.After), members = _input.Standardize(_archive.Members);
        for (int row = 0; row < places.Length; row++)
            bonus.Span[row] = (float)NoveltyArchive.Novelty(reached.AsSpan(row * Width, Width), members, _nearest, places[row]);
    }
}
