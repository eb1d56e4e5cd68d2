using System.Collections.Immutable;

namespace EmbodiedRL.Core.Facts;

/// <summary>Parses sentences of a <see cref="CaptionGrammar"/>.</summary>
internal sealed class CaptionParser
{
    private readonly ImmutableArray<SubjectWording> _subjects;
    private readonly Dictionary<(SubjectWording Subject, Slot Slot, string First), List<Entry>> _entries = [];
    private readonly HashSet<string> _bare;
    private readonly PhrasePattern[] _falsehoods;
    private readonly KeptApart _keptApart;

    public CaptionParser(ImmutableArray<SubjectWording> subjects, ImmutableArray<FactWording> facts, string baseline,
        PhrasePattern[] falsehoods, KeptApart keptApart)
    {
        (_subjects, _falsehoods, _keptApart) = (subjects, falsehoods, keptApart);
        _bare = [.. CaptionDrawing.Bare(subjects, baseline).Select(Sentence.WithoutArticles)];
        foreach (FactWording fact in facts)
            foreach ((Slot slot, PhrasePattern pattern, bool heldOut) in fact.All)
                Add(fact, slot, pattern, heldOut);
    }

    /// <summary>What a sentence claims; null if it cannot be taken apart, or in more ways than one.</summary>
    public Caption? Parse(string sentence)
    {
        string[] words = Sentence.WithoutArticles(sentence).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        foreach ((int start, int end) in WithoutCourtesy(words))
        {
            if (start >= end) continue;
            string[] said = words[start..end];
            if (_bare.Contains(string.Join(' ', said))) return new Caption(sentence, CaptionKind.Trained, []);
            Reading[] readings = [.. Clauses(said).Concat(Joined(said))];
            if (readings.Length > 0) return Choose(sentence, readings);
            if (_falsehoods.Any(pattern => pattern.IsMatch(said)))
                return new Caption(sentence, CaptionKind.Trained, []) { IsFalsehood = true };
        }

        return null;
    }

    /// <summary>The sentence as it is, and without what is said for courtesy alone.</summary>
    private static IEnumerable<(int Start, int End)> WithoutCourtesy(string[] words)
    {
        yield return (0, words.Length);
        foreach (int start in Joints.Before.Match(words, 0).Prepend(0))
            for (int end = words.Length; end > start && end >= words.Length - 2; end--)
                if ((start > 0 || end < words.Length) && (end == words.Length || Joints.After.Match(words, end).Contains(words.Length)))
                    yield return (start, end);
    }

    private void Add(FactWording fact, Slot slot, PhrasePattern pattern, bool heldOut)
    {
        foreach (string first in pattern.FirstWords)
        {
            if (!_entries.TryGetValue((fact.Subject, slot, first), out List<Entry>? entries))
                _entries.Add((fact.Subject, slot, first), entries = []);
            foreach (Entry other in entries.Where(other => other.Fact.Fact != fact.Fact))
                if (other.Pattern.IsMatch(Bare(pattern)) || pattern.IsMatch(Bare(other.Pattern)))
                    throw new ArgumentException(
                        $"'{pattern.Text}' is said of both '{other.Fact.Fact.Name}' and '{fact.Fact.Name}'.");
            entries.Add(new Entry(fact, pattern, heldOut));
        }
    }

    private static string[] Bare(PhrasePattern pattern) => Sentence.WithoutArticles(pattern.Plainest).Split(' ');

    private Caption? Choose(string sentence, Reading[] readings)
    {
        Reading best = readings.FirstOrDefault(reading => !reading.HeldOut) ?? readings[0];
        if (readings.Any(other => other.HeldOut == best.HeldOut && !other.Claims.SequenceEqual(best.Claims))) return null;
        return new Caption(sentence, KindOf(best), best.Claims);
    }

    private CaptionKind KindOf(Reading reading)
    {
        if (reading.Claims.Any(claim => !claim.Fact.IsVisible)) return CaptionKind.Unseen;
        if (reading.HeldOut) return CaptionKind.Paraphrase;
        return reading.Claims is [var first, var second] && _keptApart.Contains(first.Fact.Name, second.Fact.Name)
            ? CaptionKind.Composition
            : CaptionKind.Trained;
    }

    /// <summary>Readings of all words as one clause.</summary>
    private IEnumerable<Reading> Clauses(string[] words) => _subjects.SelectMany(subject => Clauses(subject, words));

    private IEnumerable<Reading> Clauses(SubjectWording subject, string[] words)
    {
        foreach (ClauseForm form in subject.Forms)
            foreach (int lead in form.Lead.Match(words, 0))
                foreach (Reading reading in form.HasNoun
                    ? subject.Nouns.SelectMany(noun => Named(subject, form, noun, words, lead))
                    : Wordings(subject, form.Slot, words, lead)
                        .Where(found => form.Tail.Match(words, found.End).Contains(words.Length))
                        .Select(found => ReadingOf(found.Entry, form.IsDenial)))
                    yield return reading;
    }

    private IEnumerable<Reading> Named(SubjectWording subject, ClauseForm form, (PhrasePattern Before, PhrasePattern After) noun,
        string[] words, int lead) =>
        from before in noun.Before.Match(words, lead)
        from link in form.Link.Match(words, before)
        from found in Wordings(subject, form.Slot, words, link)
        from tail in form.Tail.Match(words, found.End)
        where noun.After.Match(words, tail).Contains(words.Length)
        select ReadingOf(found.Entry, form.IsDenial);

    /// <summary>Readings of all words as a clause, a joint, and a clause or a phrase of the same subject.</summary>
    private IEnumerable<Reading> Joined(string[] words)
    {
        for (int cut = 1; cut < words.Length - 1; cut++)
        {
            int[] plain = [.. Joints.Plain.Match(words, cut), .. Joints.Correcting.Match(words, cut)];
            int[] denying = [.. Joints.Denying.Match(words, cut)];
            if (plain.Length + denying.Length == 0) continue;
            string[] left = words[..cut];
            foreach (SubjectWording subject in _subjects)
                foreach (Reading first in Clauses(subject, left))
                {
                    foreach (int start in plain.Distinct().Where(start => start < words.Length))
                        foreach (Reading second in Clauses(words[start..]).Concat(Continuations(subject, words[start..])))
                            yield return first.With(second);
                    foreach (int start in denying.Where(start => start < words.Length))
                        foreach (Reading second in Whole(subject, Slot.Phrase, words[start..], denied: true))
                            yield return first.With(second);
                }
        }
    }

    /// <summary>What may follow a joint without naming the subject again.</summary>
    private IEnumerable<Reading> Continuations(SubjectWording subject, string[] words)
    {
        foreach (Slot slot in new[] { Slot.Phrase, Slot.Verb, Slot.Infinitive })
            foreach (Reading reading in Whole(subject, slot, words, denied: false)) yield return reading;
        if (words is ["is", .. var affirmed])
            foreach (Reading reading in Whole(subject, Slot.Phrase, affirmed, denied: false)) yield return reading;
        if (words is ["is", "not", ..] or ["not", ..])
            foreach (Reading reading in Whole(subject, Slot.Phrase, words[(Array.IndexOf(words, "not") + 1)..], denied: true))
                yield return reading;
    }

    private IEnumerable<Reading> Whole(SubjectWording subject, Slot slot, string[] words, bool denied) =>
        from found in Wordings(subject, slot, words, 0)
        where found.End == words.Length
        select ReadingOf(found.Entry, denied);

    private IEnumerable<(Entry Entry, int End)> Wordings(SubjectWording subject, Slot slot, string[] words, int start)
    {
        if (start >= words.Length || !_entries.TryGetValue((subject, slot, words[start]), out List<Entry>? entries)) yield break;
        foreach (Entry entry in entries)
            foreach (int end in entry.Pattern.Match(words, start)) yield return (entry, end);
    }

    private static Reading ReadingOf(Entry entry, bool denied) => new([new Claim(entry.Fact.Fact, denied)], entry.HeldOut);

    private sealed record Entry(FactWording Fact, PhrasePattern Pattern, bool HeldOut);

    private sealed record Reading(ImmutableArray<Claim> Claims, bool HeldOut)
    {
        public Reading With(Reading other) => new([.. Claims, .. other.Claims], HeldOut || other.HeldOut);
    }
}
