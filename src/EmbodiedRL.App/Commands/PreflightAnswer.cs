using EmbodiedRL.Training.Evaluation;
using EmbodiedRL.Training.Preflights;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.App.Commands;

/// <summary>What a preflight answers, to scripts and people.</summary>
internal static class PreflightAnswer
{
    /// <summary>All of it as JSON; what is not defined is null.</summary>
    public static string Json(PreflightReport report, string folder, double seconds) => RunJson.Of(new
    {
        report.Environment,
        report.Goal,
        report.Kind,
        Verdict = report.Verdict.NameOf(),
        report.Reasons,
        report.Notes,
        Check = new
        {
            Verdict = report.Check.Trust.ToString().ToLowerInvariant(),
            report.Check.Agreement,
            report.Check.BestInside,
            report.Check.Follows,
            report.Check.FollowsBy,
            report.Check.Inverted,
        },
        report.Figures,
        Paths = report.Paths.Select(path => new
        {
            path.Start,
            Rewards = path.Rewards.Select(reward => double.IsFinite(reward) ? reward : (double?)null),
            path.Truths,
        }),
        Seconds = Math.Round(seconds, 1),
        Folder = folder,
        Machine = Versions.OfProcess(),
    });

    /// <summary>The same for people.</summary>
    public static void Write(TextWriter output, PreflightReport report, string folder)
    {
        output.WriteLine($"\"{report.Goal}\" in {report.Environment}{(report.Kind.Length > 0 ? $" ({report.Kind})" : "")}: "
            + $"{report.Verdict.NameOf()}.");
        foreach (string reason in report.Reasons) output.WriteLine($"- {reason}");
        foreach (string note in report.Notes) output.WriteLine($"Note: {note}");
        output.WriteLine();
        TextTable.Write(output, "", [["figure", "value", "of the truth", "what it says"], .. Rows(report)]);
        output.WriteLine($"Report and pictures: {folder}");
    }

    /// <summary>Figures with what they say: name, value, the truth's own value, meaning.</summary>
    public static IEnumerable<string[]> Rows(PreflightReport report)
    {
        (RewardVerdict check, PreflightFigures figures) = (report.Check, report.Figures);
        yield return ["agreement", Number(check.Agreement), "1.00",
            $"rank correlation with the truth over sampled states; the check asks for {RewardVerdict.LeastAgreement:F2}"];
        yield return ["best inside", Share(check.BestInside), "",
            $"scenes whose best state is inside the measures or near; the check asks for {RewardVerdict.LeastInside:P0}"];
        yield return ["range", Share(figures.Range), "",
            $"gain from start to success as a share of the reward's spread; at least {PreflightRules.LeastRange:P0}"];
        yield return ["explained", Share(figures.Explained), "100 %",
            $"of the reward's variance is the truth's; at least {PreflightRules.LeastExplained:P0} if half the states are partly true"];
        yield return ["untrue", Share(figures.Untrue), "", "of sampled states have nothing of the goal"];
        yield return ["signal to noise", Number(figures.SignalToNoise), "", "explained variance over the rest"];
        yield return ["looks", Share(figures.LookVariance), "0 %",
            $"of the variance is camera, color and light; at most {PreflightRules.MostLooks:P0} where the run draws looks"];
        yield return ["order", Number(figures.Order), Number(figures.OrderOfTruth),
            "rank correlation along ways to success; above 0"];
        yield return ["rises", Of(figures.Rises), Of(figures.RisesOfTruth),
            $"small steps to success that raise it: start, middle, goal; at least {PreflightRules.LeastRises:P0}"];
        yield return ["gains", Of(figures.Gains), "", "share of the whole gain: start, middle, goal"];
        yield return ["chance success", Share(figures.PlayedSuccess), "", "of what random actions visit fulfills the goal"];
        yield return ["chance agreement", Number(figures.PlayedAgreement), "1.00",
            $"with the truth where random actions go; at least {PreflightRules.LeastPlayed:F2} where they never succeed"];
        yield return ["chance reach", Share(figures.PlayedReach), "", "how far up the way the best twentieth of that is"];
    }

    private static string Number(double? value) => value is { } known ? $"{known:F2}" : "none";

    private static string Share(double? value) => value is { } known ? $"{known:P0}" : "none";

    private static string Of(Thirds? thirds) =>
        thirds is null ? "none" : $"{thirds.Start:P0}, {thirds.Middle:P0}, {thirds.Goal:P0}";
}
