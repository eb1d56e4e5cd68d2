using EmbodiedRL.Core;

namespace EmbodiedRL.Models.Hub;

/// <summary>Files of a model in a folder: whether it is whole.</summary>
internal static class ModelFiles
{
    /// <summary>What a folder lacks to be the model; empty if it is whole.</summary>
    /// <param name="folder">May hold links.</param>
    /// <param name="model">What is needed.</param>
    public static IReadOnlyList<string> Missing(string folder, KnownModel model)
    {
        var missing = new List<string>();
        foreach (KnownFile file in model.Files.Required)
            if (!Has(folder, file.Path)) missing.Add(file.Path);
        foreach (FileChoice choice in model.Files.Alternatives)
        {
            (string[] Lacks, int Has)[] sets = [.. choice.OneOf.Select(set =>
                (set.SelectMany(file => Lacking(folder, file.Path)).ToArray(), set.Count(file => Has(folder, file.Path))))];
            // the set that is meant is the one of which most is here
            if (sets.All(set => set.Lacks.Length > 0)) missing.AddRange(sets.MaxBy(set => set.Has).Lacks);
        }

        return missing;
    }

    private static IEnumerable<string> Lacking(string folder, string path)
    {
        if (!Has(folder, path)) return [path];
        if (!path.EndsWith(KnownModels.IndexSuffix, StringComparison.Ordinal)) return [];
        try
        {
            return ShardIndex.Files(Path.Combine(folder, path), path).Where(shard => !Has(folder, shard));
        }
        catch (CorruptFileException)
        {
            return [path]; // what cannot be read is as good as absent: a pull brings it again
        }
    }

    private static bool Has(string folder, string path) => HubCache.SizeOf(Path.Combine(folder, path)) is not null;
}
