using System.Collections.Immutable;
using System.Text.Json;
using EmbodiedRL.Core;

namespace EmbodiedRL.Models.Hub;

/// <summary>Manifest of well-known checkpoints: <c>assets/models.json</c>, which this assembly carries.</summary>
public static class KnownModels
{
    internal const string IndexSuffix = ".safetensors.index.json";

    private static readonly Lazy<ImmutableArray<KnownModel>> Shipped = new(Load);

    /// <summary>All of them, in the order of the manifest.</summary>
    public static ImmutableArray<KnownModel> All => Shipped.Value;

    /// <summary>The known model of a name or repository.</summary>
    /// <returns>Null if it is neither; a repository that is not listed is of no kind and takes whatever files are usual.</returns>
    public static KnownModel? Find(string name) =>
        All.FirstOrDefault(model => model.Name == name || model.Repository.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? (HubNames.IsRepository(name) ? Unlisted(name) : null);

    /// <summary>The same, where it must be one.</summary>
    /// <exception cref="UnknownNameException">It is neither a name nor a repository; offers the nearest.</exception>
    public static KnownModel Require(string name) =>
        Find(name) ?? throw new UnknownNameException("model, nor a repository OWNER/NAME,", name, All.Select(model => model.Name));

    /// <summary>Reads a manifest.</summary>
    /// <param name="json">The text.</param>
    /// <exception cref="JsonException">It is none.</exception>
    internal static ImmutableArray<KnownModel> Read(Stream json)
    {
        var models = JsonSerializer.Deserialize<ImmutableArray<KnownModel>>(json, HubJson.Options);
        foreach (KnownModel model in models)
        {
            if (!HubNames.IsRepository(model.Repository)) throw new JsonException($"'{model.Repository}' is no repository");
            foreach (KnownFile file in model.Files.All)
                if (!HubNames.IsFile(file.Path)) throw new JsonException($"'{file.Path}' is no file of a repository");
        }

        return models;
    }

    private static ImmutableArray<KnownModel> Load()
    {
        using Stream json = typeof(KnownModels).Assembly.GetManifestResourceStream("models.json")!;
        return Read(json);
    }

    /// <summary>A repository by the files that such repositories usually hold.</summary>
    private static KnownModel Unlisted(string repository)
    {
        IEnumerable<string> usual = All.SelectMany(model => model.Files.All).Select(file => file.Path).Distinct();
        ImmutableArray<ImmutableArray<KnownFile>> weights =
        [
            [new("config.json"), new("model.safetensors")],
            [new("config.json"), new("model.safetensors.index.json")],
            [new("open_clip_config.json"), new("open_clip_model.safetensors")],
            [new("open_clip_config.json"), new("open_clip_model.safetensors.index.json")],
        ];
        return new KnownModel(repository, repository, "", null, null, null, null,
            new KnownFiles([], [new FileChoice("weights", weights)],
                [.. usual.Where(path => !IsWeights(path)).Select(path => new KnownFile(path))]));
    }

    /// <summary>Whether a file holds weights or the index of weights.</summary>
    internal static bool IsWeights(string path) =>
        path.EndsWith(".safetensors", StringComparison.Ordinal) || path.EndsWith(IndexSuffix, StringComparison.Ordinal);
}
