namespace EmbodiedRL.Training.Composition;

/// <summary>Folder of weights: one subfolder for each named model.</summary>
public static class WeightsFolder
{
    /// <summary>The variable that names another folder, e.g. one with a model of one's own.</summary>
    internal const string Variable = "EMBODIED_WEIGHTS";

    private const string Solution = "EmbodiedRL.sln";

    /// <summary>
    /// What <c>EMBODIED_WEIGHTS</c> names, else <c>assets/weights</c> of the repository when the program runs from a
    /// checkout, else the one beside the executable.
    /// </summary>
    public static string Locate() =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named ? named : Locate(AppContext.BaseDirectory);

    /// <summary>The same for a program that lies elsewhere.</summary>
    internal static string Locate(string program) => Path.Combine(RepositoryOf(program) ?? program, "assets", "weights");

    /// <summary>The checkout that a path lies in; null if none.</summary>
    internal static string? RepositoryOf(string path)
    {
        for (DirectoryInfo? folder = new(Path.GetFullPath(path)); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, Solution))) return folder.FullName;
        return null;
    }
}
