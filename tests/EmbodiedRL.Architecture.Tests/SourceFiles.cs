using EmbodiedRL.Contracts;

namespace EmbodiedRL.Architecture.Tests;

/// <summary>The C# files of the checkout.</summary>
internal static class SourceFiles
{
    /// <summary>Paths below a top-level folder, from the root, with forward slashes; what builds leave there is left out.</summary>
    public static IEnumerable<string> In(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Fixtures.RepositoryRoot, folder), "*.cs", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Fixtures.RepositoryRoot, file).Replace('\\', '/'))
            .Where(file => !file.Split('/').Any(part => part is "obj" or "bin"))
            .Order(StringComparer.Ordinal);
}
