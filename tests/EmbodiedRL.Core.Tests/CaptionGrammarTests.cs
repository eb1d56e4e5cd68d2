using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Core.Tests;

public class CaptionGrammarTests
{
    private static readonly CaptionGrammar Grammar = new(Weather());

    [Theory]
    [InlineData("a pole on a cart standing upright", "upright", false, CaptionKind.Trained)]
    [InlineData("A pole standing UPRIGHT on a cart.", "upright", false, CaptionKind.Trained)]
    [InlineData("pole is upright", "upright", false, CaptionKind.Trained)]
    [InlineData("the pole stands upright", "upright", false, CaptionKind.Trained)]
    [InlineData("the pole is not upright", "upright", true, CaptionKind.Trained)]
    [InlineData("a pole standing straight up on a cart", "upright", false, CaptionKind.Paraphrase)]
    [InlineData("upright", "upright", false, CaptionKind.Trained)]
    [InlineData("Make the pole stand upright, please!", "upright", false, CaptionKind.Trained)]
    [InlineData("Could you balance the pole?", "upright", false, CaptionKind.Trained)]
    [InlineData("The pole isn't upright.", "upright", true, CaptionKind.Trained)]
    [InlineData("the pole won't stand upright", "upright", true, CaptionKind.Trained)]
    [InlineData("Don't let the pole stand upright", "upright", true, CaptionKind.Trained)]
    [InlineData("Never balance the pole", "upright", true, CaptionKind.Trained)]
    [InlineData("The pole is anything but hanging.", "hanging", true, CaptionKind.Trained)]
    [InlineData("there is a red cube on the table", "red-cube", false, CaptionKind.Trained)]
    [InlineData("there's no red cube on the table", "red-cube", true, CaptionKind.Trained)]
    [InlineData("I see no crimson box anywhere", "red-cube", true, CaptionKind.Trained)]
    [InlineData("the pole is whirling", "whirling", false, CaptionKind.Unseen)]
    public void A_sentence_is_taken_apart(string sentence, string fact, bool denied, CaptionKind kind)
    {
        Caption caption = Grammar.Parse(sentence)!;
        Claim claim = Assert.Single(caption.Claims);
        Assert.Equal((fact, denied, kind), (claim.Fact.Name, claim.Denied, caption.Kind));
    }

    [Theory]
    [InlineData("the pole is upright and the cart is left", "upright,left", CaptionKind.Trained)]
    [InlineData("the pole is hanging with the cart in the middle", "hanging,middle", CaptionKind.Composition)]
    [InlineData("a pole upright and not hanging", "upright,hanging", CaptionKind.Trained)]
    public void Two_claims_are_joined(string sentence, string facts, CaptionKind kind)
    {
        Caption caption = Grammar.Parse(sentence)!;
        Assert.Equal(facts, string.Join(',', caption.Claims.Select(claim => claim.Fact.Name)));
        Assert.Equal(kind, caption.Kind);
    }

    [Theory]
    [InlineData("the rod points at the sky")]
    [InlineData("the cart is upright")]
    [InlineData("a cart is balancing on a pole and the pole is upright")]
    [InlineData("please")]
    [InlineData("")]
    public void What_it_cannot_take_apart_it_does_not_guess(string sentence) => Assert.Null(Grammar.Parse(sentence));

    [Theory]
    [InlineData("the pole is upright, not hanging", "upright+,hanging-")]
    [InlineData("the pole isn't hanging but upright", "hanging-,upright+")]
    [InlineData("the pole is upright instead of hanging", "upright+,hanging-")]
    [InlineData("the pole is upright and the cart isn't left", "upright+,left-")]
    [InlineData("a red cube but no blue ball", "red-cube+,blue-ball-")]
    public void What_is_denied_is_told_from_what_is_not(string sentence, string claims) =>
        Assert.Equal(claims,
            string.Join(',', Grammar.Parse(sentence)!.Claims.Select(claim => $"{claim.Fact.Name}{(claim.Denied ? '-' : '+')}")));

    [Fact]
    public void A_falsehood_is_known_as_one()
    {
        Caption caption = Grammar.Parse("A cart standing on the pole.")!;
        Assert.True(caption.IsFalsehood);
        Assert.Equal(0, caption.Truth([1, 1]));
        Assert.Empty(caption.Measures);
    }

    [Fact]
    public void What_holds_in_a_state_is_drawn_more_often_where_the_state_is_known()
    {
        float[] state = [0.9f, 0.9f];
        double Mean(bool known)
        {
            var rng = Rng.For(7, "captions");
            return Enumerable.Range(0, 2000).Average(_ => (known ? Grammar.Draw(ref rng, state) : Grammar.Draw(ref rng)).Truth(state));
        }

        Assert.True(Mean(known: true) > Mean(known: false) + 0.1);
    }

    [Fact]
    public void A_named_draw_begins_with_its_subject()
    {
        var rng = Rng.For(5, "captions");
        for (int i = 0; i < 100; i++)
        {
            Caption drawn = Grammar.DrawNamed(ref rng);
            Assert.Equal(drawn.Claims, Grammar.Parse(drawn.Text)!.Claims);
            Assert.Matches("pole|cart|there|see", drawn.Text);
        }
    }

    [Fact]
    public void The_bare_noun_claims_nothing_and_is_always_true()
    {
        Caption caption = Grammar.Parse("a pole on a cart")!;
        Assert.Empty(caption.Claims);
        Assert.Equal(1, caption.Truth([0.2f, 0]));
        Assert.Empty(caption.Measures);
    }

    [Fact]
    public void Truth_is_the_product_of_claims_and_denial_its_complement()
    {
        // upright = s0, left = s1: 0.8 * (1 - 0.25) = 0.6
        Caption caption = Grammar.Parse("the pole is upright and the cart is not left")!;
        Assert.Equal(0.6f, caption.Truth([0.8f, 0.25f]), 6);
    }

    [Fact]
    public void A_goal_is_judged_by_the_measures_of_all_its_facts_or_by_none()
    {
        Assert.Equal(["upright"], Grammar.Parse("the pole is upright")!.Measures);
        Assert.Empty(Grammar.Parse("the pole is not upright")!.Measures);
        Assert.Empty(Grammar.Parse("the pole is upright and the cart is left")!.Measures);
    }

    [Fact]
    public void What_is_drawn_is_understood_and_never_kept_back()
    {
        var rng = Rng.For(5, "captions");
        var facts = new HashSet<string>();
        for (int i = 0; i < 3000; i++)
        {
            Caption drawn = Grammar.Draw(ref rng);
            Caption? parsed = Grammar.Parse(drawn.Text);
            Assert.True(parsed is not null, drawn.Text);
            Assert.Equal(CaptionKind.Trained, parsed.Kind);
            Assert.True(drawn.Claims.SequenceEqual(parsed.Claims), drawn.Text);
            foreach (Claim claim in drawn.Claims) facts.Add($"{claim.Fact.Name}{claim.Denied}");
        }

        Assert.Equal(12, facts.Count);
    }

    /// <summary>Rewards measure from the baseline: a model that never read it would measure from anywhere.</summary>
    [Fact]
    public void The_baseline_is_trained_even_where_it_is_no_noun()
    {
        var grammar = new CaptionGrammar(Weather() with { Baseline = "A scene with a pole" });
        var rng = Rng.For(5, "captions");
        string[] silent = [.. Enumerable.Range(0, 3000)
            .Select(_ => grammar.Draw(ref rng))
            .Where(caption => caption.Claims.IsEmpty)
            .Select(caption => caption.Text)];
        foreach (string text in new[] { "a scene with a pole", "a pole on a cart", "the pole", "the cart" }) Assert.Contains(text, silent);
    }

    [Fact]
    public void Every_phrasing_and_every_denial_is_listed_as_trained()
    {
        Assert.Equal(
            [
                "a pole on a cart hanging", "the cart left", "the cart in the middle", "a pole on a cart standing upright",
                "a pole on a cart upright", "a pole on a cart stands upright", "stand upright", "balance the pole",
                "there is a red cube", "there is a blue ball"
            ],
            Grammar.Phrasings.Select(caption => caption.Text));
        Assert.Equal(6, Grammar.Denials.Count());
        Assert.All(Grammar.Phrasings.Concat(Grammar.Denials), listed =>
        {
            Caption parsed = Grammar.Parse(listed.Text)!;
            Assert.Equal(CaptionKind.Trained, parsed.Kind);
            Assert.True(listed.Claims.SequenceEqual(parsed.Claims), listed.Text);
        });
    }

    [Fact]
    public void What_is_kept_back_is_known_by_its_words()
    {
        Assert.All(Grammar.Paraphrases, caption => Assert.Equal(CaptionKind.Paraphrase, Grammar.Parse(caption.Text)!.Kind));
        Assert.All(Grammar.Compositions, caption => Assert.Equal(CaptionKind.Composition, Grammar.Parse(caption.Text)!.Kind));
        Assert.NotEmpty(Grammar.Compositions);
        foreach (Caption caption in Grammar.Paraphrases.Concat(Grammar.Compositions))
            Assert.Subset(Grammar.Vocabulary.ToHashSet(), Sentence.Words(caption.Text).ToHashSet());
    }

    [Fact]
    public void Contractions_are_spelled_out()
    {
        Assert.Equal("it is not that we can not or will not", Sentence.Normalize("It isn't that we can't or won't"));
        Assert.Equal("the pole is up i would", Sentence.Normalize("The pole\u2019s up; I'd"));
        Assert.Equal("t s shirts", Sentence.Normalize("t s shirts"));
    }

    [Fact]
    public void A_fact_of_a_subject_that_is_not_there_is_refused()
    {
        EnvironmentInfo info = Weather();
        Assert.Throws<UnknownNameException>(() => new CaptionGrammar(info with { Subjects = [info.Subjects[0]] }));
    }

    [Fact]
    public void One_wording_for_two_facts_is_refused()
    {
        EnvironmentInfo info = Weather();
        Fact twin = info.Facts[0] with { Name = "twin" };
        Assert.Contains("hanging",
            Assert.Throws<ArgumentException>(() => new CaptionGrammar(info with { Facts = [.. info.Facts, twin] })).Message,
            StringComparison.Ordinal);
    }

    private static EnvironmentInfo Weather() => new()
    {
        Name = "poles",
        Summary = "",
        Observations = new ObservationSpec(new FieldSpec("x")),
        Actions = ActionSpec.Discrete("choice", 2),
        State = new StateSpec(new FieldSpec("s", 2)),
        Scene = new SceneDescription { Geoms = [], Cameras = [], Lights = [] },
        Camera = "front",
        EpisodeSteps = 1,
        ControlTimestep = 1,
        Baseline = "a pole on a cart",
        DefaultGoal = "a pole on a cart standing upright",
        Measures = [],
        Subjects =
        [
            new Subject("pole", ["a pole on a cart", "a pole * on a cart", "the pole"]), new Subject("cart", ["the cart"]),
            new Subject("scene", ["there is *", "i see * on the table", "there is * on the table"]) { IsExistential = true },
        ],
        Falsehoods = ["a cart [standing|balancing] on a pole"],
        Facts =
        [
            new Fact("hanging", "pole", ["hanging"], [], state => 1 - state[0], "hanging"),
            new Fact("left", "cart", ["left"], [], state => state[1]),
            new Fact("middle", "cart", ["in the middle"], ["in the left middle"], state => 1 - state[1]),
            new Fact("upright", "pole", ["standing upright", "upright"], ["standing straight up"], state => state[0], "upright")
            {
                Verbs = ["stands upright"],
                Infinitives = ["stand upright"],
                Imperatives = ["balance the pole"],
            },
            new Fact("whirling", "pole", ["whirling"], [], state => state[1]) { IsVisible = false },
            new Fact("red-cube", "scene", ["a [red|crimson] [cube|box]"], [], state => state[0]),
            new Fact("blue-ball", "scene", ["a blue ball"], ["a blue sphere"], state => state[1]),
        ],
    };
}
