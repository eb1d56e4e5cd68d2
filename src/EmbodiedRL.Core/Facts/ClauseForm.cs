using System.Collections.Immutable;

namespace EmbodiedRL.Core.Facts;

/// <summary>Which wordings of a fact a clause is made with.</summary>
internal enum Slot
{
    /// <summary><see cref="Fact.Phrases"/>, or <see cref="Fact.HeldOut"/>.</summary>
    Phrase,

    /// <summary><see cref="Fact.Verbs"/>.</summary>
    Verb,

    /// <summary><see cref="Fact.Infinitives"/>.</summary>
    Infinitive,

    /// <summary><see cref="Fact.Imperatives"/>.</summary>
    Imperative,
}

/// <summary>Form of a clause: lead, subject, link and wording of a fact, in this order.</summary>
/// <param name="Lead">Before the subject.</param>
/// <param name="HasNoun">Whether the subject is named.</param>
/// <param name="Link">Between subject and wording.</param>
/// <param name="Slot">The wording.</param>
/// <param name="Tail">After the wording.</param>
/// <param name="IsDenial">Whether it says that the fact is not so.</param>
/// <param name="Weight">How often it is drawn, relative to the others of its kind.</param>
internal sealed record ClauseForm(
    PhrasePattern Lead, bool HasNoun, PhrasePattern Link, Slot Slot, PhrasePattern Tail, bool IsDenial, double Weight)
{
    /// <summary>Forms for subjects that do or are something: "the pole is not upright", "make the pole stand upright".</summary>
    public static ImmutableArray<ClauseForm> Predicative { get; } =
    [
        // affirmed
        Of(6, "", true, "[||is|is|is now|should be|must be|has to be|is to be|will be|seems to be|looks]", Slot.Phrase),
        Of(2, "", true, "", Slot.Verb),
        Of(2, "[make|let|have|see|watch]", true, "", Slot.Infinitive),
        Of(1, "", true, "[should|must|has to|will|can|is to|needs to]", Slot.Infinitive),
        Of(1, "[i want|we want|i would like|get|i need]", true, "to", Slot.Infinitive),
        Of(2, "[keep|get|hold|leave|put|have|i want|i would like|i want to see|show me|we see|there is|picture|a picture of|an image of]",
            true, "", Slot.Phrase),
        Of(2, "[|||try to|you should|you must|your goal is to|the goal is to]", false, "", Slot.Infinitive),
        Of(2, "", false, "", Slot.Imperative),
        Of(1, "", false, "", Slot.Phrase),

        // denied
        Of(5, "", true, "[not|is not|is not|is not|is never|is no longer|is anything but|is far from|should not be|must not be|"
            + "is by no means|is not at all|is certainly not|can not be|may not be]", Slot.Phrase, true),
        Of(3, "", true, "[does not|does not|never|should not|must not|refuses to|will not|can not|may not|did not|fails to]",
            Slot.Infinitive, true),
        Of(2, "[do not let|never let|do not make|do not have|do not see]", true, "", Slot.Infinitive, true),
        Of(1, "[i do not want|we do not want|i would not like|do not get]", true, "to", Slot.Infinitive, true),
        Of(2, "[do not keep|never keep|do not leave|never leave|do not get|do not put|i do not want|i never want|we never see|avoid]",
            true, "", Slot.Phrase, true),
        Of(2, "[do not|do not|never|you must not|you should not|try not to|at no time]", false, "", Slot.Infinitive, true),
        Of(1, "[do not|never|you must not|you should not]", false, "", Slot.Imperative, true),
        Of(1, "[not|not|anything but|never|far from|no longer]", false, "", Slot.Phrase, true),
    ];

    /// <summary>Forms for subjects whose nouns say that something exists: "there is a red cube", "no red cube on the table".</summary>
    public static ImmutableArray<ClauseForm> Existential { get; } =
    [
        Of(4, "", true, "", Slot.Phrase),
        Of(1, "[|i want|i would like|i need|let us have|that is]", false, "", Slot.Phrase, tail: "[||in sight|in the picture|in view]"),
        Of(2, "", true, "[no|not]", Slot.Phrase, true),
        Of(2, "[no|not|without|there is not|there is never|there is no|there are no|i do not see|i see no|we never see|i do not want|"
            + "nowhere is there|anything but]", false, "", Slot.Phrase, true, "[|on the table|in sight|in the picture|anywhere|at all]"),
    ];

    /// <summary>Every word that the forms add.</summary>
    public IEnumerable<string> Words => [.. Lead.Words, .. Link.Words, .. Tail.Words];

    private static ClauseForm Of(double weight, string lead, bool hasNoun, string link, Slot slot, bool denial = false, string tail = "") =>
        new(PhrasePattern.Parse(lead), hasNoun, PhrasePattern.Parse(link), slot, PhrasePattern.Parse(tail), denial, weight);
}
