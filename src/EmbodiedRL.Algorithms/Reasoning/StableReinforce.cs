using EmbodiedRL.Core;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Models.Losses;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Algorithms.Reasoning;

/// <summary>Options of <see cref="StableReinforce"/>.</summary>
public sealed record StableReinforceOptions : Options
{
    /// <summary>How far log-ratios may lie from 0 before they are exponentiated: ln 1000.</summary>
    [Range(0, 80, IsAboveLeast = true)]
    public double LogRatioLimit { get; init; } = 6.907755278982137;

    /// <summary>How far below and above 1 a ratio counts.</summary>
    [Range(0, 1, IsAboveLeast = true)]
    public double Clip { get; init; } = 0.2;

    /// <summary>Advantages farther from 0 than so many deviations are dropped.</summary>
    [Range(0, 1e6, IsAboveLeast = true)]
    public double Sigma { get; init; } = 3;

    /// <summary>What agreement of analysis and verdict adds to a right answer, as a share of it.</summary>
    [Range(0, 100)]
    public double Consistency { get; init; } = 0.5;

    /// <summary>What a well-formed completion is worth.</summary>
    [Range(0, 100)]
    public double Format { get; init; } = 0.5;
}

/// <summary>StableReinforce: clips log-ratios before they are exponentiated, and drops advantages that are outliers.</summary>
/// <remarks>
/// <para>w = exp(clamp(log pi - log pi_old, -limit, limit)), then PPO's minimum. Clipping after the exponential is too late: exp(200)
/// is infinite, and 0 times infinity is NaN in the gradient. <see cref="TokenLossOptions.LogRatioLimit"/> does so in any objective.</para>
/// <para>Advantages are standardized over the batch by the population deviation; those beyond the limit become 0.</para>
/// <para>Reward: accuracy (1 + 0.5 c) + 0.5 format with c = 1 where a judge finds that analysis and verdict agree, -1 where not, 0 where
/// it cannot tell.</para>
/// </remarks>
[Paper("2505.02835", "R1-Reward: Training Multimodal Reward Model Through Stable Reinforcement Learning", Year = 2025, Method = "S52")]
public static class StableReinforce
{
    /// <summary>Loss of each token.</summary>
    /// <param name="logRatios">[...], log pi - log pi_old, differentiable.</param>
    /// <param name="advantages">Broadcast to it.</param>
    /// <param name="options">Checked.</param>
    /// <returns>[...], to be minimized; of the caller's dispose scope.</returns>
    public static Tensor Loss(Tensor logRatios, Tensor advantages, StableReinforceOptions options)
    {
        Tensor ratios = exp(logRatios.clamp(-options.LogRatioLimit, options.LogRatioLimit));
        return -minimum(ratios * advantages, ratios.clamp(1 - options.Clip, 1 + options.Clip) * advantages);
    }

    /// <summary>Standardizes over the batch and drops outliers.</summary>
    /// <param name="values">[B], rewards or advantages; values that are not finite are dropped.</param>
    /// <param name="into">[B], overwritten; 0 where dropped. May be <paramref name="values"/>.</param>
    /// <param name="sigma">Deviations beyond which a value is dropped.</param>
    /// <returns>How many were dropped.</returns>
    public static int Filter(ReadOnlySpan<float> values, Span<float> into, double sigma)
    {
        SpecMismatchException.ThrowIfLength("advantages", into.Length, values.Length);
        GroupMoments all = GroupStatistics.Of(values);
        int dropped = 0;
        for (int i = 0; i < values.Length; i++)
        {
            double scaled = all.PopulationDeviation > 0 ? (values[i] - all.Mean) / all.PopulationDeviation : 0;
            bool isKept = float.IsFinite(values[i]) && Math.Abs(scaled) <= sigma;
            into[i] = isKept ? (float)scaled : 0;
            if (!isKept) dropped++;
        }

        return dropped;
    }

    /// <summary>Reward of a judge's completion.</summary>
    /// <param name="accuracy">1 if the verdict is right, else 0; also 0 where it cannot be parsed.</param>
    /// <param name="agreement">1 if analysis and verdict agree, -1 if not, 0 if nobody can tell.</param>
    /// <param name="format">1 if well-formed, else 0.</param>
    /// <param name="options">Checked.</param>
    public static double Reward(double accuracy, int agreement, double format, StableReinforceOptions options) =>
        (accuracy * (1 + (options.Consistency * agreement))) + (options.Format * format);
}
