using EmbodiedRL.Core;
using EmbodiedRL.Core.Facts;

namespace EmbodiedRL.Training.Evaluation;

/// <summary>Success rates of the same episodes with every measure's tolerance scaled.</summary>
/// <param name="Measures">Share of episodes by measure; measures without a tolerance are absent.</param>
/// <param name="Success">Of the measures that judge the goal; null if none judges it, or one that does has no tolerance.</param>
public sealed record ScaledSuccess(IReadOnlyDictionary<string, double> Measures, double? Success)
{
    /// <summary>Puts rates away; null too.</summary>
    /// <param name="into">Gets them.</param>
    /// <param name="name">Of the entry.</param>
    /// <param name="rates">What is put away.</param>
    /// <param name="measures">All measures' names, in the environment's order.</param>
    internal static void Save(Snapshot into, string name, ScaledSuccess? rates, IEnumerable<string> measures)
    {
        if (rates is not null)
            into.Put<double>(name, [rates.Success ?? double.NaN, .. measures.Select(m => rates.Measures.GetValueOrDefault(m, double.NaN))]);
    }

    /// <summary>Brings back what <see cref="Save"/> wrote.</summary>
    internal static ScaledSuccess? Load(Snapshot from, string name, EnvironmentInfo info)
    {
        if (!from.Contains(name)) return null; // a brief evaluation, or one of before such rates were counted
        double[] values = from.GetAll<double>(name);
        SpecMismatchException.ThrowIfLength("success by measure", values.Length, info.Measures.Length + 1);
        return Of(info, values[0], values.AsSpan(1));
    }

    /// <summary>Of rates in the environment's order, those of measures without a tolerance being read over.</summary>
    internal static ScaledSuccess Of(EnvironmentInfo info, double success, ReadOnlySpan<double> shares)
    {
        var named = new Dictionary<string, double>(StringComparer.Ordinal);
        for (int m = 0; m < shares.Length; m++)
            if (info.Measures[m].Tolerance is not null) named[info.Measures[m].Name] = shares[m];
        return new ScaledSuccess(named, double.IsNaN(success) ? null : success);
    }
}
