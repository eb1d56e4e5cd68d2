using System.Collections.Immutable;
using System.Text.Json;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Weights;

namespace EmbodiedRL.Models.Hub;

/// <summary>Plan of a pull: the files of one commit, the weights last.</summary>
/// <param name="Revision">As it was asked for.</param>
/// <param name="Commit">That it is.</param>
/// <param name="Files">To bring.</param>
/// <param name="Absent">That the repository does not hold.</param>
internal sealed record PullPlan(string Revision, string Commit, IReadOnlyList<RemoteFile> Files, IReadOnlyList<string> Absent);

/// <summary>Planner of a pull: asks the hub which of a model's files a revision holds, and what they are.</summary>
internal sealed class PullPlanner(HubHttp http, HubCache cache, BlobDownload download, RetryPolicy retries, HubSettings settings)
{
    private const string ConverterName = "SFconvertbot";
    private const long MostDiscussions = 4 << 20;

    private readonly Dictionary<string, RemoteFile?> _probed = new(StringComparer.Ordinal);

    /// <summary>Plans the newest commit of a revision.</summary>
    /// <returns>Null if weights are missing, where they may.</returns>
    /// <exception cref="AssetMissingException">The repository, the revision or a required file is missing.</exception>
    public async Task<PullPlan?> PlanAsync(KnownModel model, string revision, bool mayLackWeights, CancellationToken cancel)
    {
        _probed.Clear();
        string? commit = null;
        var files = new List<RemoteFile>();
        foreach (KnownFile file in model.Files.Optional) Add(await ProbeAsync(file.Path));
        foreach (KnownFile file in model.Files.Required) Add(await ProbeAsync(file.Path) ?? throw Missing(model, revision, file.Path));
        foreach (FileChoice choice in model.Files.Alternatives)
        {
            RemoteFile[]? set = await FirstWholeAsync(choice);
            if (set is null && mayLackWeights) return null;
            foreach (RemoteFile file in set ?? throw await MissingAsync(model, revision, choice, cancel)) Add(file);
        }

        RemoteFile[] ordered = [.. files.OrderBy(file => KnownModels.IsWeights(file.Path))
            .ThenBy(file => file.Path.EndsWith(KnownModels.IndexSuffix, StringComparison.Ordinal))];
        foreach (RemoteFile file in ordered)
            if (model.Files.All.FirstOrDefault(known => known.Path == file.Path)?.Size is { } size
                && file.Size is { } found && size != found)
                throw new CorruptFileException($"{model.Repository}/{file.Path}",
                    FormattableString.Invariant($"{size} bytes, as the manifest says"),
                    FormattableString.Invariant($"{found} bytes"), "The hub has another file by now: report it.");
        return new PullPlan(revision, commit!, ordered, [.. _probed.Where(entry => entry.Value is null).Select(entry => entry.Key)]);

        async Task<RemoteFile?> ProbeAsync(string path)
        {
            if (_probed.TryGetValue(path, out RemoteFile? known)) return known;
            RemoteFile? file = _probed[path] = await this.ProbeAsync(model, commit ?? revision, path, cancel);
            if (file is not null && commit is not null && file.Commit != commit) throw OtherCommit(model, path, commit, file.Commit);
            commit ??= file?.Commit;
            return file;
        }

        void Add(RemoteFile? file)
        {
            if (file is not null && !files.Contains(file)) files.Add(file);
        }

        async Task<RemoteFile[]?> FirstWholeAsync(FileChoice choice)
        {
            foreach (ImmutableArray<KnownFile> set in choice.OneOf)
            {
                var found = new List<RemoteFile>();
                foreach (KnownFile wanted in set)
                    if (await ProbeAsync(wanted.Path) is { } file) found.Add(file);
                if (found.Count < set.Length) continue;
                foreach (RemoteFile index in found.FindAll(file => file.Path.EndsWith(KnownModels.IndexSuffix, StringComparison.Ordinal)))
                    foreach (string shard in await ShardsAsync(model, index, cancel))
                        found.Add(await ProbeAsync(shard) ?? throw Missing(model, revision, shard));
                return [.. found];
            }

            return null;
        }
    }

    /// <summary>Plans the files that the lock file records.</summary>
    /// <exception cref="CorruptFileException">The hub has another commit or other files.</exception>
    public async Task<PullPlan> PlanLockedAsync(KnownModel model, LockedModel locked, string revision, CancellationToken cancel)
    {
        var files = new List<RemoteFile>();
        foreach ((string path, LockedFile wanted) in locked.Files.OrderBy(entry => KnownModels.IsWeights(entry.Key)))
        {
            string sha = $"sha256 {wanted.Sha256}";
            RemoteFile file = await ProbeAsync(model, revision, path, cancel) ?? throw Differs(path, sha, "no such file on the hub");
            if (file.Commit != locked.Revision) throw ModelPuller.OtherRevision(model, locked, file.Commit, settings.LockFile);
            if (file.Size is { } size && size != wanted.Size)
                throw Differs(path, FormattableString.Invariant($"{wanted.Size} bytes"), FormattableString.Invariant($"{size} on the hub"));
            if (file.HasSha256 && file.ETag != wanted.Sha256) throw Differs(path, sha, $"sha256 {file.ETag} on the hub");
            files.Add(file with { LockedSha256 = wanted.Sha256 });
        }

        return new PullPlan(revision, locked.Revision, files, []);

        CorruptFileException Differs(string path, string expected, string found) => LockComparison.Error($"{model.Repository}/{path}",
            new FileComparison(path, "differs", expected, found), model, settings.LockFile);
    }

    private Task<RemoteFile?> ProbeAsync(KnownModel model, string revision, string path, CancellationToken cancel) =>
        retries.RunAsync($"{model.Repository}/{path}", () => http.ProbeAsync(model.Repository, revision, path, cancel), cancel);

    private async Task<IReadOnlyList<string>> ShardsAsync(KnownModel model, RemoteFile index, CancellationToken cancel)
    {
        await download.BringAsync(index, model.Repository, cancel);
        string blob = cache.Blob(index.ETag);
        return ShardIndex.Files(File.Exists(blob) ? blob : cache.FileOf(index.Commit, index.Path), index.Path);
    }

    private static HubException OtherCommit(KnownModel model, string path, string commit, string found) => new(
        $"{model.Repository}/{path}: expected the commit {commit}, and the hub answered with {found}. Pull again.");

    private static AssetMissingException Missing(KnownModel model, string revision, string path) => new(
        $"{path} of {model.Repository}", $"the revision {revision} on the hub",
        "Check the repository and the revision; a folder of your own works too.");

    /// <summary>The error for weights that are missing: often a robot of the hub has offered them as safetensors.</summary>
    private async Task<Exception> MissingAsync(KnownModel model, string revision, FileChoice choice, CancellationToken cancel)
    {
        string wanted = string.Join(", or ", choice.OneOf.Select(set => string.Join(" and ", set.Select(file => file.Path))));
        string offer = await ConvertedAsync(model, cancel) is { } number
            ? $"A conversion to safetensors is offered there: {model.PullCommand} --revision refs/pr/{number}"
            : "A pickle is never read, because it runs whatever code it holds. "
                + $"{Pickles.Hint("pytorch_model.bin")}, then name that folder.";
        return new AssetMissingException($"The {choice.What} of {model.Repository}", $"the revision {revision} on the hub for {wanted}",
            offer);
    }

    /// <summary>
    /// The number of the request by which the hub's robot offers safetensors; null if there is none or it cannot be learned.
    /// </summary>
    private async Task<int?> ConvertedAsync(KnownModel model, CancellationToken cancel)
    {
        try
        {
            using HttpResponseMessage response =
                await http.GetAsync(new Uri(settings.Endpoint, $"api/models/{model.Repository}/discussions?p=0"), 0, null, cancel);
            if (!response.IsSuccessStatusCode) return null;
            await using Stream content = await response.Content.ReadAsStreamAsync(cancel);
            byte[] text = new byte[MostDiscussions];
            int length = 0;
            for (int count; length < text.Length && (count = await http.ReadAsync(content, text.AsMemory(length), cancel)) > 0;)
                length += count;
            using JsonDocument document = JsonDocument.Parse(text.AsMemory(0, length));
            foreach (JsonElement request in document.RootElement.GetProperty("discussions").EnumerateArray())
                if (request.GetProperty("isPullRequest").GetBoolean() && request.GetProperty("status").GetString() == "open"
                    && request.GetProperty("author").GetProperty("name").GetString() == ConverterName)
                    return request.GetProperty("num").GetInt32();
            return null;
        }
        catch (Exception error) when (error is TransferFault or EmbodiedException or JsonException or KeyNotFoundException
            or InvalidOperationException or FormatException)
        {
            return null; // the first error is the one to tell
        }
    }
}
