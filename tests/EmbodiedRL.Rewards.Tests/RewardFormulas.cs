using System.Text.Json;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;

namespace EmbodiedRL.Rewards.Tests;

/// <summary>Applies transforms and combinators to plain lists of scores, and reads what a second implementation made of the same.</summary>
internal static class RewardFormulas
{
    /// <summary>The part of the fixture under a key.</summary>
    public static JsonElement Expected(string key) =>
        Fixtures.ReadJson("learning/reward_transforms.json").GetProperty("expected").GetProperty(key);

    public static float[] Floats(this JsonElement list) => [.. list.Numbers().Select(value => (float)value)];

    public static float[][] Rows(this JsonElement matrix) => [.. matrix.EnumerateArray().Select(Floats)];

    /// <summary>One column of a matrix.</summary>
    public static float[] Column(this float[][] rows, int column) => Array.ConvertAll(rows, row => row[column]);

    /// <summary>Completions of one prompt, which is one group.</summary>
    public static RewardBatch Completions(int count) => new CompletionBatch(["p"], count, new string[count]);

    public static float[] Apply(IRewardTransform transform, params float[] scores) =>
        ApplyTo(Completions(scores.Length), transform, scores);

    public static float[] ApplyTo(RewardBatch batch, IRewardTransform transform, float[] scores, bool frozen = false)
    {
        float[] changed = [.. scores];
        transform.Apply(batch, changed, NoiseBatches.Context(frozen));
        return changed;
    }

    /// <summary>Terms named a, b, c, ... of weight 1.</summary>
    public static float[] Combine(IRewardCombinator combinator, params float[][] terms) =>
        CombineIn(Completions(terms[0].Length), combinator, [.. terms.Select(scores => (1f, scores))]);

    public static float[] CombineIn(RewardBatch batch, IRewardCombinator combinator, (float Weight, float[] Scores)[] terms,
        bool frozen = false)
    {
        float[] rewards = new float[batch.Rows];
        combinator.Combine(batch, [.. terms.Select((term, i) => new TermScores($"{(char)('a' + i)}", term.Weight, term.Scores))], rewards,
            NoiseBatches.Context(frozen));
        return rewards;
    }

    /// <summary>Equal up to the rounding of float32; NaN equals NaN.</summary>
    public static void AssertNear(IReadOnlyList<float> expected, IReadOnlyList<float> found, float tolerance = 2e-6f)
    {
        Assert.Equal(expected.Count, found.Count);
        for (int i = 0; i < expected.Count; i++)
        {
            if (float.IsNaN(expected[i])) Assert.True(float.IsNaN(found[i]), $"{i}: expected NaN, found {found[i]}.");
            else Assert.True(Math.Abs(expected[i] - found[i]) <= tolerance * Math.Max(1, Math.Abs(expected[i])),
                $"{i}: expected {expected[i]}, found {found[i]}.");
        }
    }
}
