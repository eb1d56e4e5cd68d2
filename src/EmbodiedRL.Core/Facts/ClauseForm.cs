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

    /// <summary><see cref="Fact.Places"/>.</summary>
    Place,
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
        Of(1, "[|it is|that is|be|stay|it has to be|you are|get|i want it|i want to see it|keep it|leave it]", false, "", Slot.Phrase),
        Of(0.5, "[i want to see|i would love to see|i would love|i need|let us have|try to get|try to keep|make sure|be sure that|"
            + "you can see|have the robot keep|get the robot to put|there is]", true, "", Slot.Phrase),
        Of(0.5, "", true, "[has ended up|ends up|has landed|is over|stays|remains|sits|stands|lies|is lying|has come to be|should stay|"
            + "ought to be|needs to be|to be|appears|is seen]", Slot.Phrase),
        Of(0.5, "[get|i would love|i would like to see|i want to see|try to get|i need]", true, "[to|]", Slot.Infinitive),
        Of(0, "", true, "[has|has just|is going|got|in]", Slot.Phrase),
        Of(0.7, "", true, "[is at|is on|is right at|has reached|reaches|has got to|goes to|has arrived at|is in contact with|"
            + "has made it to|sits at|heads for]", Slot.Place),
        Of(0.7, "[go to|go for|head for|move to|reach|touch|get to|reach over to|move over to|aim for]", false, "", Slot.Place),
        Of(0.3, "[get|move|bring|take|put|keep]", true, "[to|at|onto|over to|on]", Slot.Place),

        // denied
        Of(0.7, "", true, "[is not at|is not on|is nowhere near|is far from|has not reached|never reaches|has not got to|stays away from|"
            + "keeps away from|never gets to|has yet to reach|is away from|is clear of|is miles off|never made it to|avoids]",
            Slot.Place, true),
        Of(0.7, "[stay away from|keep away from|keep clear of|steer clear of|stay off|keep off|do not go to|do not go near|do not touch|"
            + "never go to|avoid|do not reach|stay clear of]", false, "", Slot.Place, true),
        Of(0.3, "leave", false, "", Slot.Place, true, "alone"),
        Of(0.3, "[keep|move|get|hold|pull|steer]", true, "[away from|off|clear of|far from]", Slot.Place, true),
        Of(0.5, "[at no point is|no way is|nowhere is|never is|in no way is]", true, "", Slot.Phrase, true),
        Of(0.5, "", true, "[has not ended up|has never been|has not been|is not really|is nowhere near|"
            + "is doing everything except|was never|is definitely not|is not quite|avoids]", Slot.Phrase, true),
        Of(0.3, "[keep from|no|no more|there is no|nobody is|not one bit of|without|it is not|it is never|it is anything but|"
            + "avoid|it should not be]", false, "", Slot.Phrase, true),
        Of(0, "", true, "[has not|has never|has not yet]", Slot.Phrase, true),
        Of(0.3, "[there is no need to|no need to|whatever you do do not|do not ever|be careful not to|under no circumstances|you may not|"
            + "make sure not to]", false, "", Slot.Infinitive, true),
        Of(0.2, "[there is no need to|no need to|whatever you do do not|do not ever|try not to]", false, "", Slot.Imperative, true),
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
        Of(1, "[i can see|you can see|i spy|you will find|there is|there are|here is|we have|have|put|the table has|the table holds|"
            + "look there is|i count|it has|show me|i want to see|could we have|let me see|give me|you see|we can see]", false, "",
            Slot.Phrase, tail: "[||here|on the table|on it|on the tabletop|there|in there|among them|in all|altogether|lying about]"),
        Of(0.7, "", false, "", Slot.Phrase, tail: "[is|are|sits|is standing|is lying|stands|lies|is out|is sitting] "
            + "[here|there|on the table|in view|in there|in sight|on the tabletop|on display]"),
        Of(0.5, "", false, "", Slot.Imperative),
        Of(0.2, "[do not|never]", false, "", Slot.Imperative, true),
        Of(2, "", true, "[no|not]", Slot.Phrase, true),
        Of(1, "[i do not see any|there is not any|there are not any|i can not see any|you will not find|the table has no|"
            + "the table is without|the table is short of|i never want to see|nobody put|i can not see|without any|"
            + "we do not have]", false, "", Slot.Phrase, true, "[|here|on the table|there|on it|in there]"),
        Of(2, "[no|not|without|there is not|there is never|there is no|there are no|i do not see|i see no|we never see|i do not want|"
            + "nowhere is there|anything but|never]", false, "",
            Slot.Phrase, true, "[|on the table|in sight|in the picture|anywhere|at all]"),
    ];

    /// <summary>Every word that the forms add.</summary>
    public IEnumerable<string> Words => [.. Lead.Words, .. Link.Words, .. Tail.Words];

    private static ClauseForm Of(double weight, string lead, bool hasNoun, string link, Slot slot, bool denial = false, string tail = "") =>
        new(PhrasePattern.Parse(lead), hasNoun, PhrasePattern.Parse(link), slot, PhrasePattern.Parse(tail), denial, weight);
}
