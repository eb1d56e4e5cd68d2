using System.Text.Json;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;

namespace EmbodiedRL.Envs.Tests;

/// <summary>That every shipped environment's sentences can be said, and are understood as what they were drawn as.</summary>
public sealed class CaptionTests
{
    public static TheoryData<string> Names => [.. EnvironmentCatalog.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void What_is_drawn_is_understood(string name)
    {
        var grammar = new CaptionGrammar(Info(name));
        var rng = Rng.For(11, "captions");
        var misread = new List<string>();
        for (int i = 0; i < 1500; i++)
        {
            Caption drawn = i % 8 == 0 ? grammar.DrawNamed(ref rng) : grammar.Draw(ref rng);
            Caption? parsed = grammar.Parse(drawn.Text);
            if (parsed is not { Kind: CaptionKind.Trained } || !drawn.Claims.SequenceEqual(parsed.Claims)
                || drawn.IsFalsehood != parsed.IsFalsehood)
                misread.Add($"{drawn.Text} [{Said(drawn)}] is read as [{Said(parsed)}]");
        }

        Assert.True(misread.Count == 0, $"{misread.Count}: {string.Join('\n', misread.Take(20))}");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void What_is_listed_is_understood(string name)
    {
        EnvironmentInfo info = Info(name);
        var grammar = new CaptionGrammar(info);
        Caption[] listed = [.. grammar.Phrasings, .. grammar.Denials, .. grammar.Paraphrases, .. grammar.Compositions.Take(100)];
        foreach (Caption caption in listed)
        {
            Caption? parsed = grammar.Parse(caption.Text);
            Assert.True(parsed is not null && parsed.Kind == caption.Kind && parsed.Claims.SequenceEqual(caption.Claims),
                $"{caption.Text} [{Said(caption)}] is read as {parsed?.Kind} [{Said(parsed)}]");
            Assert.Subset(grammar.Vocabulary.ToHashSet(), Sentence.Words(caption.Text).ToHashSet());
        }

        Assert.All(info.Facts.Where(fact => fact.IsVisible), fact => Assert.NotEmpty(fact.HeldOut));
        Assert.Empty(grammar.Parse(info.Baseline)!.Claims);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_vocabulary_is_that_of_people(string name) => Assert.InRange(new CaptionGrammar(Info(name)).Vocabulary.Length, 150, 600);

    /// <summary>A person's sentence may be refused; one that is read as something else would train a policy to do it.</summary>
    [Theory]
    [InlineData("cartpole", "sentences", 29)]
    [InlineData("cartpole", "sentences-apart", 29)]
    [InlineData("cartpole", "sentences-fresh", 16)]
    [InlineData("color-reacher", "sentences", 27)]
    [InlineData("color-reacher", "sentences-apart", 29)]
    [InlineData("color-reacher", "sentences-fresh", 21)]
    [InlineData("half-cheetah", "sentences", 20)]
    [InlineData("half-cheetah", "sentences-apart", 24)]
    [InlineData("half-cheetah", "sentences-fresh", 16)]
    [InlineData("humanoid", "sentences", 26)]
    [InlineData("humanoid", "sentences-apart", 29)]
    [InlineData("humanoid", "sentences-fresh", 21)]
    [InlineData("tabletop", "sentences", 18)]
    [InlineData("tabletop", "sentences-apart", 23)]
    [InlineData("tabletop", "sentences-fresh", 15)]
    public void Sentences_of_people_are_read_as_meant_or_refused(string file, string folder, int least)
    {
        string path = Path.Combine(Fixtures.RepositoryRoot, "tests", "fixtures", folder, $"{file}.json");
        using var document = JsonDocument.Parse(File.ReadAllText(path));
        var grammar = new CaptionGrammar(Info(document.RootElement.GetProperty("environment").GetString()!));
        int right = 0;
        List<string> wrong = [], refused = [];
        foreach (JsonElement entry in document.RootElement.GetProperty("sentences").EnumerateArray())
        {
            string text = entry.GetProperty("text").GetString()!;
            JsonElement facts = entry.GetProperty("facts");
            HashSet<(string, bool)> meant = facts.ValueKind == JsonValueKind.Null
                ? []
                : [.. facts.EnumerateArray().Select(claim => (claim[0].GetString()!, claim[1].GetBoolean()))];
            Caption? parsed = grammar.Parse(text);
            bool claims = parsed is { IsFalsehood: false, Kind: not CaptionKind.Unseen };
            if (claims && meant.Count > 0 && meant.SetEquals(parsed!.Claims.Select(claim => (claim.Fact.Name, claim.Denied)))) right++;
            else if (claims || (parsed is { IsFalsehood: true } && meant.Count > 0)) wrong.Add($"{text} [{Said(parsed)}]");
            else if (meant.Count > 0) refused.Add(text);
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.True(right >= least, $"{right} of {right + refused.Count} are read; refused:\n{string.Join('\n', refused)}");
    }

    [Theory]
    [InlineData("cartpole", "never mind, balance the pole")]
    [InlineData("cartpole", "the pole is not just upright")]
    [InlineData("cartpole", "the pole is hardly upright")]
    [InlineData("cartpole", "stop the pole from hanging down")]
    [InlineData("cartpole", "don't stop the pole from hanging down")]
    [InlineData("cartpole", "don't keep the cart away from the left end")]
    [InlineData("cartpole", "the pole isn't upright and level")]
    [InlineData("cartpole", "nothing but the pole is upright")]
    [InlineData("cartpole", "the pole is upright unless the cart is in the middle")]
    [InlineData("cartpole", "is the pole upright or hanging")]
    [InlineData("cartpole", "the cart leans left on the pole")]
    [InlineData("color-reacher", "no need to avoid the red ball")]
    [InlineData("color-reacher", "the red ball touches the arm")]
    [InlineData("color-reacher", "anywhere but the red ball")]
    [InlineData("gym/half-cheetah", "don't just stand on your back legs")]
    [InlineData("gym/half-cheetah", "don't roll over and jump")]
    [InlineData("gym/humanoid", "No, lying down!")]
    [InlineData("gym/humanoid", "don't lie down and sleep on the floor")]
    [InlineData("gym/humanoid", "it never stops standing")]
    [InlineData("gym/humanoid", "standing like it isn't lying down")]
    [InlineData("tabletop", "not only a red ball")]
    [InlineData("tabletop", "not every ball is red")]
    [InlineData("tabletop", "nothing but a red ball")]
    public void What_may_mean_another_thing_is_refused(string name, string sentence) =>
        Assert.Null(new CaptionGrammar(Info(name)).Parse(sentence));

    [Theory]
    [InlineData("color-reacher", "the arm has stopped at the red ball", "red")]
    [InlineData("color-reacher", "stop at the red ball", "red")]
    [InlineData("cartpole", "make sure the pole never hangs down", "not hanging")]
    [InlineData("cartpole", "the pole is really not upright", "not upright")]
    [InlineData("gym/humanoid", "whatever you do, don't sit down", "not sitting")]
    [InlineData("tabletop", "there are definitely no balls, but there's a red cube", null)]
    [InlineData("tabletop", "the cube isn't behind the ball", "not ball-before-cube")]
    public void Fillers_do_not_turn_the_sense(string name, string sentence, string? claims)
    {
        Caption? parsed = new CaptionGrammar(Info(name)).Parse(sentence);
        Assert.True(parsed is null || Said(parsed) == claims, $"{sentence} is read as [{Said(parsed)}]");
    }

    private static EnvironmentInfo Info(string name)
    {
        using IVectorEnvironment environment = EnvironmentCatalog.Create(name, 1, 1);
        return environment.Info;
    }

    private static string Said(Caption? caption) => caption is null
        ? "nothing"
        : caption.IsFalsehood
            ? "false"
            : string.Join(", ", caption.Claims.Select(claim => (claim.Denied ? "not " : "") + claim.Fact.Name));
}
