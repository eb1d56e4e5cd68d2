using System.Globalization;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;

namespace EmbodiedRL.Rewards.Combinators;

/// <summary>Finding and checking terms, for combinators that do not treat all of them alike.</summary>
internal static class TermLookup
{
    /// <summary>Index of a term.</summary>
    /// <param name="terms">In the order of the settings.</param>
    /// <param name="name">Empty takes the first.</param>
    /// <param name="option">The combinator and its option that names it, for the message.</param>
    /// <exception cref="UnknownNameException">There is no such term.</exception>
    public static int Find(IReadOnlyList<TermScores> terms, string name, string option)
    {
        if (name.Length == 0) return 0;
        for (int i = 0; i < terms.Count; i++)
            if (terms[i].Name == name) return i;
        throw new UnknownNameException($"reward term for {option}", name, terms.Select(term => term.Name));
    }

    /// <summary>Fails unless every term has a weight above 0.</summary>
    /// <exception cref="SpecMismatchException">Names the term.</exception>
    public static void RequirePositiveWeights(IReadOnlyList<TermScores> terms, string combinator)
    {
        foreach (TermScores term in terms)
            if (!(term.Weight > 0)) throw Wrong(term, combinator, "a weight above 0", term.Weight);
    }

    /// <summary>Fails unless a score lies within bounds.</summary>
    /// <exception cref="SpecMismatchException">Names term and row.</exception>
    public static void RequireWithin(RewardBatch batch, TermScores term, int row, float most, string combinator)
    {
        float score = term.Scores.Span[row];
        if (score >= 0 && score <= most) return;
        throw Wrong(term, combinator, float.IsInfinity(most) ? "scores of at least 0"
            : FormattableString.Invariant($"scores from 0 to {most}"), score, $" at {batch.Describe(row)}");
    }

    private static SpecMismatchException Wrong(TermScores term, string combinator, string expected, float found, string where = "") =>
        new($"reward term '{term.Name}' under combinator '{combinator}'", expected, found.ToString(CultureInfo.InvariantCulture) + where);
}
