using EmbodiedRL.Core.Contracts;

namespace EmbodiedRL.Rewards;

/// <summary>The scores of one rollout in three numbers.</summary>
/// <param name="Mean">Of the scores that are numbers; NaN if there are none.</param>
/// <param name="Deviation">Population deviation of the same.</param>
/// <param name="Missing">Share of scores that are NaN ("not applicable").</param>
internal readonly record struct ScoreStatistics(double Mean, double Deviation, double Missing)
{
    public static ScoreStatistics Of(ReadOnlySpan<float> scores)
    {
        double sum = 0, squares = 0;
        int count = 0;
        foreach (float score in scores)
        {
            if (float.IsNaN(score)) continue;
            sum += score;
            count++;
        }

        double mean = sum / count;
        foreach (float score in scores)
            if (!float.IsNaN(score)) squares += (score - mean) * (score - mean);
        return new(mean, Math.Sqrt(squares / count), 1 - ((double)count / scores.Length));
    }

    public void Write(IMetricSink? metrics, string path)
    {
        if (metrics is null) return;
        metrics.Write($"{path}/missing", Missing);
        if (Missing >= 1) return;
        metrics.Write($"{path}/mean", Mean);
        metrics.Write($"{path}/std", Deviation);
    }
}
