using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Rewards.Exploration;

/// <summary>Options of <see cref="GlobalEpisodicBonus"/>.</summary>
public sealed record GlobalEpisodicOptions : LearnedBonusOptions
{
    /// <summary>A factor of 1 in place of a bonus.</summary>
    public const string None = "none";

    /// <summary>phi^T C^-1 phi over the episode.</summary>
    public const string Elliptical = "elliptical";

    /// <summary>1 at the first visit to a cell in its episode, 0 after.</summary>
    public const string FirstVisit = "first-visit";

    /// <summary>Error of random network distillation.</summary>
    public const string Distillation = "distillation";

    /// <summary>1 / sqrt(N) of the visits to a cell in the run.</summary>
    public const string Count = "count";

    /// <summary>
    /// Bonus of the episode: <c>elliptical</c> (E3B's, over features), <c>first-visit</c> (1 at the first visit to a cell in the episode)
    /// or <c>none</c>.
    /// </summary>
    [Length(1, LengthAttribute.Name)]
    public string Episodic { get; init; } = Elliptical;

    /// <summary>
    /// Bonus of the run: <c>distillation</c> (error of random network distillation), <c>count</c> (1 / sqrt(N) of the visits to a cell)
    /// or <c>none</c>.
    /// </summary>
    [Length(1, LengthAttribute.Name)]
    public string Global { get; init; } = Distillation;

    /// <summary>
    /// c in max(0, e(s') - c e(s)) of the distillation error: 0 is the error reached, 0.1 the paper's variant of NovelD, which pays for
    /// what is newer than what was left.
    /// </summary>
    [Range(0, 1)]
    public double Past { get; init; }

    /// <summary>Features of <c>elliptical</c>: <c>inverse-dynamics</c> or <c>identity</c>.</summary>
    [Length(1, LengthAttribute.Name)]
    public string Encoder { get; init; } = EpisodeFeatures.InverseDynamics;

    /// <summary>Of <c>elliptical</c>: C = ridge I + sum of phi phi^T.</summary>
    [Range(0, 1e9, IsAboveLeast = true)]
    public double Ridge { get; init; } = 0.1;

    /// <summary>Width of a cell of <c>first-visit</c> and <c>count</c>: one for all values of an observation, or one for each.</summary>
    [Range(0, 1e9, IsAboveLeast = true), Length(1, 100_000)]
    public double[] Width { get; init; } = [0.25];

    /// <summary>Share of rows that the predictor of <c>distillation</c> learns from.</summary>
    [Range(0, 1, IsAboveLeast = true)]
    public double Share { get; init; } = 1;

    /// <summary>Cells that are remembered; where there are more all counts are halved, and cells without any left are forgotten.</summary>
    [Range(1, 100_000_000)]
    public int Capacity { get; init; } = 1_000_000;

    /// <inheritdoc/>
    public override IEnumerable<string> Violations()
    {
        foreach (string violation in base.Violations()) yield return violation;
        if (RowGroups.Violation("episodic", Episodic, Elliptical, FirstVisit, None) is { } episodic) yield return episodic;
        if (RowGroups.Violation("global", Global, Distillation, Count, None) is { } global) yield return global;
        if (EpisodeFeatures.Violation(Encoder) is { } encoder) yield return encoder;
        if (Episodic == None && Global == None) yield return "global: expected a bonus of the run or of the episode, found neither.";
    }
}

/// <summary>
/// Global times episodic bonus: pays for what is new both in the episode and in the run, for environments that change from episode to
/// episode.
/// </summary>
/// <remarks>
/// <para>Henaff, Jiang and Raileanu 2023: b = b_e b_g. E3B times RND is the paper's algorithm: b_e = phi^T C^-1 phi
/// (<see cref="EllipticalMemory"/>), b_g = max(0, e(s') - c e(s)) with e = |predictor - random target| and c = 0 (0.1 for NovelD). With
/// counts, as in its experiments: b_e = 1 at the first visit to a cell in its episode and else 0, b_g = 1 / sqrt(N). Either factor may be
/// left out, for comparison.</para>
/// <para>The product is divided by a running deviation (<see cref="BonusOptions.Discount"/> 0 gives that of the bonus itself, as the
/// paper has it). Visits of a batch are counted before it is scored, so the order of environments does not matter.</para>
/// <para>Differs from the paper: vectors instead of images, standardized. Where scoring is frozen episodes begin with the batch, and a row
/// is taken for one more visit. Owns the networks. Not thread-safe.</para>
/// </remarks>
[Paper("2306.03236", "A Study of Global and Episodic Bonuses for Exploration in Contextual MDPs", Year = 2023, Method = "S41")]
public sealed class GlobalEpisodicBonus : LearnedBonus
{
    private readonly GlobalEpisodicOptions _options;
    private readonly EpisodeFeatures? _features;
    private readonly RandomTarget? _distilled;
    private readonly Cells _cells;
    private readonly CellCounts _run;
    private readonly EpisodeMemory<CellCounts> _visited;
    private readonly EpisodeMemory<EllipticalMemory> _ellipses;

    /// <summary>Nothing is learned or counted yet.</summary>
    /// <param name="name">The term's name.</param>
    /// <param name="options">Checked; null takes the defaults.</param>
    /// <param name="info">Whose observations and actions are read.</param>
    /// <exception cref="SpecMismatchException">The environment's observations have no numbers, or too many to go without an
    /// encoder.</exception>
    /// <exception cref="UnknownNameException">They have no field of a name.</exception>
    /// <exception cref="SettingsException">The widths are not as many as the values.</exception>
    public GlobalEpisodicBonus(string name, GlobalEpisodicOptions? options, EnvironmentInfo info)
        : base(name, Reads(options ??= new()), options, info)
    {
        _options = options;
        bool counts = _options.Episodic == GlobalEpisodicOptions.FirstVisit || _options.Global == GlobalEpisodicOptions.Count;
        _cells = new Cells(name, Width, counts ? _options.Width : [1]);
        if (_options.Episodic == GlobalEpisodicOptions.Elliptical)
            _features = Own("features", new EpisodeFeatures(name, _options.Encoder, Width, _options, info));
        if (_options.Global == GlobalEpisodicOptions.Distillation)
            _distilled = Own("distilled", new RandomTarget(name, Width, _options, _options.Share));
        _run = Own("run", new CellCounts(_options.Capacity));
        _visited = Own("visited", new EpisodeMemory<CellCounts>(() => new CellCounts(_options.Capacity)));
        _ellipses = Own("ellipses", new EpisodeMemory<EllipticalMemory>(() => new EllipticalMemory(_features!.Length, _options.Ridge)));
    }

    /// <summary>Global novelty: max(0, e(s') - c e(s)).</summary>
    /// <param name="reached">e(s'), error at the observation reached.</param>
    /// <param name="left">e(s), error at the one before.</param>
    /// <param name="past">c.</param>
    public static double Novelty(double reached, double left, double past) => Math.Max(0, reached - (past * left));

    /// <inheritdoc/>
    private protected override void Score(BonusRows rows, Memory<float> bonus, ScoreContext context)
    {
        ulong[] cells = new ulong[rows.Count];
        for (int row = 0; row < cells.Length; row++) cells[row] = _cells.Of(rows.After.AsSpan(row * Width, Width));
        Episodic(rows, cells, bonus, context);
        double[] global = Global(rows, cells, context);
        for (int row = 0; row < global.Length; row++) bonus.Span[row] *= (float)global[row];
    }

    private static BatchFields Reads(GlobalEpisodicOptions options) => options.Episodic == GlobalEpisodicOptions.Elliptical
        ? EpisodeFeatures.Reads(options.Encoder)
        : BatchFields.Observations;

    private void Episodic(BonusRows rows, ulong[] cells, Memory<float> scores, ScoreContext context)
    {
        switch (_options.Episodic)
        {
            case GlobalEpisodicOptions.Elliptical:
                float[] features = _features!.Of(rows, context);
                int size = _features.Length;
                _ellipses.Visit(rows.Batch, context, (row, memory) =>
                    scores.Span[row] = (float)memory.Add(features.AsSpan(row * size, size)));
                break;
            case GlobalEpisodicOptions.FirstVisit:
                _visited.Visit(rows.Batch, context, (row, visits) => scores.Span[row] = visits.Add(cells[row]) == 1 ? 1 : 0);
                break;
            default:
                scores.Span.Fill(1);
                break;
        }
    }

    private double[] Global(BonusRows rows, ulong[] cells, ScoreContext context)
    {
        double[] bonus = new double[cells.Length];
        Array.Fill(bonus, 1);
        if (_distilled is not null)
        {
            if (!context.Frozen) _distilled.Observe(rows.After);
            float[] errors = _distilled.Errors(rows.After),
                left = _options.Past > 0 ? _distilled.Errors(rows.Before) : new float[errors.Length];
            for (int row = 0; row < bonus.Length; row++)
                bonus[row] = Novelty(Math.Sqrt(2 * errors[row]), Math.Sqrt(2 * left[row]), _options.Past); // e is a norm, not its square
        }
        else if (_options.Global == GlobalEpisodicOptions.Count)
        {
            if (!context.Frozen)
                foreach (ulong cell in cells) _run.Add(cell);
            for (int row = 0; row < bonus.Length; row++)
                bonus[row] = 1 / Math.Sqrt(Math.Max(1, _run[cells[row]] + (context.Frozen ? 1 : 0)));
        }

        return bonus;
    }
}
