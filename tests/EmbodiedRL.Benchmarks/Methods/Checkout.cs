using System.Xml.Linq;
using EmbodiedRL.Core;

namespace EmbodiedRL.Benchmarks.Methods;

/// <summary>A project: what it is for, and its folders.</summary>
/// <param name="Name">Of its assembly.</param>
/// <param name="Folder">From the root.</param>
/// <param name="Description">As its project file has it.</param>
/// <param name="Folders">Directly below it, those with source.</param>
internal sealed record ProjectEntry(string Name, string Folder, string Description, IReadOnlyList<string> Folders);

/// <summary>The files of the checkout that this program was built from.</summary>
internal sealed class Checkout
{
    private const string Solution = "EmbodiedRL.sln";

    /// <param name="root">Its folder.</param>
    public Checkout(string root)
    {
        Root = root;
        Projects =
        [
            .. new[] { "src", "envs" }.SelectMany(folder => Directory.EnumerateFiles(At(folder), "*.csproj", SearchOption.AllDirectories))
                .Where(file => !IsBuilt(file)).Order(StringComparer.Ordinal).Select(Read),
        ];
        Sources = Texts(file => true, "src", "envs");
        Tests = Texts(file => file.Split('/')[1].EndsWith(".Tests", StringComparison.Ordinal), "tests");
    }

    public string Root { get; }

    /// <summary>Those of <c>src</c> and <c>envs</c>.</summary>
    public IReadOnlyList<ProjectEntry> Projects { get; }

    /// <summary>Text of each source file, by its path from the root.</summary>
    public IReadOnlyDictionary<string, string> Sources { get; }

    /// <summary>The same of the files of tests.</summary>
    public IReadOnlyDictionary<string, string> Tests { get; }

    /// <summary>The checkout around this program.</summary>
    /// <exception cref="SettingsException">There is none.</exception>
    public static Checkout Find()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, Solution))) folder = Path.GetDirectoryName(folder);
        return new Checkout(folder ?? throw new SettingsException("methods",
            [$"expected the program in a checkout (a folder above it with {Solution}), since files are searched; found none."]));
    }

    /// <summary>Full path of one from the root.</summary>
    public string At(string path) => Path.Combine(Root, path);

    private ProjectEntry Read(string file)
    {
        string folder = Path.GetDirectoryName(file)!;
        string description = XDocument.Load(file).Descendants("Description").FirstOrDefault()?.Value ?? "";
        string[] folders =
        [
            .. Directory.EnumerateDirectories(folder).Where(below => !IsBuilt(below))
                .Where(below => Directory.EnumerateFiles(below, "*.cs", SearchOption.AllDirectories).Any())
                .Select(below => Path.GetFileName(below)).Order(StringComparer.Ordinal),
        ];
        return new ProjectEntry(Path.GetFileNameWithoutExtension(file), FromRoot(folder), description, folders);
    }

    private SortedDictionary<string, string> Texts(Func<string, bool> isWanted, params string[] folders) => new(folders
        .SelectMany(folder => Directory.EnumerateFiles(At(folder), "*.cs", SearchOption.AllDirectories)).Where(file => !IsBuilt(file))
        .Select(FromRoot).Where(isWanted).ToDictionary(file => file, file => File.ReadAllText(At(file))), StringComparer.Ordinal);

    private string FromRoot(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');

    private static bool IsBuilt(string path) => path.Split('/', '\\').Any(part => part is "obj" or "bin" or ".artifacts");
}
