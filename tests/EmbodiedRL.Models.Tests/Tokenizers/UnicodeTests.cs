using CsCheck;
using EmbodiedRL.Models.Tokenizers.Unicode;

namespace EmbodiedRL.Models.Tests.Tokenizers;

public sealed class UnicodeTests
{
    /// <summary>Letters with marks, marks of several classes, Hangul, compatibility forms, and characters beyond U+FFFF.</summary>
    private static readonly Gen<string> Text = Gen.OneOf(
        Gen.Int[0xC0, 0x17F], Gen.Int[0x300, 0x345], Gen.Int[0x1100, 0x1112], Gen.Int[0x1161, 0x1175], Gen.Int[0x11A8, 0x11C2],
        Gen.Int[0xAC00, 0xD7A3], Gen.Int[0x1E00, 0x1FFE], Gen.Int[0xFB00, 0xFB06], Gen.Int[0x1D15E, 0x1D164], Gen.Int['a', 'z'])
        .List[0, 12].Select(points => string.Concat(points.Select(char.ConvertFromUtf32)));

    [Theory]
    [InlineData("e\u0301", "é", "e\u0301")]
    [InlineData("\u1E69", "\u1E69", "s\u0323\u0307")]
    [InlineData("s\u0307\u0323", "\u1E69", "s\u0323\u0307")]           // marks are sorted by class first
    [InlineData("\uAC01", "\uAC01", "\u1100\u1161\u11A8")]
    [InlineData("\u212B", "Å", "A\u030A")]                             // a singleton is never composed again
    [InlineData("\u0958", "\u0915\u093C", "\u0915\u093C")]             // excluded from composition
    [InlineData("a\u0301\u0301", "á\u0301", "a\u0301\u0301")]
    [InlineData("\U0001D15E", "\U0001D157\U0001D165", "\U0001D157\U0001D165")]
    public void Canonical_forms_are_those_of_the_standard(string text, string composed, string decomposed)
    {
        Assert.Equal(composed, UnicodeNormalization.Nfc(text));
        Assert.Equal(decomposed, UnicodeNormalization.Nfd(text));
    }

    [Theory]
    [InlineData("ﬁ", "fi")]
    [InlineData("Ａ１", "A1")]
    [InlineData("²½", "21\u20442")]
    [InlineData("\uFF76\uFF9E", "ガ")]
    public void Compatibility_forms_are_replaced(string text, string expected) => Assert.Equal(expected, UnicodeNormalization.Nfkc(text));

    [Fact]
    public void Composing_undoes_decomposing_and_is_idempotent() => Text.Sample(text =>
    {
        string composed = UnicodeNormalization.Nfc(text), decomposed = UnicodeNormalization.Nfd(text);
        return composed == UnicodeNormalization.Nfc(decomposed) && decomposed == UnicodeNormalization.Nfd(composed)
            && composed == UnicodeNormalization.Nfc(composed) && UnicodeNormalization.Nfkc(composed) == UnicodeNormalization.Nfkc(text);
    }, iter: 2000);

    [Theory]
    [InlineData("ΣΑΣ ΑΣ. Σ", "σας ας. σ")]
    [InlineData("ΑΣ\u0301 ΑΣ'Α", "ας\u0301 ασ'α")]                      // marks and apostrophes are looked through
    [InlineData("İI", "i\u0307i")]
    [InlineData("\U00010400", "\U00010428")]
    public void Lower_case_is_Pythons(string text, string expected) => Assert.Equal(expected, Characters.PythonLower(text));

    [Fact]
    public void Lower_case_of_each_character_knows_no_final_sigma() => Assert.Equal("σασ ß ǆ", Characters.Lower("ΣΑΣ ẞ ǅ"));

    [Theory]
    [InlineData("&amp;lt; &eacute &NotEqualTilde; &notit; &unknown;", "&lt; é ≂̸ ¬it; &unknown;")]
    [InlineData("&#65;&#x42&#X43; &#0; &#128; &#xD800; &#1; &#99999999999; &#;", "ABC \uFFFD € \uFFFD  \uFFFD &#;")]
    [InlineData("no & reference", "no & reference")]
    public void References_of_HTML_are_resolved_with_or_without_semicolon(string text, string expected) =>
        Assert.Equal(expected, HtmlEntities.Unescape(text));

    [Theory]
    [InlineData("P&EACUTE;REZ &amp &amp;amp; &notit;", "PÉREZ &amp &amp; &notit;")]
    [InlineData("&#x41;&#65 &#39;", "A&#65 '")]
    public void Closed_references_need_their_semicolon(string text, string expected) =>
        Assert.Equal(expected, HtmlEntities.UnescapeClosed(text));

    [Fact]
    public void A_pattern_sees_whole_code_points()
    {
        var pattern = new CodePointPattern(@"\p{L}+|\p{N}|[^\s\p{L}\p{N}]+");
        const string Sample = "a\U0001D400b \U0001D7D8\U0001F600!";
        Assert.Equal(["a\U0001D400b", "\U0001D7D8", "\U0001F600!"], pattern.Matches(Sample).Select(range => Sample[range]));
    }

    [Fact]
    public void Bytes_come_back_from_their_alphabet()
    {
        var bytes = new List<byte>();
        Assert.True(ByteAlphabet.TryDecode(ByteAlphabet.Encode("a é\0\U0001F600"), bytes));
        Assert.Equal("a é\0\U0001F600", System.Text.Encoding.UTF8.GetString([.. bytes]));
        Assert.Equal("Ġ", ByteAlphabet.Encode(" "));
        Assert.False(ByteAlphabet.TryDecode("a b", bytes));
    }
}
