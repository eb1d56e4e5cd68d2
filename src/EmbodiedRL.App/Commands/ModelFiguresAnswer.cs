using System.Globalization;
using EmbodiedRL.Training.Captioning;

namespace EmbodiedRL.App.Commands;

/// <summary>What <c>models eval</c> answers: a short summary of each environment, for people.</summary>
internal static class ModelFiguresAnswer
{
    private const string None = "-";

    /// <summary>Writes the tables.</summary>
    public static void Write(TextWriter output, string model, ModelFigures figures)
    {
        foreach (EnvironmentFigure environment in figures.Environments)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{model} on {environment.Environment}: {environment.Images} images of each condition"));
            output.WriteLine();
            TextTable.Write(output, "  ",
            [
                ["sentences", "number", "rank, median", "least", "varied, median", "least", "AUROC, median", "least"],
                .. figures.Kinds.Where(kind => kind.Environment == environment.Environment).Select(kind => (string[])
                [
                    kind.Kind, kind.Sentences.ToString(CultureInfo.InvariantCulture), .. Pair(kind.Rank), .. Pair(kind.RankVaried),
                    .. Pair(kind.Auroc),
                ]),
            ]);
            Write(output, "states, trained sentences", environment.BySource);
            Write(output, "condition, trained sentences", environment.ByCondition);
            output.WriteLine();
            TextTable.Write(output, "  ",
            [
                ["picture of something else", "percentile among plain images"],
                .. environment.Negatives.Select(negative => new[] { negative.Name, Number(negative.Percentile) }),
            ]);
            Write(output, figures.WrittenCounts.FirstOrDefault(count => count.Environment == environment.Environment));
            output.WriteLine();
        }
    }

    private static void Write(TextWriter output, string head, IReadOnlyList<ConditionFigure> figures)
    {
        output.WriteLine();
        TextTable.Write(output, "  ",
            [[head, "rank, median", "least"], .. figures.Select(figure => (string[])[figure.Name, .. Pair(figure.Rank)])]);
    }

    private static void Write(TextWriter output, WrittenCount? count)
    {
        if (count is null) return;
        output.WriteLine();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"  {count.Sentences} sentences of people: {count.Obeyed} obeyed, {count.Inverted} inverted, {count.Astray} astray, "
                + $"{count.Refused} refused; right {count.Right}, of which {count.Right - count.Obeyed} state no fact"));
    }

    private static string[] Pair(GoalSummary? summary) => [Number(summary?.Median), Number(summary?.Least)];

    private static string Number(double? figure) => figure?.ToString("0.000", CultureInfo.InvariantCulture) ?? None;
}
