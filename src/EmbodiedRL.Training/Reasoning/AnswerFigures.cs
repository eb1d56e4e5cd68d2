using EmbodiedRL.Core.Batches;
using EmbodiedRL.Rewards.Verifiers;
using EmbodiedRL.Rewards.Verifiers.Checks;
using EmbodiedRL.Rewards.Verifiers.Parsing;

namespace EmbodiedRL.Training.Reasoning;

/// <summary>What a completion is worth as the answer to a question, whatever rewards say of it.</summary>
/// <param name="IsRight">Whether its answer is right; boxes, points and masks are if they score half or more.</param>
/// <param name="IsWellFormed">Whether it is reasoning, answer and confidence, and nothing else.</param>
/// <param name="Overlap">Intersection over union, 0 without a readable answer; null where no boxes are asked for.</param>
/// <param name="Confidence">In [0, 1], as stated; null if none can be read.</param>
public sealed record AnswerFigures(bool IsRight, bool IsWellFormed = true, double? Overlap = null, double? Confidence = null)
{
    private const double Half = 0.5;
    private const string Answer = "answer", Think = "think", Sure = "confidence";

    /// <summary>Judges a completion by the check of the form of its answer.</summary>
    /// <exception cref="Core.EmbodiedException">The question's own reference cannot be read.</exception>
    public static AnswerFigures Of(Question question, string completion)
    {
        var parsed = new ParsedCompletion(completion, Answer, Think, Sure);
        double score = 0;
        if (parsed.Answer is { IsFound: true, Value: var answer })
        {
            Parsed<double> found = AnswerChecks.Shipped[AnswerChecks.Default(question.Form)]
                .Score(answer, question, AnswerReading.Plain with { Work = parsed.Work });
            if (found.IsFound) score = found.Value;
        }

        Parsed<string> stated = parsed.Only(Sure);
        Parsed<QuantityText> number = stated.IsFound ? NumberText.Parse(stated.Value, parsed.Work) : Parsed<QuantityText>.None("");
        double? confidence = number.IsFound && BrierCalibrationReward.IsConfidence(number.Value.Share) ? number.Value.Share : null;
        return new AnswerFigures(score >= Half, parsed.IsSequence(Think, Answer, Sure), question.Form == AnswerForm.Boxes ? score : null,
            confidence);
    }

    /// <summary>Squared difference of stated confidence and correctness; 1, the worst, where none is stated.</summary>
    public double Brier => Confidence is { } stated ? (stated - (IsRight ? 1 : 0)) * (stated - (IsRight ? 1 : 0)) : 1;
}
