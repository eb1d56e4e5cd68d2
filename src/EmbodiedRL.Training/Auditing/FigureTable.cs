using EmbodiedRL.Rewards.Diagnostics;

namespace EmbodiedRL.Training.Auditing;

/// <summary>The figures of one reward while it is audited, by metric, with what is to be said of each.</summary>
/// <param name="figures">Those that are measured first; owned from here on.</param>
internal sealed class FigureTable(Dictionary<string, IntervalFigure> figures)
{
    /// <summary>By metric: why there is no figure, or what else is to be said of it.</summary>
    public Dictionary<string, string> Notes { get; } = new(StringComparer.Ordinal);

    /// <summary>The figure of a metric; not defined where none was set.</summary>
    public IntervalFigure this[string metric]
    {
        get => figures.GetValueOrDefault(metric, IntervalFigure.None);
        set => figures[metric] = value;
    }

    /// <summary>A row for each metric there is, in the order shown.</summary>
    /// <param name="reward">Whose.</param>
    /// <param name="references">By metric, of the truth itself.</param>
    /// <param name="undefined">Why a metric has no figure where no note says it.</param>
    public IEnumerable<AuditRow> Rows(string reward, Dictionary<string, double> references, Func<string, string> undefined) =>
        AuditMetrics.All.Select(metric =>
        {
            IntervalFigure figure = this[metric.Name];
            string note = Notes.GetValueOrDefault(metric.Name, double.IsNaN(figure.Value) ? undefined(metric.Name) : "");
            return new AuditRow(reward, metric.Name, figure, references.GetValueOrDefault(metric.Name, double.NaN), note);
        });
}
