using EmbodiedRL.Core;

namespace EmbodiedRL.Rewards.Verifiers.Boxes;

/// <summary>Pair of a matching.</summary>
/// <param name="Prediction">Its index.</param>
/// <param name="Truth">Its index.</param>
/// <param name="Value">Overlap, or cost, of the two.</param>
public readonly record struct MatchedPair(int Prediction, int Truth, double Value);

/// <summary>One-to-one matching of predictions and truths.</summary>
public static class BoxMatching
{
    /// <summary>Greedy matching: each prediction in order takes the best truth that is left, if it is good enough.</summary>
    /// <param name="overlaps">[predictions, truths].</param>
    /// <param name="order">Predictions, the surest first; null takes them as they come.</param>
    /// <param name="threshold">Least overlap of a pair.</param>
    /// <param name="isStrict">Whether the overlap must be above it.</param>
    /// <returns>In the order of matching. Among equal overlaps the first truth is taken.</returns>
    public static IReadOnlyList<MatchedPair> Greedy(
        double[,] overlaps, IReadOnlyList<int>? order, double threshold, bool isStrict = false)
    {
        var pairs = new List<MatchedPair>();
        bool[] isUsed = new bool[overlaps.GetLength(1)];
        for (int k = 0; k < overlaps.GetLength(0); k++)
        {
            int prediction = order is null ? k : order[k], best = -1;
            for (int truth = 0; truth < isUsed.Length; truth++)
                if (!isUsed[truth] && (best < 0 || overlaps[prediction, truth] > overlaps[prediction, best])) best = truth;
            if (best < 0) break;
            double overlap = overlaps[prediction, best];
            if (isStrict ? overlap <= threshold : overlap < threshold) continue;
            isUsed[best] = true;
            pairs.Add(new MatchedPair(prediction, best, overlap));
        }

        return pairs;
    }

    /// <summary>Indices by falling score; equal scores keep their order.</summary>
    public static int[] ByScore(IReadOnlyList<double> scores) =>
        [.. Enumerable.Range(0, scores.Count).OrderByDescending(i => scores[i])];

    /// <summary>Hungarian matching: as many pairs as the smaller side has, of the least total cost.</summary>
    /// <param name="costs">[predictions, truths], finite.</param>
    /// <returns>By prediction.</returns>
    /// <exception cref="NonFiniteException">A cost is not finite.</exception>
    public static IReadOnlyList<MatchedPair> Hungarian(double[,] costs)
    {
        foreach (double cost in costs)
            if (!double.IsFinite(cost)) throw new NonFiniteException("A cost of a matching", "costs of pairs of boxes");
        int rows = costs.GetLength(0), columns = costs.GetLength(1);
        if (rows == 0 || columns == 0) return [];
        bool isTurned = rows > columns;
        (int n, int m) = isTurned ? (columns, rows) : (rows, columns);
        double Cost(int i, int j) => isTurned ? costs[j, i] : costs[i, j];

        // Shortest augmenting paths with potentials u and v; index 0 stands for "none".
        double[] u = new double[n + 1], v = new double[m + 1];
        int[] rowOf = new int[m + 1], from = new int[m + 1];
        for (int i = 1; i <= n; i++)
        {
            rowOf[0] = i;
            double[] least = new double[m + 1];
            bool[] isDone = new bool[m + 1];
            Array.Fill(least, double.PositiveInfinity);
            int column = 0;
            while (rowOf[column] != 0)
            {
                isDone[column] = true;
                int row = rowOf[column], next = 0;
                double delta = double.PositiveInfinity;
                for (int j = 1; j <= m; j++)
                {
                    if (isDone[j]) continue;
                    double reduced = Cost(row - 1, j - 1) - u[row] - v[j];
                    if (reduced < least[j]) (least[j], from[j]) = (reduced, column);
                    if (least[j] < delta) (delta, next) = (least[j], j);
                }

                for (int j = 0; j <= m; j++)
                {
                    if (isDone[j]) (u[rowOf[j]], v[j]) = (u[rowOf[j]] + delta, v[j] - delta);
                    else least[j] -= delta;
                }

                column = next;
            }

            for (; column != 0; column = from[column]) rowOf[column] = rowOf[from[column]];
        }

        var pairs = new List<MatchedPair>();
        for (int j = 1; j <= m; j++)
        {
            if (rowOf[j] == 0) continue;
            (int prediction, int truth) = isTurned ? (j - 1, rowOf[j] - 1) : (rowOf[j] - 1, j - 1);
            pairs.Add(new MatchedPair(prediction, truth, costs[prediction, truth]));
        }

        return [.. pairs.OrderBy(pair => pair.Prediction)];
    }
}
