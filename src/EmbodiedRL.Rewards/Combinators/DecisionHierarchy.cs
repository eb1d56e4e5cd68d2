using System.Numerics;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Models.Losses;
using EmbodiedRL.Rewards.Transforms;

namespace EmbodiedRL.Rewards.Combinators;

/// <summary>Options of <see cref="DecisionHierarchy"/>.</summary>
public sealed record DecisionHierarchyOptions : Options
{
    /// <summary>Deviations of all scores of the run so far.</summary>
    public const string Run = "run";

    /// <summary>
    /// By how many standard deviations a row must be better for a term to decide, for each term in the order of the settings; the last
    /// value holds for all further terms.
    /// </summary>
    [Length(1, 64), Range(0, 1e6)]
    public float[] Margins { get; init; } = [1, 1, 0.5f];

    /// <summary>Scores that deviations are taken of: <c>run</c> (all so far) or <c>batch</c> (those of the same rollout).</summary>
    [Length(1, LengthAttribute.Name)]
    public string Deviation { get; init; } = Run;

    /// <summary>Rows that are compared: <c>group</c>, or <c>batch</c> (all rows of a rollout).</summary>
    [Length(1, LengthAttribute.Name)]
    public string Over { get; init; } = RowGroups.Group;

    /// <summary>Rows that each row is compared with, at most; evenly spaced among those of its group.</summary>
    [Range(2, 100_000)]
    public int Rivals { get; init; } = 256;

    /// <inheritdoc/>
    public override IEnumerable<string> Violations()
    {
        foreach (string violation in base.Violations()) yield return violation;
        if (RowGroups.Violation("deviation", Deviation, Run, RowGroups.Batch) is { } deviation) yield return deviation;
        if (RowGroups.Violation("over", Over, RowGroups.Group, RowGroups.Batch) is { } over) yield return over;
    }
}

/// <summary>
/// Decision hierarchy (HERON): compares rows by the first term, in order of importance, that tells them apart by more than its margin, and
/// pays the share of comparisons won less the share lost, in [-1, 1].
/// </summary>
/// <remarks>
/// <para>A margin is so many standard deviations of the term's scores. Rows that no term tells apart are undecided and count as neither. So
/// factors need no common scale: a positive affine change of any changes nothing, and margins of 0 give the lexicographic order. Only
/// the sign of a weight counts: a negative one turns a term's order, 0 leaves it out. A term that is NaN in one of two rows is passed over
/// between them, and a row without rivals gets 0.</para>
/// <para>Differs from the paper, which trains a preference model on these comparisons: here the comparisons within a batch are the reward.
/// Deviations run over all scores so far, because those of a small batch are noise; where scoring is frozen they stay as they are, and
/// before anything was scored they are 1.</para>
/// </remarks>
/// <param name="options">Checked.</param>
[Paper("2309.02632", "Deep Reinforcement Learning from Hierarchical Preference Design", Year = 2023, Method = "S84")]
public sealed class DecisionHierarchy(DecisionHierarchyOptions options) : RewardCombinator
{
    private RunningMoments[] _moments = [];
    private float[] _finite = [];

    /// <inheritdoc/>
    public override ScoreScope Scope =>
        RowGroups.ScopeOf(options.Over) | (options.Deviation == RowGroups.Batch ? ScoreScope.Batch : ScoreScope.History);

    /// <inheritdoc/>
    /// <exception cref="SpecMismatchException">The state that was loaded is of another number of terms.</exception>
    public override void Combine(RewardBatch batch, IReadOnlyList<TermScores> terms, Span<float> rewards, ScoreContext context)
    {
        double[] margins = Margins(terms, context);
        bool[] scored = new bool[rewards.Length];
        for (int row = 0; row < scored.Length; row++) scored[row] = terms.Any(term => !float.IsNaN(term.Scores.Span[row]));
        rewards.Fill(float.NaN);
        foreach (int[] rows in RowGroups.Of(batch, options.Over, scored))
        {
            var rivals = new RivalTable(terms, RowGroups.Rivals(rows, options.Rivals), rewards.Length);
            foreach (int row in rows)
                rewards[row] = rivals.Others(row) is > 0 and int others ? (float)Won(rivals, margins, row) / others : 0;
        }
    }

    /// <inheritdoc/>
    public override void Save(Snapshot into)
    {
        into.Put("terms", _moments.Length);
        for (int i = 0; i < _moments.Length; i++) _moments[i].Save(into.Section($"term{i}"));
    }

    /// <inheritdoc/>
    public override void Load(Snapshot from)
    {
        _moments = Make(from.Get<int>("terms"));
        for (int i = 0; i < _moments.Length; i++) _moments[i].Load(from.Section($"term{i}"));
    }

    /// <summary>Comparisons that a row wins less those that it loses; where no term decides it does neither.</summary>
    private static int Won(RivalTable rivals, double[] margins, int row)
    {
        rivals.Compare(row);
        Vector<long> won = Vector<long>.Zero;
        for (int v = 0; v < rivals.Vectors; v++)
        {
            Vector<long> isOpen = Vector<long>.AllBitsSet;
            for (int i = 0; i < rivals.Used.Count && isOpen != Vector<long>.Zero; i++)
            {
                Vector<double> difference = rivals.Own(i) - rivals.Rivals(i, v), margin = new(margins[rivals.Used[i]]);
                Vector<long> wins = Vector.GreaterThan(difference, margin) & isOpen, loses = Vector.LessThan(difference, -margin) & isOpen;
                won += loses - wins; // all bits set is -1
                isOpen = Vector.AndNot(isOpen, wins | loses);
            }
        }

        return (int)Vector.Sum(won);
    }

    private double[] Margins(IReadOnlyList<TermScores> terms, ScoreContext context)
    {
        if (_moments.Length == 0) _moments = Make(terms.Count);
        SpecMismatchException.ThrowIfLength("terms of combinator 'decision-hierarchy'", terms.Count, _moments.Length);
        double[] margins = new double[terms.Count];
        for (int i = 0; i < margins.Length; i++)
        {
            ReadOnlySpan<float> finite = FiniteScores.In(terms[i].Scores.Span, ref _finite);
            bool isRun = options.Deviation == DecisionHierarchyOptions.Run;
            if (isRun && !context.Frozen) _moments[i].Update(finite);
            double deviation = isRun ? Math.Sqrt(_moments[i].Variance[0]) : GroupStatistics.Of(finite).PopulationDeviation;
            margins[i] = options.Margins[Math.Min(i, options.Margins.Length - 1)] * deviation;
        }

        return margins;
    }

    private static RunningMoments[] Make(int count) => [.. Enumerable.Range(0, count).Select(_ => new RunningMoments(1))];
}
