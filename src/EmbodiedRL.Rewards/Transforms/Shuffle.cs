using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Rewards.Transforms;

/// <summary>Options of <see cref="Shuffle"/>.</summary>
public sealed record ShuffleOptions : Options
{
    /// <summary>Of the permutations.</summary>
    [Range(0, int.MaxValue)]
    public int Seed { get; init; }
}

/// <summary>Shuffle: the negative control of a reward; deals the scores of a batch out anew among its rows.</summary>
/// <remarks>
/// What is left has the distribution of the scores and says nothing of the rows, so what is learned from it was not learned from the
/// reward. Rows without a score stay without. Nothing is shuffled where scoring is frozen. A permutation is a function of seed and step,
/// so that a resumed run repeats it.
/// </remarks>
/// <param name="options">Checked.</param>
[NoPaper("a permutation")]
public sealed class Shuffle(ShuffleOptions options) : RewardTransform
{
    /// <inheritdoc/>
    public override ScoreScope Scope => ScoreScope.Batch;

    /// <inheritdoc/>
    public override void Apply(RewardBatch batch, Span<float> scores, ScoreContext context)
    {
        if (context.Frozen) return;
        Rng rng = Rng.For((ulong)options.Seed, "shuffle", context.Step);
        float[] dealt = scores.ToArray();
        int[] rows = [.. Enumerable.Range(0, dealt.Length).Where(row => !float.IsNaN(dealt[row]))], places = [.. rows];
        rng.Shuffle(places);
        for (int i = 0; i < rows.Length; i++) scores[rows[i]] = dealt[places[i]];
    }
}
