using EmbodiedRL.Core;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Rewards.Verifiers.Checks;

namespace EmbodiedRL.Rewards.Verifiers;

/// <summary>Options that all verifiers share: tags, coordinates, and which check answers which kind of question.</summary>
public abstract record VerifierOptions : Options
{
    /// <summary>Tag of the answer, without brackets; empty takes the whole completion as the answer.</summary>
    [Length(0, LengthAttribute.Name)]
    public string AnswerTag { get; init; } = "answer";

    /// <summary>Tag of the reasoning, without brackets.</summary>
    [Length(1, LengthAttribute.Name)]
    public string ThinkTag { get; init; } = "think";

    /// <summary>
    /// Checks of kinds of questions, as <c>kind=check</c>, e.g. <c>count=number</c>; a kind without one is checked by the form of its
    /// answer.
    /// </summary>
    [Length(0, 1000)]
    public string[] Checks { get; init; } = [];

    /// <summary>
    /// Unit of an answer's coordinates: <c>pixels</c> of the first image, <c>thousandths</c> of its sides, <c>unit</c> (its sides are 1),
    /// or
    /// <c>resized</c> pixels of the image that the model was shown.
    /// </summary>
    [Length(1, LengthAttribute.Name)]
    public string Coordinates { get; init; } = CoordinateScale.Pixels;

    /// <summary>Width of the image that the model was shown, where coordinates are <c>resized</c>.</summary>
    [Range(1, 100_000, Zero = "not resized")]
    public int ResizedWidth { get; init; }

    /// <summary>Its height.</summary>
    [Range(1, 100_000, Zero = "not resized")]
    public int ResizedHeight { get; init; }

    /// <summary>The unit of coordinates.</summary>
    internal CoordinateScale Scale => new(Coordinates, ResizedWidth, ResizedHeight);

    /// <inheritdoc/>
    public override IEnumerable<string> Violations()
    {
        foreach (string violation in base.Violations()) yield return violation;
        if (RowGroups.Violation("coordinates", Coordinates, CoordinateScale.Names) is { } unit) yield return unit;
        if (Coordinates == CoordinateScale.Resized && (ResizedWidth == 0 || ResizedHeight == 0))
            yield return "resizedWidth: expected width and height of the image that the model is shown, found none.";
        if (ThinkTag == AnswerTag) yield return $"thinkTag: expected another tag than answerTag, found '{ThinkTag}'.";
        foreach (string route in Checks)
            if (route.Split('=') is not [{ Length: > 0 }, { Length: > 0 }]) yield return $"checks: expected kind=check, found '{route}'.";
    }
}
