namespace EmbodiedRL.Training.Captioning;

/// <summary>What a reward makes of a sentence that a person wrote.</summary>
public enum WrittenOutcome
{
    /// <summary>It follows the intended truth.</summary>
    Obeyed,

    /// <summary>It follows the opposite of the intended truth.</summary>
    Inverted,

    /// <summary>
    /// It was accepted as a goal, and the reward follows something else; so is every accepted sentence that states no fact.
    /// </summary>
    Astray,

    /// <summary>The goal check does not accept it.</summary>
    Refused,
}

/// <summary>Outcome of one written sentence.</summary>
/// <param name="Environment">Whose states.</param>
/// <param name="Sentence">As it was written.</param>
/// <param name="Facts">What it was meant to say, e.g. "upright" or "not left"; null if it states no fact of the scene.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="Agreement">Rank correlation with the intended truth, as a share of what a perfect order would have; null if it is refused
/// or states no fact, or its truth hardly varies.</param>
public sealed record WrittenFigure(
    string Environment, string Sentence, IReadOnlyList<string>? Facts, WrittenOutcome Outcome, double? Agreement)
{
    /// <summary>Whether it is obeyed, or refused for want of a fact.</summary>
    public bool IsRight => Outcome == (Facts is null ? WrittenOutcome.Refused : WrittenOutcome.Obeyed);
}

/// <summary>Outcomes of one environment's written sentences.</summary>
/// <param name="Environment">Whose states.</param>
/// <param name="Sentences">All.</param>
/// <param name="Obeyed">How many.</param>
/// <param name="Inverted">How many.</param>
/// <param name="Astray">How many.</param>
/// <param name="Refused">How many.</param>
/// <param name="WithoutFact">Sentences that state no fact and ought to be refused.</param>
/// <param name="Right">Obeyed ones, and refused ones of <paramref name="WithoutFact"/>.</param>
public sealed record WrittenCount(
    string Environment, int Sentences, int Obeyed, int Inverted, int Astray, int Refused, int WithoutFact, int Right)
{
    /// <summary>One line for each environment.</summary>
    public static IReadOnlyList<WrittenCount> Of(IEnumerable<WrittenFigure> figures) =>
    [
        .. figures.GroupBy(figure => figure.Environment).Select(group => new WrittenCount(group.Key, group.Count(),
            Count(group, WrittenOutcome.Obeyed), Count(group, WrittenOutcome.Inverted), Count(group, WrittenOutcome.Astray),
            Count(group, WrittenOutcome.Refused), group.Count(figure => figure.Facts is null), group.Count(figure => figure.IsRight))),
    ];

    private static int Count(IEnumerable<WrittenFigure> figures, WrittenOutcome outcome) =>
        figures.Count(figure => figure.Outcome == outcome);
}
