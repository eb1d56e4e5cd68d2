using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Rewards.Verifiers.Checks;
using EmbodiedRL.Rewards.Verifiers.Parsing;

namespace EmbodiedRL.Rewards.Verifiers;

/// <summary>Options of <see cref="BrierCalibrationReward"/>.</summary>
public sealed record BrierCalibrationOptions : VerifierOptions
{
    /// <summary>Tag of the confidence, without brackets.</summary>
    [Length(1, LengthAttribute.Name)]
    public string ConfidenceTag { get; init; } = "confidence";

    /// <summary><c>paper</c>: c - (q - c)^2; <c>release</c>: the release's mean with the format.</summary>
    [Length(1, LengthAttribute.Name)]
    public string Form { get; init; } = "paper";

    /// <summary>Score of the answer's check from which it is right.</summary>
    [Range(0, 1, IsAboveLeast = true)]
    public double RightFrom { get; init; } = 0.5;

    /// <inheritdoc/>
    public override IEnumerable<string> Violations()
    {
        foreach (string violation in base.Violations()) yield return violation;
        if (RowGroups.Violation("form", Form, "paper", "release") is { } wrong) yield return wrong;
        if (ConfidenceTag == AnswerTag || ConfidenceTag == ThinkTag)
            yield return $"confidenceTag: expected a tag of its own, found '{ConfidenceTag}'.";
    }
}

/// <summary>RLCR: correctness less the Brier score of the stated confidence, so that the confidence that pays best is the true
/// one.</summary>
/// <remarks>
/// <para>R = c - (q - c)^2 in [-1, 1], c in {0, 1} and q in [0, 1]. With success probability p its expectation is greatest at q = p, where
/// it is p^2 and rises with p: the likeliest answer stays the best one. The release's form is 0.5 f + 0.5 c + 0.5 (1 - (c - q)^2), f = 1,
/// in [0, 1.5], and 0 where format or confidence are not valid.</para>
/// <para>A confidence that cannot be read is a failure of format, never 0.5: it scores the least, -1 by the paper's form, so that saying
/// nothing pays no more than being wrong and sure. Groups must not be divided by their deviation, or the guarantee is lost.</para>
/// </remarks>
[Paper("2507.16806", "Beyond Binary Rewards: Training LMs to Reason About Their Uncertainty", Year = 2025, Method = "S79")]
public sealed class BrierCalibrationReward : RowVerifier
{
    private readonly BrierCalibrationOptions _options;

    /// <summary>Verifier by a run's checks.</summary>
    /// <param name="name">The term's name.</param>
    /// <param name="options">Checked.</param>
    /// <param name="checks">Answer checks by name; null takes those that ship.</param>
    public BrierCalibrationReward(string name, BrierCalibrationOptions options, IReadOnlyDictionary<string, AnswerCheck>? checks = null)
        : base(name, options, options.Form == "paper" ? (-1, 1) : (0, 1.5), checks, options.ConfidenceTag) => _options = options;

    /// <summary>c - (q - c)^2.</summary>
    public static double Reward(double correct, double confidence) => correct - ((confidence - correct) * (confidence - correct));

    /// <summary>0.5 f + 0.5 c + 0.5 (1 - (c - q)^2).</summary>
    public static double Release(double format, double correct, double confidence) =>
        (0.5 * format) + (0.5 * correct) + (0.5 * (1 - ((correct - confidence) * (correct - confidence))));

    /// <summary>Whether a number is a confidence: from 0 to 1.</summary>
    public static bool IsConfidence(double value) => value is >= 0 and <= 1;

    /// <inheritdoc/>
    protected override double Score(VerifierRow row, ScoreContext context)
    {
        if (!row.Completion.IsSequence(_options.ThinkTag, _options.AnswerTag, _options.ConfidenceTag)
            || Confidence(row.Completion) is not { } confidence)
            return Spec.Minimum;
        double correct = Rightness(row) >= _options.RightFrom ? 1 : 0;
        return _options.Form == "paper" ? Reward(correct, confidence) : Release(1, correct, confidence);
    }

    private double? Confidence(ParsedCompletion completion)
    {
        Parsed<string> text = completion.Only(_options.ConfidenceTag);
        Parsed<QuantityText> number = text.IsFound ? NumberText.Parse(text.Value, completion.Work) : Parsed<QuantityText>.None(text.Reason);
        return number.IsFound && IsConfidence(number.Value.Share) ? number.Value.Share : null;
    }
}
