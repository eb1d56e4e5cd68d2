using System.Collections.Concurrent;

namespace EmbodiedRL.Training.Composition;

/// <summary>Compares folders of weights with the manifest that lies beside them, each once in a process.</summary>
internal static class ModelManifest
{
    private static readonly ConcurrentDictionary<string, bool> Compared = new(StringComparer.Ordinal);

    /// <summary>Compares the files of a model that the manifest lists.</summary>
    /// <param name="folder">Of the model.</param>
    /// <exception cref="Core.CorruptFileException">A file is not what the manifest lists.</exception>
    /// <exception cref="Core.AssetMissingException">A file is not there.</exception>
    public static void Require(string folder)
    {
        string whole = Path.GetFullPath(folder);
        if (Compared.ContainsKey(whole)) return;
        AssetManifest.Require(Path.GetDirectoryName(Path.GetDirectoryName(whole))!, whole);
        Compared[whole] = true;
    }
}
