using System.Globalization;
using System.Text.RegularExpressions;
using EmbodiedRL.Contracts;

namespace EmbodiedRL.Architecture.Tests;

/// <summary>No formatter breaks a line, so the width that the editors are told is kept by this test.</summary>
public sealed partial class LineWidthTests
{
    [Theory]
    [InlineData("src")]
    [InlineData("envs")]
    [InlineData("tests")]
    [InlineData("examples")]
    public void Lines_fit_the_width_of_the_editor_configuration(string folder)
    {
        Match width = Width().Match(File.ReadAllText(Path.Combine(Fixtures.RepositoryRoot, ".editorconfig")));
        Assert.True(width.Success, ".editorconfig says no max_line_length.");
        int most = int.Parse(width.Groups[1].Value, CultureInfo.InvariantCulture);
        string[] files = [.. SourceFiles.In(folder)];
        Assert.NotEmpty(files);
        Assert.Empty(files.SelectMany(file => File.ReadLines(Path.Combine(Fixtures.RepositoryRoot, file))
            .Select((line, index) => (line.Length, Place: $"{file}:{index + 1}"))
            .Where(line => line.Length > most)
            .Select(line => line.Place)));
    }

    [GeneratedRegex(@"^max_line_length = (\d+)$", RegexOptions.Multiline)]
    private static partial Regex Width();
}
