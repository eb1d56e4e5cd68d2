using EmbodiedRL.Core;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Models.Encoders;

namespace EmbodiedRL.Training.Captioning;

/// <summary>Sentence of a measurement.</summary>
/// <param name="Kind">trained, paraphrase, composition, denial, or left out.</param>
/// <param name="Caption">With its claims.</param>
internal sealed record MeasuredSentence(string Kind, Caption Caption);

/// <summary>Choice of the sentences that a model is measured by.</summary>
internal static class MeasuredSentences
{
    /// <summary>The kind that conditions and negatives are measured by.</summary>
    public const string Trained = "trained";

    /// <summary>The kind of sentences about facts that the model's own record of this environment does not have.</summary>
    public const string LeftOut = "left out";

    // Of an environment with more facts than this, a seeded choice is measured.
    private const int ManyFacts = 100;
    private const int MostOfKind = 200;
    private const int MostCompositions = 100;

    /// <summary>Every phrase, paraphrase, composition and denial of what an image can show, or a choice of very many.</summary>
    /// <param name="grammar">Of the environment.</param>
    /// <param name="info">The environment.</param>
    /// <param name="seed">Of the choice.</param>
    /// <param name="taught">What the model was taught of the environment; null if it keeps no record of it.</param>
    public static IReadOnlyList<MeasuredSentence> Of(CaptionGrammar grammar, EnvironmentInfo info, ulong seed,
        TaughtEnvironment? taught = null)
    {
        HashSet<string>? facts = taught is null ? null : [.. taught.Facts.Select(fact => fact.Name)];
        bool many = info.Facts.Length > ManyFacts;
        int most = many ? MostOfKind : int.MaxValue;
        return
        [
            .. Choose(Trained, OnePerFact(grammar.Phrasings), most),
            .. Choose("paraphrase", OnePerFact(grammar.Paraphrases), most),
            .. Choose("composition", grammar.Compositions, many ? MostCompositions : int.MaxValue),
            .. Choose("denial", grammar.Denials, most),
        ];

        string KindOf(string kind, Caption caption) =>
            facts is not null && caption.Claims.Any(claim => !facts.Contains(claim.Fact.Name)) ? LeftOut : kind;

        IEnumerable<Caption> OnePerFact(IEnumerable<Caption> captions) =>
            many ? captions.DistinctBy(caption => caption.Claims[0].Fact.Name) : captions;

        IEnumerable<MeasuredSentence> Choose(string kind, IEnumerable<Caption> captions, int limit)
        {
            Caption[] all = [.. captions.Where(caption => caption.Claims.All(claim => claim.Fact.IsVisible))];
            int[] places = [.. Enumerable.Range(0, all.Length)];
            if (all.Length > limit)
            {
                var rng = Rng.For(seed, $"{info.Name}/{kind}");
                rng.Shuffle(places);
                places = [.. places.Take(limit).Order()];
            }

            return places.Select(place => new MeasuredSentence(KindOf(kind, all[place]), all[place]));
        }
    }
}
