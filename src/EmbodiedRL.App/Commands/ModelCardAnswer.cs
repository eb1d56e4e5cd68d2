using System.Globalization;
using EmbodiedRL.Models.Hub;

namespace EmbodiedRL.App.Commands;

/// <summary>File of a model's card.</summary>
/// <param name="Path">Inside of the model's folder.</param>
/// <param name="Size">Bytes; null if it is not known.</param>
/// <param name="Sha256">As the lock file records; null if it does not.</param>
internal sealed record CardFile(string Path, long? Size, string? Sha256);

/// <summary>Card of a model that does not ship: what manifest, lock file and its own configuration say of it.</summary>
internal sealed record ModelCardAnswer
{
    private const double Megabyte = 1e6;
    private const string Unsaid = "not said";

    public required string Name { get; init; }

    public string? Kind { get; init; }

    public string? Repository { get; init; }

    public string? Page { get; init; }

    public string? Revision { get; init; }

    public bool Locked { get; init; }

    public string? License { get; init; }

    public bool Present { get; init; }

    public string? Folder { get; init; }

    public long? Bytes { get; init; }

    public int? ImageSize { get; init; }

    public int? PatchSize { get; init; }

    public int? ContextLength { get; init; }

    public int? EmbeddingSize { get; init; }

    public string? OwnCard { get; init; }

    public string? Command { get; init; }

    public string? Note { get; init; }

    public required IReadOnlyList<CardFile> Files { get; init; }

    /// <summary>What is known of a model.</summary>
    /// <param name="name">As it was asked for.</param>
    /// <param name="known">Its entry; null for a folder of the user's own.</param>
    /// <param name="place">Where it is; null if it is not here.</param>
    /// <param name="hub">Its page and the lock file.</param>
    public static ModelCardAnswer Of(string name, KnownModel? known, ModelPlace? place, HubSettings hub)
    {
        LockedModel? locked = known is null ? null : ModelLock.Read(hub.LockFile).Find(known.Repository);
        ModelFacts? facts = place is null ? null : ModelFacts.Read(place.Folder);
        string? own = place is null ? null : Path.Combine(place.Folder, ModelFacts.PageName);
        CardFile[] files = place is null
            ? [.. known!.Files.All.Select(file => new CardFile(file.Path, file.Size, file.Sha256))]
            : [.. ModelListing.FilesOf(place.Folder).Select(file =>
                new CardFile(file.Path, file.Size, locked?.Files.GetValueOrDefault(file.Path)?.Sha256))];
        return new ModelCardAnswer
        {
            Name = known?.Name ?? name,
            Kind = known is { Kind.Length: > 0 } ? known.Kind : facts?.Type,
            Repository = known?.Repository,
            Page = known?.PageAt(hub.Endpoint).ToString(),
            Revision = place?.Revision ?? locked?.Revision,
            Locked = locked is not null,
            License = facts?.License ?? known?.License,
            Present = place is not null,
            Folder = place?.Folder,
            Bytes = place is null ? null : files.Sum(file => file.Size ?? 0),
            ImageSize = facts?.ImageSize,
            PatchSize = facts?.PatchSize,
            ContextLength = facts?.ContextLength,
            EmbeddingSize = facts?.EmbeddingSize,
            OwnCard = File.Exists(own) ? own : null,
            Command = known?.PullCommand,
            Note = known?.Note,
            Files = files,
        };
    }

    /// <summary>For people.</summary>
    public void Write(TextWriter output)
    {
        output.WriteLine(Name);
        var rows = new List<string[]>
        {
            new[] { "kind", Kind ?? Unsaid },
            new[] { "repository", Repository is null ? "none: a folder of your own" : $"{Repository}, {Page}" },
            new[] { "revision", Revision is null ? "not known" : Revision + (Locked ? ", as the lock file records" : ", not recorded") },
            new[] { "license", License ?? "not stated here: see its page" },
            new[] { "folder", Folder ?? $"not here; get it with: {Command}" },
        };
        if (Present)
        {
            rows.Add(["size", string.Create(CultureInfo.InvariantCulture, $"{Bytes / Megabyte:N1} MB in {Files.Count} files")]);
            rows.Add(["image", ImageSize is { } pixels
                ? $"{pixels} x {pixels} pixels{(PatchSize is { } patch ? $", patches of {patch}" : "")}"
                : Unsaid]);
            rows.Add(["text", ContextLength is { } tokens ? $"{tokens} tokens" : Unsaid]);
            rows.Add(["embedding", EmbeddingSize is { } numbers ? $"{numbers} numbers" : Unsaid]);
            if (OwnCard is not null) rows.Add(["its own card", OwnCard]);
        }

        if (Note is not null) rows.Add(["note", Note]);
        TextTable.Write(output, "  ", rows);
        output.WriteLine();
        TextTable.Write(output, "  ",
        [
            ["file", "bytes", "sha256"],
            .. Files.Select(file => new[]
            {
                file.Path, file.Size?.ToString("N0", CultureInfo.InvariantCulture) ?? "not known", file.Sha256 ?? "not recorded"
            })
        ]);
    }
}
