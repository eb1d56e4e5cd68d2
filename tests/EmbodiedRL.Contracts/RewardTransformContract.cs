using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Contracts;

/// <summary>What every reward transform must obey. Inherit it, say how to make the transform, and all of this is tested.</summary>
public abstract class RewardTransformContract
{
    /// <summary>A fresh transform.</summary>
    protected abstract IRewardTransform Create();

    /// <summary>Whether it gives scores to rows that have none.</summary>
    protected virtual bool FillsRows => false;

    /// <summary>Whether it transforms scores of completions too.</summary>
    protected virtual bool TakesCompletions => true;

    /// <summary>Whether it transforms scores of steps too.</summary>
    protected virtual bool TakesSteps => true;

    [Fact]
    public void It_names_its_paper_or_says_why_it_has_none()
    {
        Type type = Create().GetType();
        Assert.True(type.IsDefined(typeof(PaperAttribute), false) || type.IsDefined(typeof(NoPaperAttribute), false));
    }

    [Fact]
    public void Scores_stay_finite_and_rows_without_one_stay_without_unless_it_fills_them()
    {
        foreach (RewardBatch batch in Batches())
        {
            float[] before = Scores(batch), after = Apply(Create(), batch);
            Assert.DoesNotContain(after, float.IsInfinity);
            for (int row = 0; row < before.Length; row++)
            {
                if (!float.IsNaN(before[row])) Assert.False(float.IsNaN(after[row]), batch.Describe(row));
                else if (!FillsRows) Assert.True(float.IsNaN(after[row]), batch.Describe(row));
            }
        }
    }

    /// <summary>Frozen, and after other batches were transformed, so that state is no excuse: for each row, all scores that it may not
    /// depend on change.</summary>
    [Fact]
    public void A_score_depends_on_nothing_outside_its_scope()
    {
        foreach (RewardBatch batch in Batches())
        {
            IRewardTransform transform = Create();
            Warm(transform);
            float[] scores = Apply(transform, batch, frozen: true);
            for (int row = 0; row < batch.Rows; row++)
            {
                float[] changed = Scores(batch);
                for (int other = 0; other < changed.Length; other++)
                    if (!NoiseBatches.MayDepend(batch, transform.Scope, row, other)) changed[other] = -changed[other] - 1;
                transform.Apply(batch, changed, NoiseBatches.Context(frozen: true));
                NoiseBatches.AssertSame(scores[row], changed[row], batch.Describe(row));
            }
        }
    }

    [Fact]
    public void Without_history_it_does_not_matter_what_was_transformed_before()
    {
        IRewardTransform used = Create();
        if (used.Scope.HasFlag(ScoreScope.History)) return; // allowed where it is declared
        Warm(used);
        foreach (RewardBatch batch in Batches()) Assert.Equal(Apply(Create(), batch), Apply(used, batch));
    }

    [Fact]
    public void Frozen_transforming_repeats_and_adapts_nothing()
    {
        foreach (RewardBatch batch in Batches())
        {
            IRewardTransform transform = Create();
            Apply(transform, batch);
            SortedDictionary<string, byte[]> before = NoiseBatches.Entries(transform);
            Assert.Equal(Apply(transform, batch, frozen: true), Apply(transform, batch, frozen: true));
            Assert.Equal(before, NoiseBatches.Entries(transform));
        }
    }

    /// <summary>Into the middle of episodes: the second of two rollouts goes on with those of the first.</summary>
    [Fact]
    public void A_snapshot_brings_it_back()
    {
        IRewardTransform transform = Create(), other = Create();
        RewardBatch[] batches = TakesSteps ? [.. NoiseBatches.Rollouts([]).Take(3)]
            : [NoiseBatches.Answers(7), NoiseBatches.Answers(8, 100), NoiseBatches.Answers(9, 200)];
        foreach (RewardBatch batch in batches[..2]) Apply(transform, batch);
        var snapshot = new Snapshot();
        transform.Save(snapshot);
        other.Load(snapshot);
        Assert.Equal(Apply(transform, batches[2]), Apply(other, batches[2]));
        Assert.Equal(NoiseBatches.Entries(transform), NoiseBatches.Entries(other));
    }

    [Fact]
    public void Two_of_a_kind_do_not_share_what_they_remember()
    {
        IRewardTransform one = Create(), two = Create();
        Warm(one);
        Assert.Equal(NoiseBatches.Entries(Create()), NoiseBatches.Entries(two));
    }

    private IEnumerable<RewardBatch> Batches() => !TakesSteps ? [NoiseBatches.Answers()]
        : TakesCompletions ? [NoiseBatches.Rollout(), NoiseBatches.Answers()]
        : [NoiseBatches.Rollout()];

    private void Warm(IRewardTransform transform) =>
        Apply(transform, TakesSteps ? NoiseBatches.Elsewhere() : NoiseBatches.Answers(8, 1_000_000));

    private static float[] Apply(IRewardTransform transform, RewardBatch batch, bool frozen = false)
    {
        float[] scores = Scores(batch);
        transform.Apply(batch, scores, NoiseBatches.Context(frozen));
        return scores;
    }

    /// <summary>Noise, a quarter of it missing; every third score repeats the one before, so that there are ties.</summary>
    private static float[] Scores(RewardBatch batch)
    {
        var rng = Rng.For((ulong)batch.Episode[0], "scores");
        float[] scores = new float[batch.Rows];
        for (int row = 0; row < scores.Length; row++)
        {
            float fresh = rng.Below(4) == 0 ? float.NaN : (float)rng.Normal();
            scores[row] = row % 3 == 2 ? scores[row - 1] : fresh;
        }

        return scores;
    }
}
