using EmbodiedRL.Core.Facts;
using Xunit;

namespace EmbodiedRL.Core.Tests;

public class PhrasePatternTests
{
    [Fact]
    public void Every_draw_matches_and_every_choice_is_drawn()
    {
        var pattern = PhrasePattern.Parse("touching the [red|bright red|] [ball|sphere]");
        var rng = Rng.For(1, "draws");
        var drawn = new HashSet<string>();
        for (int i = 0; i < 200; i++)
        {
            string text = pattern.Draw(ref rng);
            Assert.True(pattern.IsMatch(Sentence.WithoutArticles(text).Split(' ')), text);
            drawn.Add(text);
        }

        Assert.Equal(6, drawn.Count);
        Assert.Contains("touching the bright red sphere", drawn);
        Assert.Contains("touching the ball", drawn);
        Assert.Equal("touching the red ball", pattern.Plainest);
    }

    [Theory]
    [InlineData("touching red ball", true)]
    [InlineData("touching ball", true)]
    [InlineData("touching red", false)]
    [InlineData("touching red ball now", false)]
    public void Only_its_wordings_match(string words, bool expected) =>
        Assert.Equal(expected, PhrasePattern.Parse("touching the [red|bright red|] [ball|sphere]").IsMatch(words.Split(' ')));

    [Fact]
    public void Ambiguous_choices_are_all_followed() =>
        Assert.Equal([1, 2], PhrasePattern.Parse("[lying|lying down]").Match(["lying", "down"], 0));

    [Fact]
    public void Brackets_nest()
    {
        var pattern = PhrasePattern.Parse("go [to the [left|right] end|home [now|]]");
        foreach (string said in new[] { "go to left end", "go to right end", "go home now", "go home" })
            Assert.True(pattern.IsMatch(said.Split(' ')), said);
        Assert.False(pattern.IsMatch(["go", "to", "left", "home"]));
    }

    [Theory]
    [InlineData("the [red [ball]")]
    [InlineData("the [red ball")]
    [InlineData("the red] ball")]
    public void A_bracket_without_its_other_half_is_an_error(string text) =>
        Assert.Throws<ArgumentException>(() => PhrasePattern.Parse(text));
}
