using System.Collections.Immutable;

namespace EmbodiedRL.Core.Facts;

/// <summary>Caption grammar: samples sentences about an environment's facts for training, and parses a person's sentence.</summary>
/// <remarks>
/// A clause is one of <see cref="ClauseForm"/>'s, filled with a subject's noun and a fact's wording: "a pole on a cart standing upright",
/// "the pole isn't hanging down", "make the pole stand upright", "don't let it fall". Two clauses are joined by "and", "with", "but not".
/// About every fifth pair of facts is kept back, as are the held-out phrases of every fact, so that what a model makes of words it never
/// learned together can be measured. Facts that a still image does not show are understood, and never drawn.
/// </remarks>
public sealed class CaptionGrammar
{
    private readonly CaptionParser _parser;
    private readonly CaptionDrawing _drawing;
    private readonly ImmutableArray<FactWording> _visible;
    private readonly KeptApart _keptApart;

    /// <summary>The grammar of one environment.</summary>
    /// <exception cref="UnknownNameException">A fact has a subject that the environment does not have.</exception>
    /// <exception cref="ArgumentException">Two facts of one subject share a wording, or a wording is no pattern.</exception>
    public CaptionGrammar(EnvironmentInfo info) : this(info.Subjects, info.Facts, info.Baseline, info.Falsehoods, null)
    {
    }

    /// <summary>The grammar of recorded facts, e.g. of those that a model was trained on.</summary>
    /// <param name="subjects">Subjects of the facts.</param>
    /// <param name="facts">The recorded facts.</param>
    /// <param name="baseline">What every picture shows.</param>
    /// <param name="falsehoods">Patterns of what holds in no state.</param>
    /// <param name="keptApart">Names of facts never combined; by the rule of today if null.</param>
    /// <exception cref="UnknownNameException">A fact has an unknown subject.</exception>
    /// <exception cref="ArgumentException">Two facts of one subject share a wording, or a wording is no pattern.</exception>
    public CaptionGrammar(ImmutableArray<Subject> subjects, ImmutableArray<Fact> facts, string baseline,
        ImmutableArray<string> falsehoods, IEnumerable<(string First, string Second)>? keptApart)
    {
        _keptApart = new KeptApart(keptApart);
        var nouns = subjects.ToDictionary(subject => subject.Name, subject => new SubjectWording(subject), StringComparer.Ordinal);
        ImmutableArray<FactWording> wordings =
        [
            .. facts.Select(fact => new FactWording(fact, nouns.TryGetValue(fact.Subject, out SubjectWording? subject)
                ? subject
                : throw new UnknownNameException("subject", fact.Subject, nouns.Keys))),
        ];
        _visible = [.. wordings.Where(wording => wording.Fact.IsVisible)];
        PhrasePattern[] untrue = [.. falsehoods.Select(PhrasePattern.Parse)];
        _parser = new CaptionParser([.. nouns.Values], wordings, baseline, untrue, _keptApart);
        _drawing = new CaptionDrawing([.. nouns.Values], _visible, baseline, untrue, _keptApart);
        Vocabulary = [.. CaptionDrawing.Words(nouns.Values, _visible, baseline, untrue).Distinct().Order(StringComparer.Ordinal)];
    }

    /// <summary>Every word of every sentence that can be drawn or held back.</summary>
    public ImmutableArray<string> Vocabulary { get; }

    /// <summary>One plain sentence for every fact that an image shows.</summary>
    public IEnumerable<string> Examples => _visible.Select(Plain);

    /// <summary>Every trained wording of every fact at its plainest, with the first noun of its subject where it needs one.</summary>
    public IEnumerable<Caption> Phrasings =>
        from wording in _visible
        from part in wording.All
        where !part.HeldOut && part.Slot != Slot.Place
        select new Caption(Fill(wording, part.Slot, part.Pattern), CaptionKind.Trained, [new Claim(wording.Fact, false)]);

    /// <summary>One plain denial of every fact.</summary>
    public IEnumerable<Caption> Denials =>
        from wording in _visible
        select new Caption(Deny(wording), CaptionKind.Trained, [new Claim(wording.Fact, true)]);

    /// <summary>Sentences in kept-back words, one for every such phrase.</summary>
    public IEnumerable<Caption> Paraphrases =>
        from wording in _visible
        from phrase in wording.HeldOut
        select new Caption(Fill(wording, Slot.Phrase, phrase), CaptionKind.Paraphrase, [new Claim(wording.Fact, false)]);

    /// <summary>Plain sentences that join two facts kept apart in training.</summary>
    public IEnumerable<Caption> Compositions =>
        from second in Enumerable.Range(0, _visible.Length)
        from first in Enumerable.Range(0, second)
        where _keptApart.Contains(_visible[first].Fact.Name, _visible[second].Fact.Name)
        select Join(_visible[first], _visible[second]);

    /// <summary>Draws a sentence to train on.</summary>
    public Caption Draw(ref Rng rng) => _drawing.Draw(ref rng, []);

    /// <summary>Draws a sentence to train on; half of the claims are looked for among those that hold in a state.</summary>
    /// <param name="rng">Of the draw.</param>
    /// <param name="state">[S]; most facts of a rich scene are false in most states, and would be learned from denials alone.</param>
    public Caption Draw(ref Rng rng, ReadOnlySpan<float> state) => _drawing.Draw(ref rng, state);

    /// <summary>Draws a sentence that names its subject, so that it speaks of this environment and of no other.</summary>
    public Caption DrawNamed(ref Rng rng) => _drawing.DrawNamed(ref rng);

    /// <summary>What a person's sentence claims, and whether a model was trained on its like.</summary>
    /// <returns>Null if the grammar cannot take the sentence apart, or in more ways than one.</returns>
    public Caption? Parse(string sentence) => _parser.Parse(sentence);

    private static string Plain(FactWording wording) => Fill(wording, Slot.Phrase, wording[Slot.Phrase][0]);

    private static string Fill(FactWording wording, Slot slot, PhrasePattern pattern) => slot is Slot.Infinitive or Slot.Imperative
        ? pattern.Plainest
        : Sentence.Normalize($"{wording.Subject.Nouns[0].Before.Plainest} {pattern.Plainest} {wording.Subject.Nouns[0].After.Plainest}");

    private static string Deny(FactWording wording)
    {
        (PhrasePattern before, PhrasePattern after) = wording.Subject.Nouns[0];
        string denied = wording.Subject.IsExistential
            ? $"no {CaptionDrawing.WithoutLeadingArticle(wording[Slot.Phrase][0].Plainest)}"
            : $"not {wording[Slot.Phrase][0].Plainest}";
        return Sentence.Normalize($"{before.Plainest} {denied} {after.Plainest}");
    }

    private static Caption Join(FactWording first, FactWording second)
    {
        string rest = first.Subject == second.Subject ? second[Slot.Phrase][0].Plainest : Plain(second);
        return new Caption($"{Plain(first)} and {rest}", CaptionKind.Composition,
            [new Claim(first.Fact, false), new Claim(second.Fact, false)]);
    }
}
