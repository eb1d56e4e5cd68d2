using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;

namespace EmbodiedRL.Training.Evaluation;

/// <summary>Returns and lengths of episodes.</summary>
/// <param name="Return">Sum of an episode's hand-built reward, as the task gives it: before any wrapper scales it, so that it
/// compares with published numbers.</param>
/// <param name="Seen">Sum of the reward that the agent is trained on; null where nobody scored the episodes.</param>
/// <param name="Length">Steps of an episode.</param>
public sealed record EpisodeFigures(Spread Return, Spread? Seen, Spread Length)
{
    /// <summary>Writes <c>NAME/return/*</c>, <c>NAME/seen/*</c> and <c>NAME/length/*</c>.</summary>
    public void Write(IMetricSink metrics, string name)
    {
        Return.Write(metrics, $"{name}/return");
        Seen?.Write(metrics, $"{name}/seen");
        Length.Write(metrics, $"{name}/length");
    }

    internal static void Save(Snapshot into, EpisodeFigures? figures)
    {
        Spread.Save(into, "return", figures?.Return);
        Spread.Save(into, "seen", figures?.Seen);
        Spread.Save(into, "length", figures?.Length);
    }

    internal static EpisodeFigures? Load(Snapshot from) =>
        Spread.Load(from, "return") is { } earned && Spread.Load(from, "length") is { } length
            ? new EpisodeFigures(earned, Spread.Load(from, "seen"), length)
            : null;
}
