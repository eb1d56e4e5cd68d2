using System.Globalization;

namespace EmbodiedRL.Training.Composition;

/// <summary>Warning that episodes ended because the physics diverged.</summary>
internal static class DivergenceWarning
{
    private const string Advice = "Narrow the ranges of env:randomize, lower the model's control gains or its time step.";

    /// <summary>What is to be said of a finished run; nothing if nothing diverged.</summary>
    /// <param name="training">Episodes of training that diverged.</param>
    /// <param name="evaluation">Episodes of evaluations that diverged.</param>
    public static IEnumerable<string> All(long training, long evaluation)
    {
        if (training > 0) yield return Of(training, "of training");
        if (evaluation > 0) yield return Of(evaluation, "of evaluation");
    }

    /// <summary>One sentence, and what to do.</summary>
    /// <param name="count">Episodes that diverged.</param>
    /// <param name="which">Of which, e.g. <c>of training</c>.</param>
    public static string Of(long count, string which) => string.Create(CultureInfo.InvariantCulture,
        $"{count} {(count == 1 ? "episode" : "episodes")} {which} ended because the physics diverged "
            + $"(a position, velocity or acceleration was not finite or too large). {Advice}");
}
