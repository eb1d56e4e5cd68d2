using System.Collections.Immutable;

namespace EmbodiedRL.Core.Facts;

/// <summary>Function of one state row [S].</summary>
public delegate float StateFunction(ReadOnlySpan<float> state);

/// <summary>Fact: a statement about a state, and how true it is.</summary>
/// <remarks>
/// Every wording is a <see cref="PhrasePattern"/>: plain words, and choices in brackets, e.g. "touching the [red|crimson] [ball|sphere]".
/// </remarks>
/// <param name="Name">Short and unique within the environment, e.g. <c>upright</c>.</param>
/// <param name="Subject">The <see cref="Facts.Subject"/> it is said of, e.g. <c>pole</c>: facts of two
/// subjects can be joined by "and".</param>
/// <param name="Phrases">Ways to say it after "is" that a model may be trained on, the plainest first, e.g. "standing upright".</param>
/// <param name="HeldOut">Ways to say it after "is" that are never trained on and only measured.</param>
/// <param name="Truth">In [0, 1], graded: nearer to true is larger.</param>
/// <param name="Measure">The success measure of a goal of this fact; null if none.</param>
public sealed record Fact(
    string Name, string Subject, ImmutableArray<string> Phrases, ImmutableArray<string> HeldOut,
    StateFunction Truth, string? Measure = null)
{
    /// <summary>Ways to say it with a verb of its own, e.g. "stands upright".</summary>
    public ImmutableArray<string> Verbs { get; init; } = [];

    /// <summary>
    /// Ways to say it with an infinitive, e.g. "stand upright": "make the pole stand upright", "the pole should stand upright".
    /// </summary>
    public ImmutableArray<string> Infinitives { get; init; } = [];

    /// <summary>Whole imperatives, e.g. "balance the pole".</summary>
    public ImmutableArray<string> Imperatives { get; init; } = [];

    /// <summary>
    /// Nouns of what the subject is at when it is true, e.g. "the red ball": "go to the red ball", "keep away from the red ball".
    /// </summary>
    public ImmutableArray<string> Places { get; init; } = [];

    /// <summary>How often it is spoken of in training, relative to the other facts of its environment.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>
    /// Whether one still image shows it. A model of single images is neither trained nor trusted on others, e.g. on a speed.
    /// </summary>
    public bool IsVisible { get; init; } = true;
}

/// <summary>Subject of facts, and the words for it.</summary>
/// <param name="Name">As in <see cref="Fact.Subject"/>.</param>
/// <param name="Nouns">Patterns to call it by, the plainest first, e.g. "a pole on a cart", "the [pole|stick]"; "*" is where the fact's
/// phrase goes, at the end if there is none.</param>
public sealed record Subject(string Name, ImmutableArray<string> Nouns)
{
    /// <summary>
    /// Whether its nouns say that something exists, e.g. "there is *" for facts like "a red cube": no "is" goes before a phrase, and "no"
    /// denies it.
    /// </summary>
    public bool IsExistential { get; init; }
}
