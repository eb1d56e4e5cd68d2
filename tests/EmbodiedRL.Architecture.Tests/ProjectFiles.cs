using EmbodiedRL.Contracts;

namespace EmbodiedRL.Architecture.Tests;

/// <summary>The projects of the checkout.</summary>
internal static class ProjectFiles
{
    /// <summary>Names of the projects below top-level folders.</summary>
    public static IEnumerable<string> Of(params string[] folders) => folders
        .Select(folder => Path.Combine(Fixtures.RepositoryRoot, folder))
        .SelectMany(folder => Directory.EnumerateFiles(folder, "*.csproj", SearchOption.AllDirectories))
        .Select(file => Path.GetFileNameWithoutExtension(file));
}
