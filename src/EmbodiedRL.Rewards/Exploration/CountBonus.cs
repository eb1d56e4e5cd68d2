using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Rewards.Exploration;

/// <summary>Options of <see cref="CountBonus"/>.</summary>
public sealed record CountOptions : Options
{
    /// <summary>Visits of the whole run.</summary>
    public const string Run = "run";

    /// <summary>Visits of the row's episode.</summary>
    public const string Episode = "episode";

    /// <summary>State fields that make a cell; empty takes all.</summary>
    [Length(0, 1000)]
    public string[] Fields { get; init; } = [];

    /// <summary>Width of a cell, in the fields' units: one for all values, or one for each.</summary>
    [Range(0, 1e9, IsAboveLeast = true), Length(1, 100_000)]
    public double[] Width { get; init; } = [0.25];

    /// <summary>Bits of SimHash, for vectors so long that no cell of a grid is visited twice.</summary>
    [Range(1, 64, Zero = "a grid of cells")]
    public int HashBits { get; init; }

    /// <summary>Which visits count: <c>run</c> (all of the run) or <c>episode</c> (those of the same episode).</summary>
    [Length(1, LengthAttribute.Name)]
    public string Over { get; init; } = Run;

    /// <summary>
    /// Cells that are remembered, of the run or of each episode; where there are more all counts are halved, and cells without any left
    /// are forgotten.
    /// </summary>
    [Range(1, 100_000_000)]
    public int Capacity { get; init; } = 1_000_000;

    /// <summary>Of SimHash's directions.</summary>
    [Range(0, 1e15)]
    public long Seed { get; init; } = 1;

    /// <inheritdoc/>
    public override IEnumerable<string> Violations()
    {
        foreach (string violation in base.Violations()) yield return violation;
        if (RowGroups.Violation("over", Over, Run, Episode) is { } over) yield return over;
    }
}

/// <summary>Count-based exploration bonus: 1 / sqrt(N) for reaching a cell of the state that was visited N times.</summary>
/// <remarks>
/// <para>Tang et al. 2017, algorithm 1: the visits of a batch are counted first, so N holds this visit and those of the same batch, and
/// the order of environments does not matter. Over an episode N holds its visits up to this one.</para>
/// <para>Differs from the paper: SimHash or a grid with given widths, no learned code; the bonus' factor is the term's weight. Where
/// scoring is frozen nothing is counted: a row is taken for one more visit, and episodes begin with the batch.</para>
/// </remarks>
[Paper("1611.04717", "#Exploration: A Study of Count-Based Exploration for Deep Reinforcement Learning", Year = 2017)]
public sealed class CountBonus : Reward, ITrajectoryReward
{
    private readonly FieldColumns _columns;
    private readonly Cells _cells;
    private readonly bool _isEpisodic;
    private readonly CellCounts _run;
    private readonly EpisodeMemory<CellCounts> _episodes;

    /// <summary>Nothing is counted yet.</summary>
    /// <param name="name">The term's name.</param>
    /// <param name="options">Checked.</param>
    /// <param name="info">Whose states are counted.</param>
    /// <exception cref="SpecMismatchException">The environment has no state.</exception>
    /// <exception cref="UnknownNameException">It has no field of a name.</exception>
    /// <exception cref="SettingsException">The widths are not as many as the values.</exception>
    public CountBonus(string name, CountOptions options, EnvironmentInfo info)
        : base(new RewardSpec(name, BatchFields.States, 0, 1, Scope: options.Over == CountOptions.Episode
            ? ScoreScope.Episode | ScoreScope.History // an episode goes on from batch to batch
            : ScoreScope.Batch | ScoreScope.History))
    {
        _columns = new FieldColumns(name, info.Name, "state", info.State, options.Fields);
        _cells = new Cells(name, _columns.Length, options.Width, options.HashBits, options.Seed);
        _isEpisodic = options.Over == CountOptions.Episode;
        _run = new CellCounts(options.Capacity);
        _episodes = new EpisodeMemory<CellCounts>(() => new CellCounts(options.Capacity));
    }

    /// <inheritdoc/>
    public override bool IsCheckable => false;

    /// <inheritdoc/>
    public override ValueTask ScoreAsync(RewardBatch batch, Memory<float> scores, ScoreContext context)
    {
        Check(batch, scores);
        ulong[] cells = CellsOf(batch.As<TrajectoryBatch>());
        if (_isEpisodic)
        {
            _episodes.Visit(batch, context, (row, visits) => scores.Span[row] = Bonus(visits.Add(cells[row])));
            return ValueTask.CompletedTask;
        }

        if (!context.Frozen)
            foreach (ulong cell in cells) _run.Add(cell);
        for (int row = 0; row < cells.Length; row++)
            scores.Span[row] = Bonus(Math.Max(1, _run[cells[row]] + (context.Frozen ? 1 : 0)));
        context.Metrics.Write($"reward/{Spec.Name}/cells", _run.Count);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override void Save(Snapshot into)
    {
        _run.Save(into.Section("run"));
        _episodes.Save(into.Section("episodes"));
    }

    /// <inheritdoc/>
    public override void Load(Snapshot from)
    {
        _run.Load(from.Section("run"));
        _episodes.Load(from.Section("episodes"));
    }

    private static float Bonus(long visits) => (float)(1 / Math.Sqrt(visits));

    private ulong[] CellsOf(TrajectoryBatch batch)
    {
        int width = batch.Info.State.Length;
        ulong[] cells = new ulong[batch.Rows];
        float[] values = new float[_columns.Length];
        for (int row = 0; row < cells.Length; row++)
        {
            _columns.Copy(batch.States.AsSpan(row * width, width), values, batch, row);
            cells[row] = _cells.Of(values);
        }

        return cells;
    }
}
