using System.Xml;
using System.Xml.Linq;
using EmbodiedRL.Core;
using EmbodiedRL.Simulation.Mjcf;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Training.Composition;

/// <summary>
/// Copies of a user's model file and of all files it names; a run and a recording keep their own, so that they
/// can continue after the originals change.
/// </summary>
internal static class MjcfFiles
{
    internal const string Folder = "model";
    private const long MostBytes = 512L << 20;

    private static readonly string[] Folders = ["meshdir", "texturedir", "assetdir"];
    private static readonly string[] Sources = ["file", "filename", "fileright", "fileleft", "fileup", "filedown", "filefront", "fileback"];

    /// <summary>Copies the model that the settings name into the run folder, files and folders as they lie to each other.</summary>
    /// <returns>The settings with the path of the copy.</returns>
    /// <exception cref="EmbodiedException">Files are too large, missing, or named by a path of this machine.</exception>
    public static RunSettings CopyInto(RunFolder folder, RunSettings settings, string from)
    {
        if (settings.Env.Mjcf is not { } mjcf) return settings;
        (string root, string main, string[] files) = Gathered(Path.Combine(from, mjcf.File));
        long bytes = files.Sum(file => new FileInfo(Path.Combine(root, file)).Length);
        if (bytes > MostBytes)
            throw new SettingsException("settings",
                [$"env:mjcf:file: expected a model of at most {MostBytes >> 20} MB with all its files, since a run keeps its own copy, "
                    + $"found {bytes >> 20} MB."]);

        string target = Path.Combine(folder.Root, Folder);
        foreach (string file in files)
        {
            string copy = Path.Combine(target, file);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(Path.Combine(root, file), copy, overwrite: true);
        }

        MjcfSettings kept = mjcf with { File = Path.Combine(Folder, main) };
        return settings with { Env = settings.Env with { Mjcf = kept } };
    }

    /// <summary>
    /// A model with all its files: the deepest folder that holds them, and their paths in it, the
    /// model's own and all of them in ordinal order.
    /// </summary>
    /// <exception cref="EmbodiedException">One is missing, or named by a path of this machine.</exception>
    internal static (string Root, string Main, string[] Files) Gathered(string path)
    {
        string main = Path.GetFullPath(path);
        InputFile.Require(main, "The model", "Name an existing file in env:mjcf:file, relative to the settings file.", InputFile.MostText);
        string[] files = [.. Named(main).Order(StringComparer.Ordinal)];
        string root = CommonFolder(files);
        return (root, Path.GetRelativePath(root, main), Array.ConvertAll(files, file => Path.GetRelativePath(root, file)));
    }

    /// <summary>The file, and every file that it or one of these names.</summary>
    internal static HashSet<string> Named(string main)
    {
        string home = Path.GetDirectoryName(main)!;
        var documents = new Dictionary<string, XDocument>(StringComparer.Ordinal);
        var waiting = new Queue<string>([main]);
        while (waiting.TryDequeue(out string? path))
        {
            if (!documents.TryAdd(path, Read(path))) continue;
            foreach (XElement include in documents[path].Descendants("include"))
                if (include.Attribute("file")?.Value is { } name) waiting.Enqueue(Find(main, name, [home, Path.GetDirectoryName(path)!]));
        }

        string[] places = [home, .. documents.Values.SelectMany(document => document.Descendants("compiler"))
            .SelectMany(compiler => Folders.Select(attribute => compiler.Attribute(attribute)?.Value))
            .OfType<string>()
            .Distinct()
            .Select(place => Path.Combine(home, place))];
        HashSet<string> files = [.. documents.Keys];
        foreach (XElement element in documents.Values.SelectMany(document => document.Descendants())
            .Where(element => element.Name.LocalName != "include"))
            foreach (string attribute in Sources)
                if (element.Attribute(attribute)?.Value is { Length: > 0 } name) files.Add(Find(main, name, places));
        return files;
    }

    private static string Find(string main, string name, IEnumerable<string> places)
    {
        if (Path.IsPathRooted(name))
            throw new SettingsException("settings",
                ["env:mjcf:file: expected a model that names its files by relative paths, since a run or a recording keeps its own copy, "
                    + $"found '{name}' in {main}."]);
        string[] candidates = [.. places.Select(place => Path.GetFullPath(Path.Combine(place, name)))];
        return Array.Find(candidates, File.Exists)
            ?? throw new AssetMissingException($"'{name}', which {main} names,", string.Join(", ", candidates.Distinct()),
                "A run or a recording keeps a copy of all files of its model.");
    }

    private static XDocument Read(string path)
    {
        try
        {
            return XDocument.Load(path);
        }
        catch (XmlException error)
        {
            throw new CorruptFileException(path, "XML that can be searched for the files it names",
                error.Message.TrimEnd('.'), inner: error);
        }
    }

    private static string CommonFolder(string[] files)
    {
        string root = Path.GetDirectoryName(files[0])!;
        foreach (string file in files)
            while (!file.StartsWith(root.TrimEnd('/') + '/', StringComparison.Ordinal)) root = Path.GetDirectoryName(root)!;
        return root;
    }
}
