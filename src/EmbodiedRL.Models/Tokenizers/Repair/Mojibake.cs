using System.Text.RegularExpressions;
using EmbodiedRL.Models.Tokenizers.Unicode;

namespace EmbodiedRL.Models.Tokenizers.Repair;

/// <summary>Mojibake: text whose UTF-8 bytes were decoded as something else, told by characters that hardly ever stand together.</summary>
/// <remarks>
/// Classes of characters and the sequences of them are those of ftfy 6.3.1 (Robyn Speer, Apache 2.0), so that the same texts are
/// repaired: models were trained on what it gives.
/// </remarks>
internal static class Mojibake
{
    /// <summary>Classes of characters, by the letter that sequences name them with.</summary>
    private static readonly Dictionary<char, string> Classes = new()
    {
        ['c'] = @"\u0080-\u009F",                                                    // C1 controls
        ['o'] = @"\u00A0\u00AD\u00B7\u00B4\u2013\u2014\u2015\u2026\u2019",           // common in other texts too
        ['b'] = "¦¤¨¬¯¸ƒˆˇ˘˛˜†‡‰⌐◊\uFFFDªº",                                          // nearly always broken
        ['w'] = "¶§",                                                                // law
        ['$'] = "¢£¥₧€",                                                             // currency
        ['('] = "¡«¿©΄΅‘‚“„•‹\uF8FF",                                                // punctuation that begins
        [')'] = "®»˝”›™",                                                            // punctuation that ends
        ['n'] = "²³¹±¼½¾×µ÷⁄∂∆∏∑√∞∩∫≈≠≡≤≥№",                                         // numeric
        ['k'] = "Ò-ÖÙ-Üò-öø-üŐŌŪŲ°",                                                 // faces of emoticons
        ['U'] = "À-ÑØÜÝĂĀĄĆČĎĐĘĚĒĖĞĢİĪĶĹĽŁĻŃŇŅŒŘŚŞŠŢŤŮŰŸŹŻŽҐ",                       // upper case with accents
        ['l'] = "ßà-ñăąāćčďđęěēėğģįīķĺľłļœŕśşšťüźżžґﬁﬂ",                             // lower case with accents
        ['G'] = "ÞΑ-ΩΆΈΉΊΌΎΏΪΫЁ-Я",                                                  // upper case of other scripts
        ['g'] = "α-ωάέήίΰа-џ",                                                       // lower case of other scripts
        ['x'] = "│┌┐┘├┤┬┼═-╬▀▄█▌▐░▒▓",                                               // boxes
    };

    /// <summary>Sequences: a word of letters is a union of classes, in brackets a set of characters, other text is a pattern.</summary>
    private static readonly string[] Sequences =
    [
        "c",
        "blUx()$nw b",
        "[a-zA-Z] gG b",
        "b lUx()$nw",
        "lgx)$n U",
        "x)$n l",
        "lx) $",
        @"\s U $",
        "Ux nw",
        "lUx$) ( n",
        "lU$nxw ) (",
        "$nx (",
        "[a-z] U ($",
        "x k",
        "lU$n()w x",
        "x )",
        @"lU () [\p{L}\p{N}_]",
        "[Œœ] [^A-Za-z]",
        "U [°]",
        @"[ÂÃÎÐ] ()+[€œŠš¢£Ÿž\u00A0\u00AD®©°·»–—´]",
        "[×] [²³]",
        "[ØÙ] o$bn(+[ŸŠ®°µ»] [ØÙ] o$bn(+[ŸŠ®°µ»]",
        "[à] [²µ¹¼½¾]",
        "[√] [±∂†≠®™´≤≥¥µø]",
        "[≈] [°¢]",
        "[‚] [Ä] [ìîïòôúùû†°¢π]",
        "[‚] [âó] [àä°ê]",
        "[в] [Ђ]",
        "[ВГРС] cb()$+[°µ] [ВГРС]",
        @"[Г] [ў] [В] [Ђ] [В] [^\n] [A-Za-z\u0020]",
        @"[Ã] [\u00A0¡]",
        @"[a-z] \s? [ÃÂ] [\u0020]",
        @"^ [ÃÂ] [\u0020]",
        @")+[a-z.,?!] [Â] ()+[\u0020]",
        @"[β] [€] [™\u00A0Ά\u00AD®°]",
        "[ΒΓΞΟ] cb()$+[°] [ΒΓΞΟ]",
        "[ā] [€]",
    ];

    /// <summary>What bytes of UTF-8 look like in such encodings: lead bytes of two, three and four, and bytes that follow.</summary>
    private const string LeadOfTwo = "ĂÂÄĀÅÃÆĆČÇĎĐÉĚÊËĖÈĒĘÐĞĢÍÎÏİÌĪĶĹĻŁŃŇŅÑÓÔÖŐÒŌØÕŘŚŠŞŢÞÚÛÜŰÙŪŲŮÝŹŽŻß×"
            + "ΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩΪΫάέήίВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ",
        LeadOfThree = "áăâäàāąåãæćčçďéěêëėèēęģíîïìīįķĺļŕźΰαβγδεζηθικλμνξοабвгдежзийклмноп",
        LeadOfFour = "đðğóšπσру",
        Following = @"\u0080-\u00BFĄÆĽŁØŖŚŠŞŤŸŹŽŻŒąæƒľłøŗśšşťźžżœˆˇ˘˛˜˝΄΅ΆΈΉΊΌΎΏЁЂЃЄЅІЇЈЉЊЋЌЎЏёђѓєѕіїјљњћќўџҐґ†‡‰‹›€№™",
        AlsoFollowing = @"\u0020–—―‘’‚“”„•…";

    private static readonly Lazy<CodePointPattern> Bad = new(() => Compile(string.Join('|', Sequences.Select(SequencePattern))));

    private static readonly Lazy<CodePointPattern> Embedded = new(() =>
    {
        string next = $"[{Following}{AlsoFollowing}]";
        return Compile($"(?<![{Following}])(?:[{LeadOfTwo}]{next}|[{LeadOfThree}]{next}{{2}}|[{LeadOfFour}]{next}{{3}})+");
    });

    /// <summary>Whether a text seems to be mojibake.</summary>
    public static bool IsBad(string text) => Bad.Value.IsMatch(text);

    /// <summary>Replaces the parts of a text that look like UTF-8.</summary>
    public static string ReplaceEmbedded(string text, Func<string, string> replacement) => Embedded.Value.Replace(text, replacement);

    private static CodePointPattern Compile(string pattern) =>
        new(new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.Compiled));

    private static string SequencePattern(string sequence) => string.Concat(sequence.Split(' ').Select(Element));

    private static string Element(string element)
    {
        if (element[0] is '[' or '\\' or '^') return element;
        int plus = element.IndexOf('+', StringComparison.Ordinal);
        string classes = plus < 0 ? element : element[..plus];
        string more = plus < 0 ? "" : element[(plus + 2)..^1];
        return $"[{string.Concat(classes.Select(each => Classes[each]))}{more}]";
    }
}
