using EmbodiedRL.Core;
using EmbodiedRL.Models.Encoders;

namespace EmbodiedRL.Training.Captioning;

/// <summary>Agreement over sentences about what a model was not taught: a fact, or a whole environment.</summary>
/// <param name="Environment">Whose states.</param>
/// <param name="LeftOut">Names of the facts it was not taught; empty if it never saw the environment.</param>
/// <param name="Sentences">How many there are, measurable or not.</param>
/// <param name="Rank">Of rank correlations, plain images.</param>
/// <param name="Share">Each as a share of its perfect order's.</param>
/// <param name="Auroc">Of those with success measures.</param>
public sealed record LeftOutFigure(
    string Environment, IReadOnlyList<string> LeftOut, int Sentences, GoalSummary? Rank, GoalSummary? Share, GoalSummary? Auroc)
{
    /// <summary>What a measurement says of all that a model was not taught, environment by environment.</summary>
    /// <param name="figures">Of that model.</param>
    /// <param name="record">What it was taught.</param>
    /// <param name="environments">Those that were measured.</param>
    internal static IReadOnlyList<LeftOutFigure> Of(IReadOnlyList<SentenceFigure> figures, TrainingRecord record,
        IEnumerable<EnvironmentInfo> environments) =>
    [
        .. from info in environments
           let taught = record.Find(info)
           let kind = taught is null ? MeasuredSentences.Trained : MeasuredSentences.LeftOut
           let own = figures.Where(figure => figure.Environment == info.Name && figure.Kind == kind).ToArray()
           where own.Length > 0
           select new LeftOutFigure(info.Name,
               taught is null
                   ? []
                   : [.. info.Facts.Where(fact => fact.IsVisible).Select(fact => fact.Name).Except(taught.Facts.Select(fact => fact.Name))],
               own.Length, GoalSummary.Of(own.Select(figure => figure.Rank)),
               GoalSummary.Of(own.Select(figure => figure.Rank / figure.Best)),
               GoalSummary.Of(own.Select(figure => figure.Success?.Auroc))),
    ];
}
