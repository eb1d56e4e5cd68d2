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
        Strictness = new StrictnessSummary
        {
            Tolerances = new Dictionary<string, ToleranceWords>
            {
                ["upright"] = new("within 7.5 degrees", "within 15 degrees", "within 30 degrees"),
            },
            WithoutTolerance = [],
            Trained = new PolicySuccess(Shares(0.71, 0.97, 0.99), Shares(0.72, 0.98, 1)),
            DoingNothing = new PolicySuccess(Shares(0, 0.013, 0.02), null),
            RandomActions = new PolicySuccess(Shares(0, 0, 0.017), null),
        },
        Steps = 163_840,
        Seconds = new Dictionary<string, double> { ["simulate"] = 2.5, ["score images"] = 20 },
        Seed = ulong.MaxValue,
        Versions = Versions.OfProcess(),
        Goal = "a pole standing upright on a cart",
        GoalKind = "trained",
    };

    private static SuccessByStrictness Shares(double strict, double own, double loose) =>
        new(strict, own, loose, new Dictionary<string, double> { ["upright"] = own });
}
