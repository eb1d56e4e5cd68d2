using System.Diagnostics.CodeAnalysis;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rewards.Combinators;

namespace EmbodiedRL.Rewards;

/// <summary>
/// Reward stack: named terms, each source, transforms, weight, joined by a combinator. Owns its terms. The
/// same stack scores bodies and completions.
/// </summary>
/// <remarks>
/// Every term's scores are logged before and after its transforms, so that no term can hide in the result; where the combinator is a sum,
/// the weighted means of the shaped terms add up to <c>reward/mean</c>. Memory is made at the first batch and kept. Not thread-safe.
/// </remarks>
[NoPaper("composes other rewards")]
[SuppressMessage("Naming", "CA1711", Justification = "The word of the settings and the documents; nobody takes it for a collection.")]
public sealed class RewardStack : ILearnedReward
{
    private readonly float[][] _scores;
    private readonly TermScores[] _terms;

    /// <summary>Composes terms.</summary>
    /// <param name="terms">At least one; owned from here on.</param>
    /// <param name="available">What the run's batches will hold.</param>
    /// <param name="combinator">Joins the terms; null adds weight times score.</param>
    /// <param name="subject">What is scored, for messages, e.g. "environment 'cartpole'".</param>
    /// <exception cref="SpecMismatchException">A term reads what the run cannot supply; both are named.</exception>
    public RewardStack(IReadOnlyList<RewardTerm> terms, BatchFields available, IRewardCombinator? combinator = null,
        string subject = "this run")
    {
        ArgumentOutOfRangeException.ThrowIfZero(terms.Count);
        (Terms, Combinator) = (terms, combinator ?? new WeightedSum());
        _scores = [.. terms.Select(_ => Array.Empty<float>())];
        _terms = new TermScores[terms.Count];
        foreach (RewardTerm term in terms)
        {
            BatchFields lacking = term.Reads & ~available;
            if (lacking != BatchFields.None)
                throw new SpecMismatchException($"reward '{term.Name}' in {subject}", $"batches that hold {lacking}", $"{available}");
        }

        Frames = [.. terms.Select(term => term.Source.Spec.Frames).OfType<FrameSpec>().Distinct()];
        Spec = new RewardSpec("reward", terms.Aggregate(BatchFields.None, (union, term) => union | term.Reads),
            Frames: Frames.Count > 0 ? Frames[0] : null, Scope: terms.Aggregate(Combinator.Scope, (scope, term) => scope | term.Scope));
    }

    /// <summary>In the order of the settings; owned by the stack.</summary>
    public IReadOnlyList<RewardTerm> Terms { get; }

    /// <summary>Joins the terms.</summary>
    public IRewardCombinator Combinator { get; }

    /// <summary>Every frame spec that a term reads, each once.</summary>
    public IReadOnlyList<FrameSpec> Frames { get; }

    /// <summary>Reads the union of what the terms read.</summary>
    public RewardSpec Spec { get; }

    /// <inheritdoc/>
    /// <exception cref="NonFiniteException">A term is infinite, or no term applies to a row; says which row.</exception>
    public async ValueTask ScoreAsync(RewardBatch batch, Memory<float> scores, ScoreContext context)
    {
        SpecMismatchException.ThrowIfLength("rewards", scores.Length, batch.Rows);
        for (int i = 0; i < Terms.Count; i++)
        {
            context.Cancel.ThrowIfCancellationRequested();
            if (_scores[i].Length != batch.Rows) _scores[i] = new float[batch.Rows];
            await Terms[i].ScoreAsync(batch, _scores[i], context);
            _terms[i] = new TermScores(Terms[i].Name, Terms[i].WeightAt(context.Progress), _scores[i]);
        }

        Combine(batch, scores.Span, context);
    }

    /// <summary>Lets every learned source learn from a batch.</summary>
    /// <param name="batch">Lent for the time of the call.</param>
    /// <param name="context">Where the run stands; nothing is learned if it is frozen.</param>
    public async ValueTask LearnAsync(RewardBatch batch, ScoreContext context)
    {
        if (context.Frozen) return;
        foreach (RewardTerm term in Terms)
            if (term.Source is ILearnedReward learner) await learner.LearnAsync(batch, context);
    }

    /// <summary>
    /// Sums what the terms' sources say times their weights as a run begins: no transform, no metric, and nothing that a later batch
    /// depends on.
    /// </summary>
    /// <param name="batch">Lent for the time of the call.</param>
    /// <param name="scores">[rows], overwritten; NaN where no term applies.</param>
    /// <param name="cancel">Stops a source between two calls of a model.</param>
    /// <param name="checkableOnly">Whether terms are left out whose scores say nothing of the goal before a run.</param>
    public async ValueTask SumSourcesAsync(RewardBatch batch, Memory<float> scores, CancellationToken cancel, bool checkableOnly = false)
    {
        SpecMismatchException.ThrowIfLength("rewards", scores.Length, batch.Rows);
        var context = ScoreContext.Preview(cancel);
        var terms = new List<TermScores>();
        foreach (RewardTerm term in Terms)
        {
            if (checkableOnly && !term.Source.IsCheckable) continue;
            float[] raw = new float[batch.Rows];
            await term.Source.ScoreAsync(batch, raw, context);
            terms.Add(new TermScores(term.Name, term.WeightAt(context.Progress), raw));
        }

        new WeightedSum().Combine(batch, terms, scores.Span, context);
    }

    /// <summary>The transformed scores of a term in the last batch, [rows], not yet weighted; overwritten by the next one.</summary>
    public ReadOnlyMemory<float> ScoresOf(int term) => _scores[term];

    /// <inheritdoc/>
    public void Save(Snapshot into)
    {
        foreach (RewardTerm term in Terms) term.Save(into.Section(term.Name));
        Combinator.Save(into.Section("combinator/"));
    }

    /// <inheritdoc/>
    public void Load(Snapshot from)
    {
        foreach (RewardTerm term in Terms) term.Load(from.Section(term.Name));
        Combinator.Load(from.Section("combinator/"));
    }

    /// <summary>Disposes the terms.</summary>
    public void Dispose()
    {
        foreach (RewardTerm term in Terms) term.Dispose();
    }

    private void Combine(RewardBatch batch, Span<float> rewards, ScoreContext context)
    {
        Combinator.Combine(batch, _terms, rewards, context);
        for (int row = 0; row < rewards.Length; row++)
        {
            if (!float.IsFinite(rewards[row]))
            {
                throw new NonFiniteException("The joined reward", batch.Describe(row),
                    $"Terms there: {string.Join(", ", Terms.Select((term, t) => $"{term.Name} = {_scores[t][row]}"))}. At least one term "
                        + "must apply to every row; "
                    + "the transforms 'hold' and 'interpolate' fill the steps that a source leaves out.");
            }
        }

        for (int term = 0; term < Terms.Count; term++)
        {
            if (Terms[term].Schedule.Changes) context.Metrics.Write($"reward/{Terms[term].Name}/weight", _terms[term].Weight);
            if (ScoreStatistics.Of(_scores[term]) is { Missing: < 1 } shaped)
                context.Metrics.Write($"reward/{Terms[term].Name}/weighted/mean", _terms[term].Weight * shaped.Mean);
        }

        ScoreStatistics joined = ScoreStatistics.Of(rewards);
        context.Metrics.Write("reward/mean", joined.Mean);
        context.Metrics.Write("reward/std", joined.Deviation);
    }
}
