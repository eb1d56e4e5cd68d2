using System.Text.RegularExpressions;
using EmbodiedRL.Contracts;

namespace EmbodiedRL.Architecture.Tests;

/// <summary>Where things are: a file's namespace is its folder, and folders are those that have a meaning.</summary>
public sealed partial class LayoutTests
{
    /// <summary>Folders directly below each project of <c>src</c>; a new one is a new kind of thing and is written down here.</summary>
    private static readonly Dictionary<string, string[]> Folders = new()
    {
        ["EmbodiedRL.Core"] = ["Batches", "Contracts", "Facts", "Registry", "Scenes", "Specs", "Steps", "Wrapping"],
        ["EmbodiedRL.Simulation"] =
            ["Checking", "Layout", "Mjcf", "Native", "Physics", "Randomizing", "Scenes", "Tasks", "Wrappers"],
        ["EmbodiedRL.Rendering"] = ["Headless", "Images", "Painting", "Shaders"],
        ["EmbodiedRL.Models"] =
        [
            "Encoders", "Heads", "Hub", "Language", "Losses", "Native", "Networks", "Optimizers", "Preprocessing", "Tensors",
            "Tokenizers", "Weights",
        ],
        ["EmbodiedRL.Rewards"] =
        [
            "Combinators", "Designers", "Diagnostics", "Exploration", "Learned", "Programs", "Shaping", "Sources", "Tabular", "Transforms",
            "Verifiers",
        ],
        ["EmbodiedRL.Algorithms"] =
        [
            "Assistance", "Bandits", "Generative", "Imitation", "Kernel", "Offline", "OffPolicy", "OnPolicy", "OpenEnded", "Preference",
            "QualityDiversity", "Reasoning",
        ],
        ["EmbodiedRL.Training"] =
        [
            "Auditing", "Captioning", "Checkpoints", "Composition", "Demonstrations", "Evaluation", "Films", "Loop", "Metrics",
            "Preflights", "Reasoning", "Runs", "Settings",
        ],
        ["EmbodiedRL.App"] = ["Commands", "Reporting", "Viewing"],
    };

    private static readonly string[] TopLevel = ["assets", "envs", "examples", "src", "tests"];

    public static TheoryData<string> Projects => [.. Folders.Keys];

    [Fact]
    public void The_top_level_is_what_the_owner_asked_for() =>
        Assert.Equal(TopLevel, Directory.EnumerateDirectories(Fixtures.RepositoryRoot)
            .Select(folder => Path.GetFileName(folder))
            .Where(name => name[0] != '.' && name != "runs") // where runs go, which git ignores
            .Order(StringComparer.Ordinal));

    [Theory, MemberData(nameof(Projects))]
    public void A_project_has_no_folder_without_a_meaning(string project) =>
        Assert.Empty(SourceFiles.In($"src/{project}").Select(file => file.Split('/')).Where(parts => parts.Length > 3)
            .Select(parts => parts[2]).Distinct().Except(Folders[project]));

    [Theory]
    [InlineData("src")]
    [InlineData("envs")]
    public void A_namespace_is_its_folder(string folder)
    {
        Assert.Empty(
            from file in SourceFiles.In(folder)
            let declared = Namespace().Match(File.ReadAllText(Path.Combine(Fixtures.RepositoryRoot, file)))
            where declared.Success ? declared.Groups[1].Value != Expected(file) : !IsProgram(file)
            select file);

        static string Expected(string file) =>
            Path.GetDirectoryName(file)!.Replace("src/", "", StringComparison.Ordinal)
                .Replace("envs", "EmbodiedRL.Envs", StringComparison.Ordinal).Replace('/', '.');

        static bool IsProgram(string file) => Path.GetFileName(file) is "Program.cs" or "generate.cs";
    }

    [Theory]
    [InlineData("Utils")]
    [InlineData("Common")]
    [InlineData("Helpers")]
    [InlineData("Infrastructure")]
    public void No_folder_or_project_is_called(string name) =>
        Assert.DoesNotContain(SourceFiles.In("src").Concat(SourceFiles.In("envs")).Concat(SourceFiles.In("tests")),
            file => file.Split('/', '.').Contains(name));

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();
}
