using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.Training.Tests;

internal static class ExampleSummary
{
    public static RunSummary Create() => new()
    {
        Success = 0.97,
        SuccessInterval = [0.915, 0.99],
        SuccessBefore = 0,
        Measures = new Dictionary<string, double> { ["upright"] = 0.97, ["hanging"] = 0 },
        MeasuresBefore = new Dictionary<string, double> { ["upright"] = 0, ["hanging"] = 0.2 },
        Steps = 163_840,
        Seconds = new Dictionary<string, double> { ["simulate"] = 2.5, ["score images"] = 20 },
        Seed = ulong.MaxValue,
        Versions = Versions.OfProcess(),
        Goal = "a pole standing upright on a cart",
        GoalKind = "trained",
    };
}
