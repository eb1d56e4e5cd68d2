using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace EmbodiedRL.Models.Hub;

/// <summary>Known file: one file of a known model.</summary>
/// <param name="Path">Inside of the repository, with slashes.</param>
/// <param name="Size">Bytes; null where nobody has verified it.</param>
/// <param name="Sha256">Lower-case hexadecimal; null where nobody has verified it.</param>
public sealed record KnownFile(string Path, long? Size = null, string? Sha256 = null);

/// <summary>Alternatives of a model's files: the first set that the repository holds is taken.</summary>
/// <param name="What">What they are, for people.</param>
/// <param name="OneOf">Sets of files, the preferred one first.</param>
public sealed record FileChoice(string What, ImmutableArray<ImmutableArray<KnownFile>> OneOf);

/// <summary>Files of a model.</summary>
/// <param name="Required">It is not whole without them.</param>
/// <param name="Alternatives">Of each, one set is required.</param>
/// <param name="Optional">Taken where they are.</param>
public sealed record KnownFiles(
    ImmutableArray<KnownFile> Required, ImmutableArray<FileChoice> Alternatives, ImmutableArray<KnownFile> Optional)
{
    /// <summary>Every file that may be among them, each once.</summary>
    [JsonIgnore]
    public IEnumerable<KnownFile> All => Optional.Concat(Required)
        .Concat(Alternatives.SelectMany(choice => choice.OneOf.SelectMany(set => set)))
        .DistinctBy(file => file.Path);
}

/// <summary>Known model: a checkpoint by its repository on the hub and its files.</summary>
/// <param name="Name">Short, as settings say it.</param>
/// <param name="Repository">On the hub, <c>owner/name</c>.</param>
/// <param name="Kind">clip, open-clip, siglip, siglip2 or bert; empty for a repository that is not listed.</param>
/// <param name="License">As published; null where that is not certain.</param>
/// <param name="Revision">Commit to pull; null for the newest, which the lock file then keeps.</param>
/// <param name="SafetensorsRevision">Revision that holds the weights as safetensors where <c>main</c> does not; null without one.</param>
/// <param name="Note">For people; null without one.</param>
/// <param name="Files">What it consists of.</param>
public sealed record KnownModel(string Name, string Repository, string Kind, string? License, string? Revision,
    string? SafetensorsRevision, string? Note, KnownFiles Files)
{
    /// <summary>The command that pulls it.</summary>
    [JsonIgnore]
    public string PullCommand => $"./embodied models pull {Name}";

    /// <summary>Address of its page.</summary>
    /// <param name="endpoint">Of the hub.</param>
    public Uri PageAt(Uri endpoint) => new(endpoint, Repository);
}
