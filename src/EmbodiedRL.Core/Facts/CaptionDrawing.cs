using System.Collections.Immutable;

namespace EmbodiedRL.Core.Facts;

/// <summary>Draws sentences of a <see cref="CaptionGrammar"/>.</summary>
internal sealed class CaptionDrawing
{
    // "Not" turns a sentence round by one word: seen more rarely, it is learned last of all.
    private const double Denied = 0.25;
    private const double Silent = 0.04, False = 0.04, Single = 0.6, Filled = 0.06;
    private const int Attempts = 12;

    private readonly ImmutableArray<FactWording> _facts;
    private readonly double[] _cumulative;
    private readonly ImmutableArray<string> _silent;
    private readonly PhrasePattern[] _falsehoods;
    private readonly KeptApart _keptApart;

    public CaptionDrawing(ImmutableArray<SubjectWording> subjects, ImmutableArray<FactWording> facts, string baseline,
        PhrasePattern[] falsehoods, KeptApart keptApart)
    {
        (_facts, _falsehoods, _keptApart) = (facts, falsehoods, keptApart);
        _cumulative = new double[facts.Length];
        double sum = 0;
        for (int i = 0; i < facts.Length; i++) _cumulative[i] = sum += facts[i].Fact.Weight;
        _silent = [.. Bare(subjects, baseline)];
    }

    /// <summary>Sentences that claim nothing: nouns alone, and the baseline.</summary>
    public static IEnumerable<string> Bare(IEnumerable<SubjectWording> subjects, string baseline) =>
        subjects.Where(subject => !subject.IsExistential)
            .SelectMany(subject => subject.Nouns)
            .Select(noun => Sentence.Normalize($"{noun.Before.Plainest} {noun.After.Plainest}"))
            .Append(Sentence.Normalize(baseline))
            .Distinct();

    /// <summary>Every word that can be drawn or is held back.</summary>
    public static IEnumerable<string> Words(IEnumerable<SubjectWording> subjects, IEnumerable<FactWording> facts, string baseline,
        IEnumerable<PhrasePattern> falsehoods) =>
        [
            .. facts.SelectMany(fact => fact.All).SelectMany(part => part.Pattern.Words),
            .. subjects.SelectMany(subject => subject.Nouns).SelectMany(noun => noun.Before.Words.Concat(noun.After.Words)),
            .. subjects.SelectMany(subject => subject.Forms).SelectMany(form => form.Words),
            .. falsehoods.SelectMany(pattern => pattern.Words),
            .. Joints.Words, .. Fillers.Words, .. Sentence.Words(baseline), "a", "an", "the",
        ];

    /// <summary>"red cube" of "a red cube".</summary>
    public static string WithoutLeadingArticle(string phrase) =>
        phrase.Split(' ', 2) is [var first, var rest] && Sentence.IsArticle(first) ? rest : phrase;

    /// <summary>Draws a sentence.</summary>
    /// <param name="rng">Of the draw.</param>
    /// <param name="state">[S], or empty.</param>
    public Caption Draw(ref Rng rng, ReadOnlySpan<float> state)
    {
        double kind = rng.NextDouble();
        if (kind < Silent || _facts.IsEmpty)
            return new Caption(Loosen(_silent[rng.Below(_silent.Length)], ref rng), CaptionKind.Trained, []);
        if (kind < Silent + False && _falsehoods.Length > 0)
            return new Caption(Loosen(_falsehoods[rng.Below(_falsehoods.Length)].Draw(ref rng), ref rng), CaptionKind.Trained, [])
            {
                IsFalsehood = true,
            };

        bool sought = !state.IsEmpty && rng.NextDouble() < 0.5;
        ReadOnlySpan<float> within = sought ? state : [];
        (FactWording first, bool firstDenied) = Claim(ref rng, within);
        (FactWording second, bool secondDenied) = Claim(ref rng, within);
        bool single = kind < Silent + False + Single || first == second || _keptApart.Contains(first.Fact.Name, second.Fact.Name);
        if (single)
            return new Caption(Loosen(Courteously(Say(first, firstDenied, ref rng), ref rng), ref rng), CaptionKind.Trained,
                [new Claim(first.Fact, firstDenied)]);
        if (rng.NextDouble() < 0.1 && (secondDenied || !firstDenied))
        {
            // Marks would be lost with the articles, so each part is loosened alone.
            string left = Loosen(Say(first, firstDenied, ref rng), ref rng), right = Loosen(Say(second, secondDenied, ref rng), ref rng);
            return new Caption($"{left}, {right}", CaptionKind.Trained,
                [new Claim(first.Fact, firstDenied), new Claim(second.Fact, secondDenied)]);
        }

        // After a denial, "and" may carry it on: what is affirmed then follows "but".
        PhrasePattern joint = firstDenied && !secondDenied ? Joints.Correcting : Joints.Plain;
        string joined = first.Subject == second.Subject && rng.NextDouble() < 0.7
            ? Continue(first, firstDenied, second, secondDenied, ref rng)
            : $"{Say(first, firstDenied, ref rng)} {joint.Draw(ref rng)} {Say(second, secondDenied, ref rng)}";
        return new Caption(Loosen(joined, ref rng), CaptionKind.Trained,
            [new Claim(first.Fact, firstDenied), new Claim(second.Fact, secondDenied)]);
    }

    /// <summary>Draws a plain affirmed clause with a noun.</summary>
    public Caption DrawNamed(ref Rng rng)
    {
        (FactWording fact, _) = Claim(ref rng, []);
        string text = Say(fact, fact.Subject.Forms[0], ref rng);
        return new Caption(Loosen(text, ref rng), CaptionKind.Trained, [new Claim(fact.Fact, false)]);
    }

    /// <summary>A fact, and whether it is denied; one that holds in the state if one is given and found.</summary>
    private (FactWording Fact, bool Denied) Claim(ref Rng rng, ReadOnlySpan<float> state)
    {
        bool denied = rng.NextDouble() < Denied;
        FactWording fact = _facts[Place(rng.NextDouble())];
        for (int attempt = 1; attempt < Attempts && !state.IsEmpty; attempt++)
        {
            if (new Claim(fact.Fact, denied).Truth(state) >= 0.5f) break;
            fact = _facts[Place(rng.NextDouble())];
        }

        return (fact, denied);
    }

    private int Place(double share)
    {
        int place = Array.BinarySearch(_cumulative, share * _cumulative[^1]);
        return Math.Min(place < 0 ? ~place : place + 1, _cumulative.Length - 1);
    }

    private static string Say(FactWording fact, bool denied, ref Rng rng)
    {
        double sum = 0;
        foreach (ClauseForm form in fact.Subject.Forms)
            if (Fits(form, fact, denied)) sum += form.Weight;
        double at = rng.NextDouble() * sum;
        ClauseForm chosen = fact.Subject.Forms[0];
        foreach (ClauseForm form in fact.Subject.Forms)
        {
            if (!Fits(form, fact, denied)) continue;
            chosen = form;
            if ((at -= form.Weight) < 0) break;
        }

        return Say(fact, chosen, ref rng);
    }

    private static bool Fits(ClauseForm form, FactWording fact, bool denied) => form.IsDenial == denied && fact[form.Slot].Length > 0;

    private static string Say(FactWording fact, ClauseForm form, ref Rng rng)
    {
        (PhrasePattern before, PhrasePattern after) = fact.Subject.Nouns[rng.Below(fact.Subject.Nouns.Length)];
        string wording = fact[form.Slot][rng.Below(fact[form.Slot].Length)].Draw(ref rng);
        if (form.IsDenial && fact.Subject.IsExistential) wording = WithoutLeadingArticle(wording);
        string lead = form.Lead.Draw(ref rng), link = form.Link.Draw(ref rng), tail = form.Tail.Draw(ref rng);
        if (form.HasNoun && !form.IsDenial && form.Link.Words.Contains("is") && rng.NextDouble() < Filled)
            link = $"{link} {Fillers.Inner.Draw(ref rng)}";
        return form.HasNoun
            ? Sentence.Normalize($"{lead} {before.Draw(ref rng)} {link} {wording} {tail} {after.Draw(ref rng)}")
            : Sentence.Normalize($"{lead} {wording} {tail}");
    }

    /// <summary>A clause and a second wording of the same subject: "the pole is upright, not hanging".</summary>
    private static string Continue(FactWording first, bool firstDenied, FactWording second, bool secondDenied, ref Rng rng)
    {
        ClauseForm form = first.Subject.Forms.First(candidate => candidate.HasNoun && candidate.Slot == Slot.Phrase
            && candidate.IsDenial == firstDenied);
        string clause = Say(first, form, ref rng), phrase = second[Slot.Phrase][rng.Below(second[Slot.Phrase].Length)].Draw(ref rng);
        if (secondDenied && second.Subject.IsExistential) phrase = WithoutLeadingArticle(phrase);
        PhrasePattern joint = secondDenied ? Joints.Denying : firstDenied ? Joints.Correcting : Joints.Plain;
        return $"{clause} {joint.Draw(ref rng)} {phrase}";
    }

    private static string Courteously(string text, ref Rng rng)
    {
        const double before = 0.08, after = 0.06, swapped = 0.3, filled = 0.08, compared = 0.03;
        if (rng.NextDouble() < swapped)
        {
            (string said, string plain) = Fillers.Drawn[rng.Below(Fillers.Drawn.Length)];
            string spaced = $" {text} ";
            if (text.StartsWith("the ", StringComparison.Ordinal) && rng.NextDouble() < 0.2) spaced = $" that {text[4..]} ";
            int at = spaced.IndexOf(plain, StringComparison.Ordinal);
            text = at < 0 ? spaced.Trim() : $"{spaced[..at]}{said}{spaced[(at + plain.Length)..]}".Trim();
        }

        if (rng.NextDouble() < filled) return $"{text} {Fillers.Last.Draw(ref rng)}";
        if (rng.NextDouble() < compared) return $"{text} {Fillers.Simile.Draw(ref rng)}";
        if (rng.NextDouble() < before) text = $"{Joints.Before.Draw(ref rng)} {text}";
        return rng.NextDouble() < after ? $"{text} {Joints.After.Draw(ref rng)}" : text;
    }

    /// <summary>People drop articles in notes; so do one in eight of the sentences to learn from.</summary>
    private static string Loosen(string text, ref Rng rng) => rng.NextDouble() < 0.125 ? Sentence.WithoutArticles(text) : text;
}
