using System.Globalization;
using System.Text;
using static System.FormattableString;

namespace EmbodiedRL.Training.Captioning;

/// <summary>Tables of a model card, in Markdown.</summary>
internal static class ModelCardTables
{
    private const string None = "-";

    /// <summary>Rank correlations by environment and kind.</summary>
    public static string Kinds(IReadOnlyList<KindFigure> figures) => Table(
        [
            "environment", "sentences", "number", "rank, median", "least", "best, median", "share of best, median", "least",
            "varied visuals, median", "least",
        ],
        2,
        figures.Select(figure => new[]
        {
            figure.Environment, figure.Kind, Invariant($"{figure.Sentences}"), Number(figure.Rank?.Median), Number(figure.Rank?.Least),
            Number(figure.Best?.Median), Number(figure.Share?.Median), Number(figure.Share?.Least), Number(figure.RankVaried?.Median),
            Number(figure.RankVaried?.Least),
        }));

    /// <summary>Agreement with success measures, of kinds that have any.</summary>
    public static string Success(IReadOnlyList<KindFigure> figures) => Table(
        [
            "environment", "sentences", "number", "AUROC, median", "least", "calibration error, median", "most", "look-alikes, median",
            "most",
        ],
        2,
        figures.Where(figure => figure.Auroc is not null).Select(figure => new[]
        {
            figure.Environment, figure.Kind, Invariant($"{figure.Auroc!.Count}"), Number(figure.Auroc.Median), Number(figure.Auroc.Least),
            Number(figure.CalibrationError?.Median), Number(figure.CalibrationError?.Most), Number(figure.FalsePositives?.Median),
            Number(figure.FalsePositives?.Most),
        }));

    /// <summary>What models without some goals make of them; empty if none was measured.</summary>
    public static string LeftOut(ModelCard card)
    {
        if (card.LeftOut.Count == 0) return "";
        string table = Table(
            ["environment", "left out", "number", "rank, median", "least", "share of best, median", "least", "AUROC, median", "least"], 2,
            card.LeftOut.Select(figure => new[]
            {
                figure.Environment, figure.LeftOut.Count == 0 ? "the environment" : string.Join(", ", figure.LeftOut),
                Invariant($"{figure.Sentences}"), Number(figure.Rank?.Median), Number(figure.Rank?.Least), Number(figure.Share?.Median),
                Number(figure.Share?.Least), Number(figure.Auroc?.Median), Number(figure.Auroc?.Least),
            }));
        return "## Goals and environments left out\n\n"
            + "What a model makes of sentences about facts, and about environments, that it was never taught. These are other weights than "
            + "the\nshipped ones:\n\n" + string.Concat(card.LeftOutCommands.Select(command => $"    {command}\n")) + $"\n{table}\n";
    }

    /// <summary>By source of states, a column for each.</summary>
    public static string Sources(IReadOnlyList<EnvironmentFigure> figures) => Columns(figures, figure => figure.BySource);

    /// <summary>By condition of the images, a column for each.</summary>
    public static string Conditions(IReadOnlyList<EnvironmentFigure> figures) => Columns(figures, figure => figure.ByCondition);

    /// <summary>Percentiles of pictures of something else.</summary>
    public static string Negatives(IReadOnlyList<EnvironmentFigure> figures) => Table(["environment", "picture", "percentile"], 2,
        figures.SelectMany(figure => figure.Negatives.Select(negative => new[]
        {
            figure.Environment, negative.Name, Number(negative.Percentile)
        })));

    /// <summary>Sentences that people wrote, counted and listed; empty without any.</summary>
    public static string Written(IReadOnlyList<WrittenFigure> figures)
    {
        if (figures.Count == 0) return "";
        string counts = Table(
            ["environment", "sentences", "obeyed", "inverted", "astray", "refused", "without a fact", "right"], 1,
            WrittenCount.Of(figures).Select(count => new[]
            {
                count.Environment, Invariant($"{count.Sentences}"), Invariant($"{count.Obeyed}"), Invariant($"{count.Inverted}"),
                Invariant($"{count.Astray}"), Invariant($"{count.Refused}"), Invariant($"{count.WithoutFact}"),
                Invariant($"{count.Right}"),
            }));
        string list = Table(["environment", "sentence", "meant", "outcome", "agreement"], 4, figures.Select(figure => new[]
        {
            figure.Environment, Plain(figure.Sentence), figure.Facts is null ? "no fact" : string.Join(" and ", figure.Facts),
            WordOf(figure.Outcome), Number(figure.Agreement),
        }));
        return "## Sentences of people\n\n"
            + "Obeyed: the reward follows what was meant (rank correlation 0.6 or more, as a share of a perfect order's). Inverted: it "
            + "follows the\nopposite (-0.3 or less). Astray: it was accepted and follows something else. Refused: the goal check does not "
            + "know its wording, or finds\nthat the reward does not follow it (agreement below "
            + Invariant($"{WrittenSentences.RefusedBelow:0.00}), which is right for a sentence that states no fact of the scene.\n\n")
            + $"{counts}\n{list}\n";
    }

    /// <summary>One row a sentence, in the order they were measured.</summary>
    public static string Sentences(IReadOnlyList<SentenceFigure> figures) => Table(
        ["environment", "kind", "sentence", "rank", "varied visuals", "best", "AUROC", "calibration error", "look-alikes"], 3,
        figures.Select(figure => new[]
        {
            figure.Environment, figure.Kind, Plain(figure.Sentence), Number(figure.Rank), Number(figure.RankVaried), Number(figure.Best),
            Number(figure.Success?.Auroc), Number(figure.Success?.CalibrationError), Number(figure.Success?.FalsePositives),
        }));

    /// <summary>An outcome as people read it.</summary>
    public static string WordOf(WrittenOutcome outcome) => outcome switch
    {
        WrittenOutcome.Obeyed => "obeyed",
        WrittenOutcome.Inverted => "inverted",
        WrittenOutcome.Astray => "astray",
        _ => "refused",
    };

    /// <summary>Three decimals, or a dash.</summary>
    public static string Number(double? figure) => figure?.ToString("0.000", CultureInfo.InvariantCulture) ?? None;

    /// <summary>A row for each name, since environments differ in their cameras, and a column for each environment.</summary>
    private static string Columns(IReadOnlyList<EnvironmentFigure> figures,
        Func<EnvironmentFigure, IReadOnlyList<ConditionFigure>> conditions) => Table(
            ["", .. figures.Select(figure => figure.Environment)], 1,
            figures.SelectMany(conditions).Select(condition => condition.Name).Distinct().Select(name => (string[])
            [
                name, .. figures.Select(figure => conditions(figure).FirstOrDefault(condition => condition.Name == name)?.Rank is { } rank
                    ? $"{Number(rank.Median)} ({Number(rank.Least)})"
                    : None),
            ]));

    private static string Plain(string sentence) => sentence.Replace("|", "\\|", StringComparison.Ordinal);

    private static string Table(string[] head, int words, IEnumerable<string[]> rows)
    {
        var table = new StringBuilder();
        Append(head);
        Append([.. head.Select((_, column) => column < words ? "---" : "---:")]);
        foreach (string[] row in rows) Append(row);
        return table.ToString();

        void Append(string[] cells) => table.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
    }
}
