using System.Text.RegularExpressions;
using EmbodiedRL.App.Commands;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Tests;

namespace EmbodiedRL.App.Tests;

/// <summary>What the README shows can be typed as it stands; that its commands work is tried by CI.</summary>
public sealed partial class ReadmeTests
{
    private static readonly string Text = File.ReadAllText(Path.Combine(Fixtures.RepositoryRoot, "README.md"));

    [Fact]
    public void Examples_overwrite_nothing_of_one_another()
    {
        string[] places = [.. Out().Matches(Text).Select(match => match.Groups[1].Value)];
        Assert.True(places.Length > 5);
        Assert.Empty(places.GroupBy(place => place).Where(group => group.Count() > 1).Select(group => group.Key));
    }

    [Fact]
    public void Its_table_names_every_verb_and_no_other()
    {
        string[] listed = [.. Row().Matches(Text).Select(match => match.Groups[1].Value)];
        using var interruption = new CancellationTokenSource();
        var services = new CommandServices(TextWriter.Null, TextWriter.Null, TimeProvider.System, interruption);
        Assert.Equal(CommandCatalog.All.Select(command => command.Build(services).Name).Append("bench").Order(), listed.Order());
    }

    [Theory]
    [InlineData(PartKinds.RewardSource)]
    [InlineData(PartKinds.RewardTransform)]
    [InlineData(PartKinds.RewardCombinator)]
    [InlineData(PartKinds.Algorithm)]
    [InlineData(PartKinds.CompletionAlgorithm)]
    [InlineData(PartKinds.Wrapper)]
    [InlineData(PartKinds.Environment)]
    [InlineData(PartKinds.ImageTextModel)]
    public void Its_table_of_parts_is_the_registry(string kind) => Assert.Contains(
        $"| {kind} | {string.Join(", ", RunServices.Shipped.Of(kind).Names.Select(name => $"`{name}`"))} |\n", Text,
        StringComparison.Ordinal);

    [Fact]
    public void Its_layout_names_every_project() => Assert.All(
        Directory.EnumerateDirectories(Path.Combine(Fixtures.RepositoryRoot, "src")),
        project => Assert.Contains($"| `src/{Path.GetFileName(project)}` |", Text, StringComparison.Ordinal));

    [Fact]
    public void What_it_links_to_is_there() =>
        Assert.All(Link().Matches(Text).Select(match => match.Groups[1].Value),
            link => Assert.True(Path.Exists(Path.Combine(Fixtures.RepositoryRoot, link)), link));

    [Theory]
    [InlineData("A *measure*, a condition")]
    [InlineData("*facts*, phrases")]
    [InlineData("*baseline*, a sentence")]
    [InlineData("*whole range* of")]
    public void Words_of_the_project_are_explained_where_they_are_first_used(string explanation)
    {
        string word = explanation.Split('*')[1];
        int explained = Text.IndexOf(explanation, StringComparison.Ordinal);
        Assert.True(explained >= 0
            && explained + explanation.IndexOf(word, StringComparison.Ordinal) == Text.IndexOf(word, StringComparison.Ordinal),
            $"'{word}' is used before it is explained.");
    }

    [GeneratedRegex(@"^    \./embodied .*--out (\S+)", RegexOptions.Multiline)]
    private static partial Regex Out();

    [GeneratedRegex(@"^\| `([a-z]+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"\]\(([^)#:]+)\)")]
    private static partial Regex Link();
}
