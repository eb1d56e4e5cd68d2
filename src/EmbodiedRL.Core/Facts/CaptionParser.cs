using System.Collections.Immutable;

namespace EmbodiedRL.Core.Facts;

/// <summary>Parses sentences of a <see cref="CaptionGrammar"/>.</summary>
internal sealed class CaptionParser
{
    // After another noun, "two green ones" may be said of that noun.
    private const string Elliptical = "ones";

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
        string[] spoken = Sentence.Spoken(sentence);
        for (int at = 1; at < spoken.Length; at++)
            if (spoken[at] == "," && spoken[at - 1] is ("no" or "not" or "never")) return null;   // "No, lying down" is no denial of it
        if (Read(sentence, Bare(spoken), literal: true) is { } plain) return plain.Caption;
        foreach (string[] words in Fillers.WithoutSimile(spoken) is { } shorter ? new[] { spoken, shorter } : [spoken])
            foreach (IGrouping<int, string[]> variants in Variants(Bare(words)))
            {
                Caption?[] read = [.. variants.Select(variant => Read(sentence, variant, literal: false)).OfType<Attempt>()
                    .Select(attempt => attempt.Caption)];
                if (read.Length == 0) continue;
                return read.All(other => other is not null && other.IsFalsehood == read[0]!.IsFalsehood
                    && other.Claims.ToHashSet().SetEquals(read[0]!.Claims)) ? read[0] : null;
            }

        return null;
    }

    /// <summary>The words with fillers left out: sentences grouped by how many were, fewest first.</summary>
    private static IEnumerable<IGrouping<int, string[]>> Variants(string[] words)
    {
        const int all = 5;
        var found = new List<(int At, int Length, string[] Plain)>();
        for (int at = 0; at < words.Length; at++)
            foreach ((string[] said, string[] plain) in Fillers.Rules)
                if (at + said.Length <= words.Length && words.AsSpan(at, said.Length).SequenceEqual(said)
                    && (plain.Length > 0 || at == 0 || !Fillers.Narrows(words[at - 1], said)))
                    found.Add((at, said.Length, plain));
        if (found.Count > all) found = [.. found.OrderByDescending(rule => rule.Length).Take(all).OrderBy(rule => rule.At)];
        return from chosen in Enumerable.Range(0, 1 << found.Count)
               let rules = found.Where((_, place) => (chosen >> place & 1) > 0).ToArray()
               where rules.Zip(rules.Skip(1)).All(pair => pair.First.At + pair.First.Length <= pair.Second.At)
               let variant = Apply(words, rules)
               group variant by rules.Length into level
               orderby level.Key
               select level;
    }

    private static string[] Apply(string[] words, (int At, int Length, string[] Plain)[] rules)
    {
        var kept = new List<string>();
        int next = 0;
        foreach ((int at, int length, string[] plain) in rules)
        {
            kept.AddRange(words[next..at]);
            kept.AddRange(plain);
            next = at + length;
        }

        kept.AddRange(words[next..]);
        return [.. kept];
    }

    private static string[] Bare(string[] words) => [.. words.Where(word => !Sentence.IsArticle(word))];

    private Attempt? Read(string sentence, string[] spoken, bool literal)
    {
        string[] words = [.. spoken.Where(word => word != ",")];
        foreach ((int start, int end) in WithoutCourtesy(words))
        {
            if (start >= end) continue;
            string[] said = words[start..end];
            if (literal && _bare.Contains(string.Join(' ', said))) return new Attempt(new Caption(sentence, CaptionKind.Trained, []));
            bool whole = start == 0 && end == words.Length;
            Reading[] readings = [.. Clauses(said).Concat(Joined(said)).Concat(whole ? Listed(spoken) : []).Where(IsPossible)];
            if (readings.Length > 0) return new Attempt(Choose(sentence, readings));
            if (_falsehoods.Any(pattern => pattern.IsMatch(said)))
                return new Attempt(new Caption(sentence, CaptionKind.Trained, []) { IsFalsehood = true });
        }

        return null;
    }

    private static bool IsPossible(Reading reading) =>
        !reading.Claims.Any(claim => reading.Claims.Contains(claim with { Denied = !claim.Denied }));

    /// <summary>Readings of two parts with a comma between them.</summary>
    private IEnumerable<Reading> Listed(string[] spoken)
    {
        for (int cut = 1; cut < spoken.Length - 1; cut++)
        {
            if (spoken[cut] != ",") continue;
            string[] left = [.. spoken[..cut].Where(word => word != ",")], right = [.. spoken[(cut + 1)..].Where(word => word != ",")];
            if (left.Length == 0 || right.Length == 0 || right.Contains(Elliptical)) continue;
            foreach (SubjectWording subject in _subjects)
                foreach (Reading first in Clauses(subject, left))
                    foreach (Reading second in Clauses(right).Concat(Continuations(subject, right)))
                        if (!IsInScope(first, second)) yield return first.With(second);
        }
    }

    /// <summary>Whether a denial may be meant of what follows too: "don't lie down and sleep", "not upright, level".</summary>
    private static bool IsInScope(Reading first, Reading second) =>
        first.Claims[^1].Denied && !second.Claims[0].Denied && !second.IsNamed;

    /// <summary>The sentence as it is, and without what is said for courtesy alone.</summary>
    private static IEnumerable<(int Start, int End)> WithoutCourtesy(string[] words)
    {
        yield return (0, words.Length);
        foreach (int start in Joints.Before.Match(words, 0).Prepend(0))
            for (int end = words.Length; end > start && end >= words.Length - 3; end--)
                if ((start > 0 || end < words.Length) && (end == words.Length || Joints.After.Match(words, end).Contains(words.Length)))
                    yield return (start, end);
    }

    private void Add(FactWording fact, Slot slot, PhrasePattern pattern, bool heldOut)
    {
        var added = new Entry(fact, pattern, Plainest(pattern), heldOut);
        var compared = new HashSet<Entry>(ReferenceEqualityComparer.Instance);
        foreach (string first in pattern.FirstWords)
        {
            if (!_entries.TryGetValue((fact.Subject, slot, first), out List<Entry>? entries))
                _entries.Add((fact.Subject, slot, first), entries = []);
            foreach (Entry other in entries.Where(other => !ReferenceEquals(other.Fact, fact) && compared.Add(other)))
                if (other.Pattern.IsMatch(added.Plainest) || pattern.IsMatch(other.Plainest))
                    throw new ArgumentException(
                        $"'{pattern.Text}' is said of both '{other.Fact.Fact.Name}' and '{fact.Fact.Name}'.");
            entries.Add(added);
        }
    }

    private static string[] Plainest(PhrasePattern pattern) => Sentence.WithoutArticles(pattern.Plainest).Split(' ');

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
        select ReadingOf(found.Entry, form.IsDenial) with { IsNamed = before > lead };

    /// <summary>Readings of all words as a clause, a joint, and a clause or a phrase of the same subject.</summary>
    private IEnumerable<Reading> Joined(string[] words)
    {
        for (int cut = 1; cut < words.Length - 1; cut++)
        {
            int[] plain = [.. Joints.Plain.Match(words, cut), .. Joints.Correcting.Match(words, cut)];
            int[] denying = [.. Joints.Denying.Match(words, cut)];
            if (plain.Length + denying.Length == 0 || words.AsSpan(cut).Contains(Elliptical)) continue;
            string[] left = words[..cut];
            foreach (SubjectWording subject in _subjects)
                foreach (Reading first in Clauses(subject, left))
                {
                    foreach (int start in plain.Distinct().Where(start => start < words.Length))
                        foreach (Reading second in Clauses(words[start..]).Concat(Continuations(subject, words[start..])))
                            if (words[cut] == "but" || !IsInScope(first, second)) yield return first.With(second);
                    foreach (int start in denying.Where(start => start < words.Length))
                        foreach (Reading second in Whole(subject, Slot.Phrase, words[start..], denied: true))
                            yield return first.With(second);
                }
        }
    }

    /// <summary>What may follow a joint without naming the subject again.</summary>
    private IEnumerable<Reading> Continuations(SubjectWording subject, string[] words)
    {
        foreach (Slot slot in new[] { Slot.Phrase, Slot.Verb, Slot.Infinitive, Slot.Imperative })
            foreach (Reading reading in Whole(subject, slot, words, denied: false)) yield return reading;
        if (words is ["is", .. var affirmed])
            foreach (Reading reading in Whole(subject, Slot.Phrase, affirmed, denied: false)) yield return reading;
        if (words is ["without", ..])
            foreach (Reading reading in Whole(subject, Slot.Phrase, words[1..], denied: true)) yield return reading;
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

    private sealed record Attempt(Caption? Caption);

    private sealed record Entry(FactWording Fact, PhrasePattern Pattern, string[] Plainest, bool HeldOut);

    private sealed record Reading(ImmutableArray<Claim> Claims, bool HeldOut)
    {
        /// <summary>Whether the subject is said.</summary>
        public bool IsNamed { get; init; }

        public Reading With(Reading other) => new([.. Claims.Concat(other.Claims).Distinct()], HeldOut || other.HeldOut);
    }
}
