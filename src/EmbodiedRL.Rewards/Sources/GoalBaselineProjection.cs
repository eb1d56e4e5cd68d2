using EmbodiedRL.Core;

namespace EmbodiedRL.Rewards.Sources;

/// <summary>How near an embedding is to a goal, looking more or less only along the line from a baseline to that goal.</summary>
/// <remarks>
/// y(x) = 1 - |(x - g) P|^2 / 2 with P = alpha d d^T / (d . d) + (1 - alpha) I and d = g - b. P is symmetric and differs from a multiple of
/// I in one direction only, so |(x - g) P|^2 = (1 - alpha)^2 |x - g|^2 + alpha (2 - alpha) ((x - g) . d)^2 / (d . d): no matrix is needed.
/// With alpha 0 and one goal sentence y is the cosine. Goal and baseline are means of unit vectors
/// and are not brought to unit length again.
/// </remarks>
public sealed class GoalBaselineProjection
{
    private readonly double[] _goal;
    private readonly double[] _direction;
    private readonly double _along;
    private readonly double _across;

    /// <summary>Fixes goal, baseline and alpha.</summary>
    /// <param name="goals">Unit embeddings of the goal's sentences, one after the other.</param>
    /// <param name="baselines">Unit embeddings of the baseline's sentences, one after the other.</param>
    /// <param name="size">D, the length of one embedding.</param>
    /// <param name="alpha">In [0, 1]: 0 ignores the baseline, 1 sees nothing but the line from it to the goal.</param>
    /// <exception cref="SettingsException">Goal and baseline are the same and so name no direction.</exception>
    public GoalBaselineProjection(ReadOnlySpan<float> goals, ReadOnlySpan<float> baselines, int size, float alpha)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(alpha);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(alpha, 1);
        _goal = Mean(goals, size);
        _direction = [.. _goal.Zip(Mean(baselines, size), (goal, baseline) => goal - baseline)];
        double squaredLength = _direction.Sum(value => value * value);
        if (squaredLength < 1e-10)
        {
            throw new SettingsException("goal",
                ["goal and baseline mean the same to the model, so no direction leads from one to the other. "
                    + "Say in the baseline what every frame shows (e.g. \"a pole on a cart\") and in the goal what should become of it."]);
        }

        _along = alpha * (2 - alpha) / squaredLength;
        _across = (1 - alpha) * (1 - alpha);
    }

    /// <summary>The reward of one unit embedding [D], in [-1, 1].</summary>
    public float Score(ReadOnlySpan<float> embedding)
    {
        SpecMismatchException.ThrowIfLength("embedding", embedding.Length, _goal.Length);
        double squares = 0, product = 0;
        for (int i = 0; i < embedding.Length; i++)
        {
            double distance = embedding[i] - _goal[i];
            squares += distance * distance;
            product += distance * _direction[i];
        }

        return (float)(1 - (0.5 * ((_across * squares) + (_along * product * product))));
    }

    private static double[] Mean(ReadOnlySpan<float> rows, int size)
    {
        if (rows.Length == 0 || rows.Length % size != 0)
            throw new SpecMismatchException("embeddings", $"one or more rows of {size} values", $"{rows.Length} values");
        double[] mean = new double[size];
        for (int i = 0; i < rows.Length; i++) mean[i % size] += rows[i];
        for (int i = 0; i < size; i++) mean[i] /= rows.Length / size;
        return mean;
    }
}
