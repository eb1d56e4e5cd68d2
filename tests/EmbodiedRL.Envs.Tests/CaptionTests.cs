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
