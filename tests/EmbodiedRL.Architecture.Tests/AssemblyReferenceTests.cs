using System.Reflection;

namespace EmbodiedRL.Architecture.Tests;

/// <summary>Who may know whom: by what compiled assemblies really refer to, and by what packages they bring.</summary>
public sealed class AssemblyReferenceTests
{
    /// <summary>Every project of <c>src</c> and <c>envs</c>, and the others that it may refer to.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["EmbodiedRL.Core"] = [],
        ["EmbodiedRL.Simulation"] = ["EmbodiedRL.Core"],
        ["EmbodiedRL.Rendering"] = ["EmbodiedRL.Core"],
        ["EmbodiedRL.Models"] = ["EmbodiedRL.Core"],
        ["EmbodiedRL.Rewards"] = ["EmbodiedRL.Core", "EmbodiedRL.Models"],
        ["EmbodiedRL.Algorithms"] = ["EmbodiedRL.Core", "EmbodiedRL.Models"],
        ["EmbodiedRL.Envs"] = ["EmbodiedRL.Core", "EmbodiedRL.Simulation"],
        ["EmbodiedRL.Training"] =
        [
            "EmbodiedRL.Core", "EmbodiedRL.Simulation", "EmbodiedRL.Rendering", "EmbodiedRL.Models", "EmbodiedRL.Rewards",
            "EmbodiedRL.Algorithms", "EmbodiedRL.Envs",
        ],
        ["EmbodiedRL.App"] =
        [
            "EmbodiedRL.Core", "EmbodiedRL.Simulation", "EmbodiedRL.Rendering", "EmbodiedRL.Models", "EmbodiedRL.Rewards",
            "EmbodiedRL.Algorithms", "EmbodiedRL.Envs", "EmbodiedRL.Training",
        ],
    };

    /// <summary>Assemblies that come with a package, by how their names begin, and who may refer to them.</summary>
    private static readonly Dictionary<string, string[]> Packages = new()
    {
        ["Microsoft.AspNetCore"] = ["EmbodiedRL.App"],
        ["ScottPlot"] = ["EmbodiedRL.App"],
        ["Spectre"] = ["EmbodiedRL.App"],
        ["System.CommandLine"] = ["EmbodiedRL.App"],
        ["Silk.NET"] = ["EmbodiedRL.Rendering"],
        ["SixLabors"] = ["EmbodiedRL.Rendering"],
        ["Microsoft.CodeAnalysis"] = ["EmbodiedRL.Rewards"],
        ["MessagePack"] = ["EmbodiedRL.Training"],
        ["Parquet"] = ["EmbodiedRL.Training"],
        ["Microsoft.Extensions.Configuration"] = ["EmbodiedRL.Training"],
        ["TorchSharp"] =
            ["EmbodiedRL.Models", "EmbodiedRL.Rewards", "EmbodiedRL.Algorithms", "EmbodiedRL.Training", "EmbodiedRL.App"],
    };

    public static TheoryData<string> Projects => [.. Allowed.Keys];

    [Theory, MemberData(nameof(Projects))]
    public void A_project_knows_no_other_than_it_may(string project) =>
        Assert.Empty(References(project).Where(name => name.StartsWith("EmbodiedRL.", StringComparison.Ordinal)).Except(Allowed[project]));

    [Theory, MemberData(nameof(Projects))]
    public void A_package_is_used_where_its_matter_lives(string project) =>
        Assert.Empty(
            from name in References(project)
            from package in Packages
            where name.StartsWith(package.Key, StringComparison.Ordinal) && !package.Value.Contains(project)
            select name);

    [Fact]
    public void Every_project_is_in_the_table() =>
        Assert.Equal(Allowed.Keys.Order(StringComparer.Ordinal), ProjectFiles.Of("src", "envs").Order(StringComparer.Ordinal));

    /// <summary>A package that nobody uses any more would not be found by its name.</summary>
    [Fact]
    public void Every_package_of_the_table_but_the_banned_is_referred_to() =>
        Assert.All(Packages.Keys.Except(["Spectre"]), package =>
            Assert.Contains(Allowed.Keys.SelectMany(References), name => name.StartsWith(package, StringComparison.Ordinal)));

    private static IEnumerable<string> References(string project) =>
        Assembly.Load(project).GetReferencedAssemblies().Select(name => name.Name!);
}
