using System.Collections.Immutable;

namespace EmbodiedRL.Core.Facts;

/// <summary>Caption grammar: samples sentences about an environment's facts for training, and parses a person's sentence.</summary>
/// <remarks>
/// A claim is a subject's noun and one of a fact's phrases: "a pole on a cart standing upright", "the pole is not hanging down",
/// "the pole stands upright". Two claims are joined by "and" or "with". Every fifth pair of facts is kept back, as are the held-out
/// phrases of every fact, so that what a model makes of words it never learned together can be measured. A "*" in a noun is where the
/// phrase goes: "a pole * on a cart".
/// </remarks>
public sealed class CaptionGrammar
{
    private static readonly string[] Joints = ["and", "with", "while"];

    // "Not" turns a sentence round by one word: seen more rarely, it is learned last of all.
    private const double Denied = 0.2;

    private readonly Dictionary<string, Reading> _claims = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Subject, string Words), Reading> _continuations = [];
    private readonly HashSet<string> _bare = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ImmutableArray<string>> _nouns;
    private readonly ImmutableArray<Fact> _facts;
    private readonly ImmutableArray<string> _silent;
    private readonly HashSet<(int First, int Second)> _keptApart;

    /// <summary>The grammar of one environment.</summary>
    /// <exception cref="UnknownNameException">A fact has a subject that the environment does not have.</exception>
    /// <exception cref="ArgumentException">Two facts of one subject share a phrase.</exception>
    public CaptionGrammar(EnvironmentInfo info) : this(info.Subjects, info.Facts, info.Baseline, EveryFifth(info.Facts.Length))
    {
    }

    /// <summary>The grammar of recorded facts, e.g. of those that a model was trained on.</summary>
    /// <param name="subjects">Subjects of the facts.</param>
    /// <param name="facts">The recorded facts.</param>
    /// <param name="baseline">What every picture shows.</param>
    /// <param name="keptApart">Places in <paramref name="facts"/> of those never combined.</param>
    /// <exception cref="UnknownNameException">A fact has an unknown subject.</exception>
    /// <exception cref="ArgumentException">Two facts of one subject share a phrase.</exception>
    public CaptionGrammar(ImmutableArray<Subject> subjects, ImmutableArray<Fact> facts, string baseline,
        IEnumerable<(int First, int Second)> keptApart)
    {
        _facts = facts;
        _keptApart = [.. keptApart.SelectMany(pair => new[] { pair, (pair.Second, pair.First) })];
        _nouns = subjects.ToDictionary(subject => subject.Name, subject => subject.Nouns, StringComparer.Ordinal);
        foreach (Subject subject in subjects)
            foreach (string noun in subject.Nouns) _bare.Add(Sentence.WithoutArticles(noun));
        foreach (Fact fact in _facts)
        {
            if (!_nouns.ContainsKey(fact.Subject)) throw new UnknownNameException("subject", fact.Subject, _nouns.Keys);
            foreach (string phrase in fact.Phrases) Learn(fact, phrase, isVerb: false, heldOut: false);
            foreach (string phrase in fact.HeldOut) Learn(fact, phrase, isVerb: false, heldOut: true);
            foreach (string verb in fact.Verbs) Learn(fact, verb, isVerb: true, heldOut: false);
        }

        _bare.Add(Sentence.WithoutArticles(baseline));
        _silent = [.. subjects.SelectMany(subject => subject.Nouns)
            .Select(noun => Fill(noun, ""))
            .Append(Sentence.Normalize(baseline))
            .Distinct()];
        Vocabulary = [.. _claims.Keys.Concat(_bare).SelectMany(Sentence.Words).Concat(Joints).Concat(["a", "an", "the"])
            .Distinct().Order(StringComparer.Ordinal)];
    }

    /// <summary>Every word of every sentence that can be drawn or held back.</summary>
    public ImmutableArray<string> Vocabulary { get; }

    /// <summary>Pairs of facts, by name, that are never combined in training.</summary>
    public IEnumerable<(string First, string Second)> KeptApart =>
        _keptApart.Where(pair => pair.First < pair.Second).Order().Select(pair => (_facts[pair.First].Name, _facts[pair.Second].Name));

    /// <summary>One plain sentence for every fact.</summary>
    public IEnumerable<string> Examples => _facts.Select(fact => Fill(_nouns[fact.Subject][0], fact.Phrases[0]));

    /// <summary>Every trained phrase and verb of every fact, with the first noun of its subject.</summary>
    public IEnumerable<Caption> Phrasings =>
        from fact in _facts
        from phrase in fact.Phrases.Concat(fact.Verbs)
        select new Caption(Fill(_nouns[fact.Subject][0], phrase), CaptionKind.Trained, [new Claim(fact, false)]);

    /// <summary>One plain denial of every fact.</summary>
    public IEnumerable<Caption> Denials =>
        from fact in _facts
        select new Caption(Fill(_nouns[fact.Subject][0], $"not {fact.Phrases[0]}"), CaptionKind.Trained, [new Claim(fact, true)]);

    /// <summary>Sentences in kept-back words, one for every such phrase.</summary>
    public IEnumerable<Caption> Paraphrases =>
        from fact in _facts
        from phrase in fact.HeldOut
        select new Caption(Fill(_nouns[fact.Subject][0], phrase), CaptionKind.Paraphrase, [new Claim(fact, false)]);

    /// <summary>Plain sentences that join two facts kept apart in training.</summary>
    public IEnumerable<Caption> Compositions =>
        from second in Enumerable.Range(0, _facts.Length)
        from first in Enumerable.Range(0, second)
        where IsKeptBack(first, second)
        select Join(_facts[first], _facts[second]);

    /// <summary>Draws a sentence to train on.</summary>
    public Caption Draw(ref Rng rng)
    {
        double kind = rng.NextDouble();
        if (kind < 0.04) return new Caption(Loosen(_silent[rng.Below(_silent.Length)], ref rng), CaptionKind.Trained, []);

        int first = rng.Below(_facts.Length), second = rng.Below(_facts.Length);
        bool single = kind < 0.64 || first == second || IsKeptBack(first, second);
        bool firstDenied = rng.NextDouble() < Denied, secondDenied = rng.NextDouble() < Denied;
        string text = Say(_facts[first], firstDenied, ref rng);
        if (single) return new Caption(Loosen(text, ref rng), CaptionKind.Trained, [new Claim(_facts[first], firstDenied)]);

        bool sameSubject = _facts[first].Subject == _facts[second].Subject;
        string rest = sameSubject && rng.NextDouble() < 0.7
            ? (secondDenied ? "not " : "") + _facts[second].Phrases[rng.Below(_facts[second].Phrases.Length)]
            : Say(_facts[second], secondDenied, ref rng);
        string joined = $"{text} {Joints[rng.Below(Joints.Length)]} {rest}";
        return new Caption(Loosen(joined, ref rng), CaptionKind.Trained,
            [new Claim(_facts[first], firstDenied), new Claim(_facts[second], secondDenied)]);
    }

    /// <summary>What a person's sentence claims, and whether a model was trained on its like.</summary>
    /// <returns>Null if the grammar cannot take the sentence apart.</returns>
    public Caption? Parse(string sentence)
    {
        string words = Sentence.WithoutArticles(sentence);
        if (_bare.Contains(words)) return new Caption(sentence, CaptionKind.Trained, []);
        if (_claims.TryGetValue(words, out Reading? whole)) return new Caption(sentence, whole.Kind, [whole.Claim]);

        string[] parts = words.Split(' ');
        for (int cut = 1; cut < parts.Length - 1; cut++)
        {
            if (!Joints.Contains(parts[cut])) continue;
            if (Part(parts[..cut], null) is { } first && Part(parts[(cut + 1)..], first.Claim.Fact.Subject) is { } second)
                return new Caption(sentence, KindOf(first, second), [first.Claim, second.Claim]);
        }

        return null;
    }

    private static string Fill(string noun, string phrase) => noun.Contains('*', StringComparison.Ordinal)
        ? Sentence.Normalize(noun.Replace("*", phrase, StringComparison.Ordinal))
        : Sentence.Normalize($"{noun} {phrase}");

    private static IEnumerable<(int First, int Second)> EveryFifth(int facts) =>
        from second in Enumerable.Range(0, facts)
        from first in Enumerable.Range(0, second)
        where (first + second) % 5 == 2
        select (first, second);

    private bool IsKeptBack(int first, int second) => _keptApart.Contains((first, second));

    private void Learn(Fact fact, string phrase, bool isVerb, bool heldOut)
    {
        var said = new Reading(new Claim(fact, false), heldOut);
        var denied = new Reading(new Claim(fact, true), heldOut);
        foreach (string noun in _nouns[fact.Subject])
        {
            Add(Fill(noun, phrase), said);
            if (isVerb) continue;
            Add(Fill(noun, $"is {phrase}"), said);
            Add(Fill(noun, $"not {phrase}"), denied);
            Add(Fill(noun, $"is not {phrase}"), denied);
        }

        string bare = Sentence.WithoutArticles(phrase);
        _continuations[(fact.Subject, bare)] = said;
        if (isVerb) return;
        _continuations[(fact.Subject, $"is {bare}")] = said;
        _continuations[(fact.Subject, $"not {bare}")] = denied;
        _continuations[(fact.Subject, $"is not {bare}")] = denied;
    }

    private void Add(string text, Reading reading)
    {
        string words = Sentence.WithoutArticles(text);
        if (!_claims.TryAdd(words, reading) && _claims[words].Claim.Fact != reading.Claim.Fact)
            throw new ArgumentException($"'{text}' is said of both '{_claims[words].Claim.Fact.Name}' and '{reading.Claim.Fact.Name}'.");
    }

    private Reading? Part(string[] words, string? subject)
    {
        string text = string.Join(' ', words);
        if (_claims.TryGetValue(text, out Reading? claim)) return claim;
        return subject is not null && _continuations.TryGetValue((subject, text), out Reading? rest) ? rest : null;
    }

    private CaptionKind KindOf(Reading first, Reading second)
    {
        if (first.HeldOut || second.HeldOut) return CaptionKind.Paraphrase;
        return IsKeptBack(_facts.IndexOf(first.Claim.Fact), _facts.IndexOf(second.Claim.Fact))
            ? CaptionKind.Composition
            : CaptionKind.Trained;
    }

    private Caption Join(Fact first, Fact second)
    {
        string head = Fill(_nouns[first.Subject][0], first.Phrases[0]);
        string rest = first.Subject == second.Subject ? second.Phrases[0] : Fill(_nouns[second.Subject][0], second.Phrases[0]);
        return new Caption($"{head} and {rest}", CaptionKind.Composition, [new Claim(first, false), new Claim(second, false)]);
    }

    private string Say(Fact fact, bool denied, ref Rng rng)
    {
        ImmutableArray<string> nouns = _nouns[fact.Subject];
        string noun = nouns[rng.Below(nouns.Length)];
        int choice = rng.Below(fact.Phrases.Length + (denied ? 0 : fact.Verbs.Length));
        if (choice >= fact.Phrases.Length) return Fill(noun, fact.Verbs[choice - fact.Phrases.Length]);
        string copula = rng.NextDouble() < 0.5 ? "is " : "";
        return Fill(noun, $"{copula}{(denied ? "not " : "")}{fact.Phrases[choice]}");
    }

    /// <summary>People drop articles in notes; so do one in eight of the sentences to learn from.</summary>
    private static string Loosen(string text, ref Rng rng) => rng.NextDouble() < 0.125 ? Sentence.WithoutArticles(text) : text;

    private sealed record Reading(Claim Claim, bool HeldOut)
    {
        public CaptionKind Kind => HeldOut ? CaptionKind.Paraphrase : CaptionKind.Trained;
    }
}
