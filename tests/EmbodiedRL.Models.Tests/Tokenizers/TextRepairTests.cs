using System.Text;
using CsCheck;
using EmbodiedRL.Models.Tokenizers.Repair;

namespace EmbodiedRL.Models.Tests.Tokenizers;

public sealed class TextRepairTests
{
    [Theory]
    [InlineData("plain text", "plain text")]
    [InlineData("itâ€™s a cafÃ©", "it's a café")]
    [InlineData("âœ” No problems", "✔ No problems")]
    [InlineData("l’humanitÃ©", "l'humanité")]                                   // only a part is broken
    [InlineData("voilÃ  le travail", "voilà le travail")]                       // byte A0 became a space
    [InlineData("â€œquotedâ€\uFFFD", "\"quoted\uFFFD")]                         // a byte was lost
    [InlineData("\u0093quoted\u0094", "\"quoted\"")]                            // C1 controls
    [InlineData("ñandú, Brontë, Ærø, £5, 20°, naïve", "ñandú, Brontë, Ærø, £5, 20°, naïve")]
    [InlineData("&lt;3 &EACUTE;", "<3 É")]
    [InlineData("<b>&lt;3</b>", "<b>&lt;3</b>")]                                // real HTML keeps its entities
    [InlineData("a\n<b>\n&amp;", "a\n<b>\n&amp;")]                              // also on later lines
    [InlineData("&amp;amp;", "&")]                                              // until nothing changes
    [InlineData("ﬁne Ĳ ǆ", "fine IJ dž")]
    [InlineData("ＬＯＵＤ　ﾉｲｽﾞ", "LOUD ノイズ")]
    [InlineData("“a” ‘b’ „c‟ dʼe", "\"a\" 'b' \"c\" d'e")]
    [InlineData("a\r\nb\rc\u2028d\u2029e", "a\nb\nc\nd\ne")]
    [InlineData("a\0b\u0007\u007F\uFEFF\u206Ac\t", "abc\t")]
    [InlineData("\u001B[36;44mblue\u001B[0m", "blue")]
    [InlineData("e\u0301", "é")]
    public void Text_is_repaired(string text, string expected) => Assert.Equal(expected, TextRepair.Repair(text));

    public static TheoryData<string> Sentences =>
    [
        "Вот и всё, что было", "Ελληνικά είναι η γλώσσα", "Příliš žluťoučký kůň úpěl", "日本語の文章です", "naïve façade — déjà vu…",
        "ガンダム ☃ ✔ 🤖 robots", "Tiếng Việt rất đẹp",
    ];

    /// <summary>UTF-8 that is read as Windows-1252 or Latin-1, once or twice, comes back.</summary>
    [Theory, MemberData(nameof(Sentences))]
    public void Mojibake_is_undone(string sentence)
    {
        string expected = TextRepair.Repair(sentence);
        string latin = Garble(sentence, "latin-1"), windows = Garble(sentence, "sloppy-windows-1252");
        Assert.Equal(expected, TextRepair.Repair(latin));
        Assert.Equal(expected, TextRepair.Repair(windows));
        Assert.Equal(expected, TextRepair.Repair(Garble(windows, "sloppy-windows-1252")));
    }

    [Theory]
    [InlineData("sloppy-windows-1251", "Вот и всё, что было")]
    [InlineData("sloppy-windows-1250", "naïve façade — déjà vu")]
    [InlineData("sloppy-windows-1253", "Ελληνικά")]
    [InlineData("sloppy-windows-1254", "déjà vu — naïve")]
    [InlineData("sloppy-windows-1257", "déjà vu — naïve")]
    [InlineData("macroman", "un régime équilibré — gâteaux")]
    [InlineData("cp437", "régime équilibré")]
    public void Mojibake_of_other_encodings_is_undone(string encoding, string sentence) =>
        Assert.Equal(sentence, TextRepair.Repair(Garble(sentence, encoding)));

    [Fact]
    public void A_lone_surrogate_is_replaced_and_a_pair_is_kept() =>
        Assert.Equal("x\uFFFDy\U0001F600", TextRepair.Repair("x\uD83Dy\U0001F600"));

    [Fact]
    public void Repair_is_idempotent_and_leaves_ascii_alone()
    {
        Gen.Char[' ', '~'].Array[0, 40].Select(characters => new string(characters))
            .Where(text => !text.Contains('&'))
            .Sample(text => TextRepair.Repair(text) == text, iter: 500);
        // No line breaks: the lines of a result are judged one by one.
        Gen.OneOf(Gen.Char['\u0080', '\u00FF'], Gen.Char['\u0391', '\u03C9'], Gen.Char['\u2010', '\u2027'], Gen.Char[' ', '~'])
            .Array[0, 16].Select(characters => new string(characters))
            .Sample(text => TextRepair.Repair(text) is { } once && (once.Contains('&') || TextRepair.Repair(once) == once), iter: 3000);
    }

    /// <summary>The UTF-8 bytes of a text, read as a single-byte encoding.</summary>
    private static string Garble(string text, string encoding)
    {
        SingleByteEncoding found = SingleByteEncoding.All.Single(each => each.Name == encoding);
        var characters = new Dictionary<char, char>();
        for (int point = 0xFFFF; point >= 0; point--)
            if (found.Encode(((char)point).ToString()) is { } one) characters[one[0]] = (char)point;
        return string.Concat(Encoding.UTF8.GetBytes(text).Select(value => characters.GetValueOrDefault((char)value, (char)value)));
    }
}
