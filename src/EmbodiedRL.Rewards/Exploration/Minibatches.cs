using EmbodiedRL.Core;

namespace EmbodiedRL.Rewards.Exploration;

/// <summary>Rows of a batch in random order, a few at a time.</summary>
internal static class Minibatches
{
    /// <summary>Row numbers of every minibatch of every epoch.</summary>
    /// <param name="rows">Of the batch.</param>
    /// <param name="options">Their size, and how many epochs.</param>
    /// <param name="rng">Advanced by a shuffle for each epoch.</param>
    public static List<int[]> Of(int rows, LearnedBonusOptions options, ref Rng rng)
    {
        List<int[]> all = [];
        int[] order = [.. Enumerable.Range(0, rows)];
        for (int epoch = 0; epoch < options.Epochs; epoch++)
        {
            rng.Shuffle(order);
            all.AddRange(order.Chunk(options.Minibatch));
        }

        return all;
    }

    /// <summary>The rows of some numbers, one after another.</summary>
    /// <param name="values">[rows, width].</param>
    /// <param name="width">Values of a row.</param>
    /// <param name="rows">Which.</param>
    public static float[] Choose(float[] values, int width, int[] rows)
    {
        float[] chosen = new float[rows.Length * width];
        for (int i = 0; i < rows.Length; i++) values.AsSpan(rows[i] * width, width).CopyTo(chosen.AsSpan(i * width));
        return chosen;
    }
}
