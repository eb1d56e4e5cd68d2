using System.Collections.Immutable;

namespace EmbodiedRL.Core.Facts;

/// <summary>Kind of a caption, relative to what an image-text model of these scenes was trained on.</summary>
public enum CaptionKind
{
    /// <summary>Its wording and its combination of facts were trained on.</summary>
    Trained,

    /// <summary>It says a fact in words that were kept back from training.</summary>
    Paraphrase,

    /// <summary>It joins two facts that were never trained together.</summary>
    Composition,

    /// <summary>The grammar cannot parse it: its truth is unknown, and so is the model's response.</summary>
    Unseen,
}

/// <summary>Claim: a fact, affirmed or denied.</summary>
/// <param name="Fact">What is spoken of.</param>
/// <param name="Denied">Whether the sentence says that it is not so.</param>
public readonly record struct Claim(Fact Fact, bool Denied)
{
    /// <summary>In [0, 1], of one state row [S].</summary>
    public float Truth(ReadOnlySpan<float> state)
    {
        float truth = Math.Clamp(Fact.Truth(state), 0, 1);
        return Denied ? 1 - truth : truth;
    }
}

/// <summary>Caption: a sentence about a state whose truth can be computed.</summary>
/// <param name="Text">The sentence.</param>
/// <param name="Kind">How it stands to the training of a model.</param>
/// <param name="Claims">What it says; none if it only names what is seen.</param>
public sealed record Caption(string Text, CaptionKind Kind, ImmutableArray<Claim> Claims)
{
    /// <summary>Whether it holds in no state; it has no claims then.</summary>
    public bool IsFalsehood { get; init; }

    /// <summary>
    /// The success measures that decide whether a goal of this sentence is reached: all must hold. Empty if a part of it has none.
    /// </summary>
    public ImmutableArray<string> Measures =>
        Claims.IsEmpty || Claims.Any(claim => claim.Denied || claim.Fact.Measure is null)
            ? []
            : [.. Claims.Select(claim => claim.Fact.Measure!).Distinct()];

    /// <summary>The product of the claims' truths, in [0, 1]; 1 if it claims nothing, 0 if it is a falsehood.</summary>
    /// <param name="state">One row [S].</param>
    public float Truth(ReadOnlySpan<float> state)
    {
        if (IsFalsehood) return 0;
        float truth = 1;
        foreach (Claim claim in Claims) truth *= claim.Truth(state);
        return truth;
    }
}
