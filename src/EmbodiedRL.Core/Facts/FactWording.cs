using System.Collections.Immutable;

namespace EmbodiedRL.Core.Facts;

/// <summary>Wordings of one fact, as patterns, and the nouns of its subject.</summary>
internal sealed class FactWording(Fact fact, SubjectWording subject)
{
    private readonly ImmutableArray<PhrasePattern>[] _trained =
        [Read(fact.Phrases), Read(fact.Verbs), Read(fact.Infinitives), Read(fact.Imperatives), Read(fact.Places)];

    public Fact Fact => fact;

    public SubjectWording Subject => subject;

    public ImmutableArray<PhrasePattern> HeldOut { get; } = Read(fact.HeldOut);

    /// <summary>Wordings that may be trained on.</summary>
    public ImmutableArray<PhrasePattern> this[Slot slot] => _trained[(int)slot];

    /// <summary>Every pattern with its slot, those kept back at the end.</summary>
    public IEnumerable<(Slot Slot, PhrasePattern Pattern, bool HeldOut)> All =>
        Enum.GetValues<Slot>().SelectMany(slot => this[slot].Select(pattern => (slot, pattern, false)))
            .Concat(HeldOut.Select(pattern => (Slot.Phrase, pattern, true)));

    private static ImmutableArray<PhrasePattern> Read(ImmutableArray<string> patterns) => [.. patterns.Select(PhrasePattern.Parse)];
}

/// <summary>Nouns of one subject, as patterns.</summary>
internal sealed class SubjectWording(Subject subject)
{
    public string Name => subject.Name;

    public bool IsExistential => subject.IsExistential;

    public ImmutableArray<ClauseForm> Forms => IsExistential ? ClauseForm.Existential : ClauseForm.Predicative;

    /// <summary>What stands before and after a fact's phrase.</summary>
    public ImmutableArray<(PhrasePattern Before, PhrasePattern After)> Nouns { get; } = [.. subject.Nouns.Select(Split)];

    private static (PhrasePattern, PhrasePattern) Split(string noun)
    {
        int star = noun.IndexOf('*', StringComparison.Ordinal);
        return star < 0
            ? (PhrasePattern.Parse(noun), PhrasePattern.Parse(""))
            : (PhrasePattern.Parse(noun[..star]), PhrasePattern.Parse(noun[(star + 1)..]));
    }
}
