using System.Globalization;
using System.Text.RegularExpressions;
using EmbodiedRL.Contracts;

namespace EmbodiedRL.Core.Tests;

/// <summary>Source lines stay within the <c>max_line_length</c> of <c>.editorconfig</c>.</summary>
public sealed partial class LineWidthTests
{
    // Folders whose files all comply; those below them count on their own.
    private static readonly string[] Folders =
    [
        "envs/Gym",
        "examples/settings",
        "examples/slider",
        "src/EmbodiedRL.Algorithms",
        "src/EmbodiedRL.Algorithms/Kernel",
        "src/EmbodiedRL.App",
        "src/EmbodiedRL.Core/Facts",
        "src/EmbodiedRL.Core/Scenes",
        "src/EmbodiedRL.Models/Heads",
        "src/EmbodiedRL.Models/Losses",
        "src/EmbodiedRL.Models/Native",
        "src/EmbodiedRL.Models/Networks",
        "src/EmbodiedRL.Models/Optimizers",
        "src/EmbodiedRL.Models/Tensors",
        "src/EmbodiedRL.Models/Weights",
        "src/EmbodiedRL.Rendering/Headless",
        "src/EmbodiedRL.Rendering/Painting",
        "src/EmbodiedRL.Rewards/Combinators",
        "src/EmbodiedRL.Rewards/Diagnostics",
        "src/EmbodiedRL.Simulation/Layout",
        "src/EmbodiedRL.Simulation/Physics",
        "src/EmbodiedRL.Simulation/Randomizing",
        "src/EmbodiedRL.Simulation/Scenes",
        "src/EmbodiedRL.Simulation/Tasks",
        "src/EmbodiedRL.Training/Checkpoints",
        "src/EmbodiedRL.Training/Runs",
        "tests/EmbodiedRL.Core.Tests",
    ];

    public static TheoryData<string> Checked => [.. Folders];

    [Theory]
    [MemberData(nameof(Checked))]
    public void Lines_fit_the_width_of_the_editor_configuration(string folder)
    {
        string root = Fixtures.RepositoryRoot;
        Match width = Width().Match(File.ReadAllText(Path.Combine(root, ".editorconfig")));
        Assert.True(width.Success, ".editorconfig says no max_line_length.");
        int most = int.Parse(width.Groups[1].Value, CultureInfo.InvariantCulture);
        string[] files = Directory.GetFiles(Path.Combine(root, folder), "*.cs");
        Assert.NotEmpty(files);
        Assert.Empty(files.SelectMany(file => File.ReadLines(file)
            .Select((line, index) => (line.Length, Place: $"{Path.GetRelativePath(root, file)}:{index + 1}"))
            .Where(line => line.Length > most)
            .Select(line => line.Place)));
    }

    [GeneratedRegex(@"^max_line_length = (\d+)$", RegexOptions.Multiline)]
    private static partial Regex Width();
}
