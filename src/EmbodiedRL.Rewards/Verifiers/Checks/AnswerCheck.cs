using EmbodiedRL.Core.Batches;
using EmbodiedRL.Rewards.Verifiers.Parsing;

namespace EmbodiedRL.Rewards.Verifiers.Checks;

/// <summary>How an answer is read.</summary>
/// <param name="Scale">Unit of its coordinates.</param>
/// <param name="Progress">Share of the run that is done, which thresholds may follow.</param>
/// <param name="Work">Counts what parsers look at.</param>
public sealed record AnswerReading(CoordinateScale Scale, double Progress = 1, ParseWork? Work = null)
{
    /// <summary>Pixels, at the end of a run.</summary>
    public static AnswerReading Plain { get; } = new(new CoordinateScale(CoordinateScale.Pixels));
}

/// <summary>Answer check: how right an answer is, in [0, 1], or why it cannot be read, which scores 0.</summary>
/// <param name="Name">What settings call it.</param>
/// <param name="Summary">One clause for people.</param>
/// <param name="Score">Answer, question and reading to a score.</param>
public sealed record AnswerCheck(string Name, string Summary, Func<string, Question, AnswerReading, Parsed<double>> Score);
