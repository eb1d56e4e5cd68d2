using EmbodiedRL.Core;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Training.Composition;

/// <summary>
/// The files that a run's numbers depend on beside its settings, by SHA-256: what they were when it
/// began must be what they are when it goes on.
/// </summary>
/// <remarks>
/// Names are paths: <c>weights/MODEL/FILE</c> of image-text models, <c>scene/FILE</c> of an environment of the catalog, relative to its
/// MJCF, and what the run folder holds itself: reward programs, a model with its meshes and textures, the weights it began with.
/// </remarks>
internal static class RunInputs
{
    private const string Weights = "weights/", Scene = "scene/";

    /// <summary>Hashes all of them.</summary>
    /// <param name="folder">Holds the run's own copies.</param>
    /// <param name="settings">With the names of the copies.</param>
    /// <param name="services">Where weights and scenes lie.</param>
    /// <param name="models">Names of the image-text models that the run reads.</param>
    public static SortedDictionary<string, string> Of(RunFolder folder, RunSettings settings,
        RunServices services, IEnumerable<string> models)
    {
        IEnumerable<string> names =
        [
            .. models.SelectMany(model => WeightsOf(Path.Combine(services.Weights, model)).Select(file => $"{Weights}{model}/{file}")),
            .. SceneOf(settings, services) is { } scene ? FilesOfScene(scene).Select(file => Scene + file) : [],
            .. RewardPrograms.Of(settings.Reward),
            .. settings.Env.Mjcf is { } mjcf
                ? FilesOf(Path.Combine(folder.Root, mjcf.File)).Select(file => Path.Combine(Path.GetDirectoryName(mjcf.File)!, file))
                : [],
            .. settings.Reasoning is { } reasoning
                ? new[] { reasoning.Questions.File, reasoning.Evaluate.File }.Where(file => file.Length > 0) : [],
            .. settings.From is { } from ? Below(Path.Combine(folder.Root, from)).Select(file => Path.Combine(from, file)) : [],
        ];
        var hashes = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string name in names.Distinct()) hashes[name] = HashOf(name, folder, settings, services);
        return hashes;
    }

    /// <summary>Names of those that are not what they were.</summary>
    public static IReadOnlyList<string> Changed(IReadOnlyDictionary<string, string> recorded, RunFolder folder,
        RunSettings settings, RunServices services) =>
        [.. recorded.Where(pair => HashOf(pair.Key, folder, settings, services) != pair.Value).Select(pair => pair.Key)
            .Order(StringComparer.Ordinal)];

    /// <summary>What a file of this name is now; "none" if it is gone.</summary>
    public static string HashOf(string name, RunFolder folder, RunSettings settings, RunServices services) =>
        PathOf(name, folder, settings, services) is { } path && File.Exists(path) ? AssetManifest.Sha256Of(path) : "none";

    private static string? PathOf(string name, RunFolder folder, RunSettings settings, RunServices services)
    {
        if (name.StartsWith(Weights, StringComparison.Ordinal)) return Path.Combine(services.Weights, name[Weights.Length..]);
        if (!name.StartsWith(Scene, StringComparison.Ordinal)) return Path.Combine(folder.Root, name);
        return SceneOf(settings, services) is { } scene ? Path.Combine(Path.GetDirectoryName(scene)!, name[Scene.Length..]) : null;
    }

    private static string? SceneOf(RunSettings settings, RunServices services) =>
        settings.Env.Mjcf is null ? services.Parts.GetValueOrDefault(settings.Env.Name)?.Scene : null;

    /// <summary>
    /// The same for a scene of the catalog; one that names files of this machine, which no run copies, is known by itself alone.
    /// </summary>
    private static IEnumerable<string> FilesOfScene(string scene)
    {
        try
        {
            return [.. FilesOf(scene)];
        }
        catch (EmbodiedException)
        {
            return [Path.GetFileName(scene)];
        }
    }

    /// <summary>A model and the files it names, relative to its folder.</summary>
    private static IEnumerable<string> FilesOf(string model)
    {
        (string root, _, string[] files) = MjcfFiles.Gathered(model);
        return files.Select(file => Path.GetRelativePath(Path.GetDirectoryName(Path.GetFullPath(model))!, Path.Combine(root, file)));
    }

    /// <summary>What a model is made of; its card and page only speak of it.</summary>
    private static IEnumerable<string> WeightsOf(string folder) =>
        Below(folder).Where(file => !file.EndsWith(".md", StringComparison.Ordinal) && file != "card.json");

    private static IEnumerable<string> Below(string folder) => Directory.Exists(folder)
        ? Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder, file))
        : [];
}
