using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;

namespace EmbodiedRL.Contracts;

/// <summary>What every reward combinator must obey. Inherit it, say how to make the combinator, and all of this is tested.</summary>
public abstract class RewardCombinatorContract
{
    private const int Terms = 3;

    /// <summary>A fresh combinator.</summary>
    protected abstract IRewardCombinator Create();

    /// <summary>Whether it combines scores of completions too.</summary>
    protected virtual bool TakesCompletions => true;

    /// <summary>Greatest score that it takes.</summary>
    protected virtual double MostScore => 2;

    [Fact]
    public void It_names_its_paper_or_says_why_it_has_none()
    {
        Type type = Create().GetType();
        Assert.True(type.IsDefined(typeof(PaperAttribute), false) || type.IsDefined(typeof(NoPaperAttribute), false));
    }

    [Fact]
    public void A_row_is_a_number_wherever_a_term_applies_and_only_there()
    {
        foreach (RewardBatch batch in Batches())
        {
            float[][] scores = Scores(batch);
            float[] rewards = Combine(Create(), batch, scores);
            for (int row = 0; row < batch.Rows; row++) Assert.Equal(scores.All(term => float.IsNaN(term[row])), float.IsNaN(rewards[row]));
            Assert.DoesNotContain(rewards, float.IsInfinity);
        }
    }

    [Fact]
    public void A_term_that_does_not_apply_to_a_row_is_left_out_there()
    {
        TrajectoryBatch batch = NoiseBatches.Rollout();
        float[][] scores = Scores(batch);
        Array.Fill(scores[1], float.NaN);
        float[] among = Combine(Create(), batch, scores), without = Combine(Create(), batch, [scores[0], scores[2]], [0, 2]);
        Assert.Equal(without, among);
    }

    [Fact]
    public void Frozen_a_row_depends_on_nothing_outside_the_scope()
    {
        TrajectoryBatch batch = NoiseBatches.Rollout();
        IRewardCombinator combinator = Create();
        Combine(combinator, batch, Scores(batch));
        float[] rewards = Combine(combinator, batch, Scores(batch), frozen: true);
        for (int row = 0; row < batch.Rows; row++)
        {
            float[][] changed = Scores(batch);
            foreach (float[] term in changed)
                for (int other = 0; other < term.Length; other++)
                    if (!NoiseBatches.MayDepend(batch, combinator.Scope, row, other)) term[other] = (float)MostScore - term[other];
            NoiseBatches.AssertSame(rewards[row], Combine(combinator, batch, changed, frozen: true)[row], batch.Describe(row));
        }
    }

    [Fact]
    public void Frozen_combining_repeats_and_adapts_nothing_and_leaves_the_scores()
    {
        TrajectoryBatch batch = NoiseBatches.Rollout();
        IRewardCombinator combinator = Create();
        float[][] scores = Scores(batch);
        Combine(combinator, batch, scores);
        SortedDictionary<string, byte[]> before = NoiseBatches.Entries(combinator);
        Assert.Equal(Combine(combinator, batch, scores, frozen: true), Combine(combinator, batch, scores, frozen: true));
        Assert.Equal(before, NoiseBatches.Entries(combinator));
        Assert.Equal(Scores(batch), scores);
    }

    [Fact]
    public void A_snapshot_brings_it_back()
    {
        IRewardCombinator combinator = Create(), other = Create();
        TrajectoryBatch[] batches = [.. NoiseBatches.Rollouts([]).Take(2)];
        Combine(combinator, batches[0], Scores(batches[0]));
        var snapshot = new Snapshot();
        combinator.Save(snapshot);
        other.Load(snapshot);
        Assert.Equal(Combine(combinator, batches[1], Scores(batches[1])), Combine(other, batches[1], Scores(batches[1])));
    }

    private IEnumerable<RewardBatch> Batches() => TakesCompletions ? [NoiseBatches.Rollout(), NoiseBatches.Answers()]
        : [NoiseBatches.Rollout()];

    private static float[] Combine(IRewardCombinator combinator, RewardBatch batch, float[][] scores, int[]? names = null,
        bool frozen = false)
    {
        float[] rewards = new float[batch.Rows];
        combinator.Combine(batch, [.. scores.Select((term, i) => new TermScores($"term{names?[i] ?? i}", names?[i] + 1 ?? i + 1, term))],
            rewards, NoiseBatches.Context(frozen));
        return rewards;
    }

    /// <summary>Positive noise, so that any weight may be a power; a third of it is missing, and in the last row all.</summary>
    private float[][] Scores(RewardBatch batch)
    {
        var rng = Rng.For(3, "terms");
        float[][] scores = new float[Terms][];
        for (int term = 0; term < Terms; term++)
        {
            scores[term] = new float[batch.Rows];
            for (int row = 0; row < batch.Rows; row++) scores[term][row] = row == batch.Rows - 1 || rng.Below(3) == 0 ? float.NaN
                : (float)rng.Uniform(0.1, MostScore);
        }

        return scores;
    }
}
