using System.Collections.Immutable;

namespace EmbodiedRL.Core.Facts;

/// <summary>Words that people put into a sentence and that change nothing of what it claims, and their plainer equals.</summary>
/// <remarks>None denies, weakens or counts: "almost", "hardly", "only" are no fillers. A sentence is read as it is before it is read
/// without them.</remarks>
internal static class Fillers
{
    /// <summary>Before a fact's wording: "the pole is really upright".</summary>
    public static PhrasePattern Inner { get; } =
        PhrasePattern.Parse("[just|really|simply|actually|definitely|clearly|certainly|now|again|right now|all|still]");

    /// <summary>After a clause.</summary>
    public static PhrasePattern Last { get; } = PhrasePattern.Parse(
        "[at the moment|right now|over there|there|here|if you can|for once|this time|today|as you can see|for me please|for us|at once]");

    /// <summary>Comparisons after a clause.</summary>
    public static PhrasePattern Simile { get; } =
        PhrasePattern.Parse("[like a [tree|statue|stick|bird|child|clock]|as if [asleep|by magic]|as [always|usual]]");

    /// <summary>What may be left out, or be said in plainer words.</summary>
    public static ImmutableArray<(string[] Said, string[] Plain)> Rules { get; } =
    [
        .. new[]
        {
            "just", "really", "simply", "actually", "definitely", "clearly", "certainly", "now", "again", "right now", "all", "still",
            "at moment", "over there", "if you can", "for once", "this time", "today", "as you can see", "for me", "for us", "at once",
            "please", "there", "here", "quite", "very", "that", "this", "some kind of", "some sort of", "nicely", "properly",
            "completely", "perfectly", "totally", "directly", "exactly", "over", "poor", "whole", "stubborn", "bang", "as always",
            "as usual", "well", "look", "hey",
            "around here", "in there somewhere", "own", "bolt", "smack", "dead", "mate", "altogether", "in total", "in all",
            "somewhere", "at all", "any more", "yet", "going on", "on job", "at that", "anywhere", "along", "lying about", "by itself",
            "quickly", "slowly", "gently", "carefully", "would you",
        }.Select(words => (words.Split(' '), Array.Empty<string>())),
        .. Swaps.Select(swap => (swap.Said.Split(' '), swap.Plain.Split(' '))),
    ];

    /// <summary>Pairs of what may be said and the plainer words for it.</summary>
    private static IEnumerable<(string Said, string Plain)> Swaps =>
    [
        ("centre", "center"), ("left hand side", "left"), ("right hand side", "right"), ("left hand", "left"), ("right hand", "right"),
        ("leftwards", "left"), ("rightwards", "right"), ("leftward", "left"), ("rightward", "right"), ("towards", "to"), ("toward", "to"),
        ("your", "its"), ("his", "its"), ("her", "its"), ("him", "it"), ("them", "it"), ("has got", "has"), ("is got", "has"),
        ("ground", "floor"), ("sat", "sitting"), ("stood", "standing"), ("hand side", "side"), ("coloured", "colored"),
        ("up against", "against"), ("at moment", "now"), ("ones", "things"),
        ("right at", "at"), ("right on", "on"), ("right in", "in"), ("right over", "over"), ("right down", "down"), ("right to", "to"),
        ("right up", "up"), ("right against", "against"), ("smack in", "in"),
        ("dead straight", "straight"), ("bolt upright", "upright"), ("back to", "to"), ("back on", "on"), ("right back", "back"),
        ("on top of cart", "on cart"), ("upward", "upwards"), ("downward", "downwards"), ("it will", "it can"),
    ];

    /// <summary>Swaps that are drawn too.</summary>
    public static ImmutableArray<(string Said, string Plain)> Drawn { get; } =
    [
        (" centre ", " center "), (" to the left hand side ", " to the left "), (" to the right hand side ", " to the right "),
        (" right at ", " at "), (" right on ", " on "), (" back to ", " to "),
        (" towards the left ", " to the left "), (" towards the right ", " to the right "), (" leaning leftwards ", " leaning left "),
        (" leaning rightwards ", " leaning right "), (" smack in ", " in "), (" dead straight ", " straight "),
        (" bolt upright ", " upright "), (" his ", " its "), (" her ", " its "), (" your ", " its "), (" ground ", " floor "),
    ];

    /// <summary>Every word that can be drawn.</summary>
    public static IEnumerable<string> Words =>
        ["that", .. Inner.Words, .. Last.Words, .. Simile.Words, .. Drawn.SelectMany(swap => Sentence.Words(swap.Said))];

    /// <summary>A sentence of a comparison's length at most, without its last comparison; null if it has none that may go.</summary>
    public static string[]? WithoutSimile(string[] words)
    {
        for (int at = words.Length - 2; at >= 1; at--)
        {
            if (!Begins(words, at)) continue;
            int end = Array.IndexOf(words, ",", at);
            string[] tail = end < 0 ? words[at..] : words[at..end];
            if (tail.Length > 10 || tail.Skip(2).Any(Stops.Contains)) return null;
            int start = words[at] == "as" && at > 1 && words[at - 2] == "as" ? at - 2 : at;
            string[] between = start == at ? [] : [words[at - 1]];
            return [.. words[..start], .. between, .. end < 0 ? [] : words[end..]];
        }

        return null;
    }

    // A comparison that denies, or that a second clause follows, is not left out.
    private static readonly HashSet<string> Stops =
    [
        "not", "no", "never", "without", "nothing", "nobody", "none", "neither", "nor", "and", "but", "with", "while", "than", "except",
        "instead", "unless", "hardly", "barely", "possible", "can", "will", "it", "used", "before", "should", "must",
    ];

    /// <summary>Whether leaving out words after a denying word would turn the sense: "not just", "not completely".</summary>
    public static bool Narrows(string before, string[] said) =>
        before is "not" or "never" or "no" or "without" or "nothing" && !Sure.Contains(said[0]);

    private static readonly HashSet<string> Sure =
        ["definitely", "certainly", "clearly", "really", "actually", "properly", "at", "now", "quite", "any", "quickly", "today"];

    private static bool Begins(string[] words, int at) => words[at] switch
    {
        "like" => words[at - 1] is not ("would" or "i" or "we" or "you" or "to" or "looks" or "look" or "is" or "not" or "seems"),
        "as" => words[at + 1] is "a" or "an" or "if" or "though" or "in",
        _ => false,
    };
}
