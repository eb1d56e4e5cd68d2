using System.Globalization;
using EmbodiedRL.Training.Evaluation;

namespace EmbodiedRL.Benchmarks.RewardComparison;

/// <summary>The verdicts of a comparison in words.</summary>
internal static class ComparisonWords
{
    /// <summary>What can be said of a reward beside the first one.</summary>
    public static string Of(Standing standing, string first)
    {
        if (standing.Beyond is not { } beyond) return "what the others are compared with";
        string by = Signed(beyond);
        string hacked = standing.Hacked > 0 ? Text($"; hacked in {standing.Hacked:P0} of its runs") : "";
        return beyond switch
        {
            { Low: double.NaN } => $"{by} beside {first}; too few seeds for an interval or a verdict{hacked}",
            { Low: > 0 } => $"beats {first} by {by}{hacked}",
            { High: < 0 } => $"loses to {first} by {by}{hacked}",
            _ => $"not told apart from {first} ({by}){hacked}",
        };
    }

    /// <summary>Whether what was known before training told how training would end.</summary>
    public static IEnumerable<string> Predictions(Comparison comparison)
    {
        foreach (string sentence in Preflights(comparison)) yield return sentence;
        if (comparison.Predictions.Count > 0)
        {
            yield return comparison.AuditPredicts switch
            {
                true => Text($"The audit's AUROC orders rewards by final success with Kendall's tau >= {Comparison.LeastKendall:0.0}."),
                false => Text($"The audit's AUROC does not order rewards by final success with Kendall's tau >= ")
                    + Text($"{Comparison.LeastKendall:0.0}.")
                    + Text($" The best of its metrics is '{comparison.Predictions[0].Metric}' with ")
                    + Text($"{comparison.Predictions[0].Kendall.Value:0.00}."),
                null => "The audit's AUROC is not known for enough rewards of a task to say whether it orders them by final success.",
            };
        }

        if (comparison.VerdictAgreement is { } agreed)
            yield return Text($"The check before training agrees with the outcome in {agreed.Share:P0} of {agreed.Cells} runs (trusted or ")
                + Text($"doubted rewards reach a success of {Comparison.Carries:0.0}, refused ones do not).");
    }

    /// <summary>What the pre-flights were worth.</summary>
    private static IEnumerable<string> Preflights(Comparison comparison)
    {
        if (comparison.PreflightAgreement is not { } agreed) yield break;
        yield return agreed.Cells == 0
            ? "The pre-flight was doubtful of every reward."
            : Text($"The pre-flight's go and no-go agree with the outcome in {agreed.Share:P0} of {agreed.Cells} runs; ")
                + Text($"of {agreed.Doubtful} more it was doubtful.");
    }

    /// <summary>A figure with its interval, if it has one.</summary>
    public static string Interval(StratifiedFigure figure) => double.IsNaN(figure.Low) ? Text($"{figure.Value:0.00}")
        : Text($"{figure.Value:0.00} [{figure.Low:0.00}, {figure.High:0.00}]");

    private static string Signed(StratifiedFigure figure) => double.IsNaN(figure.Low) ? Text($"{figure.Value:+0.00;-0.00}")
        : Text($"{figure.Value:+0.00;-0.00} [{figure.Low:+0.00;-0.00}, {figure.High:+0.00;-0.00}]");

    /// <summary>In invariant culture.</summary>
    public static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
