using EmbodiedRL.Core;

namespace EmbodiedRL.Models.Hub;

/// <summary>Pull of models from a hub into the Hugging Face cache: planned, transferred, compared and recorded in the lock file.</summary>
/// <remarks>
/// The order of the writes makes a kill at any moment harmless: a content gets its name when it is whole and compared, a snapshot gets its
/// weights last, the revision is remembered after that, and the lock file is written at the end.
/// </remarks>
public sealed class ModelPuller : IDisposable
{
    private const string Branch = "main";

    private readonly HubSettings _settings;
    private readonly TimeProvider _time;
    private readonly IPullListener _listener;
    private readonly HubHttp _http;

    /// <summary>Opens no connection yet.</summary>
    /// <param name="settings">Addresses and folders.</param>
    /// <param name="time">Measures waits and speeds.</param>
    /// <param name="listener">Told of the progress; null tells nobody.</param>
    public ModelPuller(HubSettings settings, TimeProvider time, IPullListener? listener = null)
    {
        (_settings, _time, _listener) = (settings, time, listener ?? new SilentListener());
        _http = new HubHttp(settings, time);
    }

    /// <summary>Pulls a model, unless it is here already.</summary>
    /// <param name="name">A name of the manifest, or a repository <c>owner/name</c>.</param>
    /// <param name="request">Which revision.</param>
    /// <param name="cancel">Ends the transfer; what has arrived is kept.</param>
    /// <exception cref="UnknownNameException">There is no such name.</exception>
    /// <exception cref="AssetMissingException">The hub has no such repository, revision or file; or offline, the cache has not.</exception>
    /// <exception cref="CorruptFileException">A file is not what the hub says or the lock file records.</exception>
    /// <exception cref="HubException">The hub refuses or cannot be reached.</exception>
    public async Task<PulledModel> PullAsync(string name, PullRequest request, CancellationToken cancel)
    {
        KnownModel model = KnownModels.Require(name);
        try
        {
            return await PullAsync(model, request, cancel);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw HubJson.Refused(_settings.Cache, error);
        }
    }

    /// <summary>Closes the connections.</summary>
    public void Dispose() => _http.Dispose();

    private async Task<PulledModel> PullAsync(KnownModel model, PullRequest request, CancellationToken cancel)
    {
        string? asked = request.Revision is { } said ? HubNames.RequireRevision(said) : null;
        var cache = new HubCache(_settings, model.Repository);
        LockedModel? locked = request.Update ? null : ModelLock.Read(_settings.LockFile).Find(model.Repository);
        if (locked is not null && (asked is null || asked == locked.Revision) && IsHere(cache, locked, cancel))
            return Pulled(model, cache, locked, 0);
        return _settings.Offline
            ? await RecordOfflineAsync(model, cache, locked, request with { Revision = asked }, cancel)
            : await PullAsync(model, cache, locked, request with { Revision = asked ?? locked?.Revision ?? model.Revision }, cancel);
    }

    private async Task<PulledModel> PullAsync(KnownModel model, HubCache cache, LockedModel? locked, PullRequest request,
        CancellationToken cancel)
    {
        var meter = new TransferMeter(_time, _listener);
        var download = new BlobDownload(_http, cache, _settings, _time, meter, _listener);
        var planner = new PullPlanner(_http, cache, download, new RetryPolicy(_settings, _time, _listener), _settings);
        PullPlan plan = locked is not null
            ? await planner.PlanLockedAsync(model, locked, request.Revision!, cancel)
            : await PlanNewestAsync(planner, model, request.Revision, cancel);
        RequireSpace(cache, plan);
        (meter.Count, meter.Total) = (plan.Files.Count, plan.Files.Sum(file => file.Size ?? 0));
        var files = new Dictionary<string, LockedFile>(StringComparer.Ordinal);
        for (int index = 0; index < plan.Files.Count; index++)
        {
            RemoteFile file = plan.Files[index];
            meter.Begin(file.Path, index + 1);
            FileDigest digest = await download.BringAsync(file, model.Repository, cancel);
            var found = new LockedFile(digest.Size, digest.Sha256, file.ETag);
            RequireRecorded(model, file.Path, found, locked);
            files[file.Path] = found;
            meter.Finish(digest.Size);
        }

        Publish(cache, plan);
        var record = new LockedModel(plan.Commit, files);
        await RecordAsync(model, cache, record, locked, request.Update, cancel);
        return Pulled(model, cache, record, meter.Received);
    }

    /// <summary>
    /// Plans the newest commit; where <c>main</c> has no safetensors, the revision that has them, if the manifest knows one.
    /// </summary>
    private async Task<PullPlan> PlanNewestAsync(PullPlanner planner, KnownModel model, string? asked, CancellationToken cancel)
    {
        bool hasOther = asked is null && model.SafetensorsRevision is not null;
        PullPlan? plan = await planner.PlanAsync(model, asked ?? Branch, mayLackWeights: hasOther, cancel);
        if (plan is not null) return plan;
        _listener.Note($"{Branch} of {model.Repository} holds no safetensors; {model.SafetensorsRevision}, which does, is taken.");
        return (await planner.PlanAsync(model, model.SafetensorsRevision!, mayLackWeights: false, cancel))!;
    }

    private static void Publish(HubCache cache, PullPlan plan)
    {
        foreach (string absent in plan.Absent) cache.WriteAbsence(plan.Commit, absent);
        for (int index = 0; index < plan.Files.Count; index++) // the weights are the last ones
        {
            RemoteFile file = plan.Files[index];
            if (HubCache.SizeOf(cache.Blob(file.ETag)) is null) continue; // the snapshot holds it, or it would have been brought
            cache.Publish(file.ETag, plan.Commit, file.Path, isLast: !plan.Files.Skip(index + 1).Any(other => other.ETag == file.ETag));
        }

        cache.WriteRef(plan.Revision, plan.Commit);
    }

    private async Task RecordAsync(KnownModel model, HubCache cache, LockedModel record, LockedModel? locked, bool isUpdate,
        CancellationToken cancel)
    {
        if (locked is not null) return; // it has been compared, and what is recorded stays
        using FileGuard guard = await FileGuard.TakeAsync(cache.GuardOfRecords(), _time,
            () => _listener.Wait(_settings.LockFile, "another process writes to it", TimeSpan.Zero), cancel);
        ModelLock records = ModelLock.Read(_settings.LockFile);
        if (!isUpdate && records.Find(model.Repository) is { } other && other.Revision != record.Revision)
            throw OtherRevision(model, other, record.Revision); // another process was faster
        _settings.Step("record");
        records.Record(model.Repository, record);
    }

    /// <summary>Takes what the cache holds, e.g. because Python's tools have pulled it, and records it.</summary>
    private async Task<PulledModel> RecordOfflineAsync(KnownModel model, HubCache cache, LockedModel? locked, PullRequest request,
        CancellationToken cancel)
    {
        string? commit = request.Revision is { } asked
            ? cache.Commit(asked)
            : locked?.Revision ?? cache.Commit(Branch) ?? (model.SafetensorsRevision is { } other ? cache.Commit(other) : null);
        string folder = commit is null ? cache.Folder : cache.Snapshot(commit);
        IReadOnlyList<string> missing = ModelFiles.Missing(folder, model);
        if (commit is null || missing.Count > 0)
            throw new AssetMissingException($"The model {model.Name}",
                commit is null ? folder : $"{folder}, which lacks {string.Join(", ", missing)}",
                $"Offline nothing is pulled; with a network: {model.PullCommand}");
        if (locked is not null && commit == locked.Revision) // it differs, or it would have been here
        {
            FileComparison wrong = LockComparison.Compare(folder, locked, cancel).First(file => !file.IsOk);
            throw LockComparison.Error(Path.Combine(folder, wrong.File), wrong, model, _settings.LockFile);
        }

        if (locked is not null) throw OtherRevision(model, locked, commit);
        LockedModel record = new(commit, FilesOf(folder).ToDictionary(file => file, file => RecordOf(Path.Combine(folder, file), cancel)));
        await RecordAsync(model, cache, record, locked, request.Update, cancel);
        return Pulled(model, cache, record, 0);
    }

    private static IEnumerable<string> FilesOf(string folder) => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(folder, file).Replace(Path.DirectorySeparatorChar, '/'))
        .Where(file => HubNames.IsFile(file) && !file.EndsWith(".tmp", StringComparison.Ordinal)
            && HubCache.SizeOf(Path.Combine(folder, file)) is not null);

    /// <summary>What a cached file is; its blob's name is its ETag, which is compared.</summary>
    private static LockedFile RecordOf(string path, CancellationToken cancel)
    {
        string? tag = new FileInfo(path).LinkTarget is { } target ? Path.GetFileName(target) : null;
        var file = new RemoteFile(path, "", tag ?? "", null, new Uri("file:///"));
        FileDigest digest = FileDigest.Of(path, file.HasGitSha1, cancel);
        if (file.Mismatch(digest) is { } wrong)
            throw new CorruptFileException(path, wrong.Expected, wrong.Found,
                "Delete what the link leads to, and pull the model again with a network.");
        return new LockedFile(digest.Size, digest.Sha256, tag);
    }

    private static bool IsHere(HubCache cache, LockedModel locked, CancellationToken cancel) =>
        Directory.Exists(cache.Snapshot(locked.Revision))
        && LockComparison.Compare(cache.Snapshot(locked.Revision), locked, cancel).All(file => file.IsOk);

    private void RequireRecorded(KnownModel model, string path, LockedFile found, LockedModel? locked)
    {
        KnownFile? known = model.Files.All.FirstOrDefault(file => file.Path == path);
        if (known?.Sha256 is { } sha && sha != found.Sha256)
            throw new CorruptFileException($"{model.Repository}/{path}", $"sha256 {sha}, as the manifest says", $"sha256 {found.Sha256}",
                "The hub has another file by now: report it.");
        if (locked is null || locked.Files[path] == found) return;
        LockedFile wanted = locked.Files[path];
        if (wanted.Sha256 != found.Sha256 || wanted.Size != found.Size)
            throw LockComparison.Error($"{model.Repository}/{path}", new FileComparison(path, "differs", $"sha256 {wanted.Sha256}",
                $"sha256 {found.Sha256} on the hub"), model, _settings.LockFile);
    }

    internal static CorruptFileException OtherRevision(KnownModel model, LockedModel locked, string commit, string lockFile) => new(
        $"{model.Repository}", $"the revision {locked.Revision}, as {lockFile} records", $"the revision {commit}",
        $"Leave --revision out; if the new one is wanted, record it with --update.");

    private CorruptFileException OtherRevision(KnownModel model, LockedModel locked, string commit) =>
        OtherRevision(model, locked, commit, _settings.LockFile);

    private void RequireSpace(HubCache cache, PullPlan plan)
    {
        long needed = plan.Files.Where(file => HubCache.SizeOf(cache.Blob(file.ETag)) is null
            && HubCache.SizeOf(cache.FileOf(file.Commit, file.Path)) is null)
            .Sum(file => Math.Max(0, (file.Size ?? 0) - (HubCache.SizeOf(cache.Partial(file.ETag)) ?? 0)));
        if (needed == 0) return;
        Directory.CreateDirectory(_settings.Cache);
        long free = _settings.FreeSpace(_settings.Cache);
        if (needed > free)
            throw new EmbodiedException(FormattableString.Invariant(
                $"{_settings.Cache}: expected {needed / 1e6:N1} MB of free space for {plan.Files.Count} files, found {free / 1e6:N1} MB. ")
                + "Free some, or name a folder on another disk in HF_HOME.");
    }

    private static PulledModel Pulled(KnownModel model, HubCache cache, LockedModel record, long transferred) => new(model.Name,
        model.Repository, record.Revision, cache.Snapshot(record.Revision), model.License, record.Files.Values.Sum(file => file.Size),
        transferred, [.. record.Files.OrderBy(file => file.Key, StringComparer.Ordinal)
            .Select(file => new PulledFile(file.Key, file.Value.Size, file.Value.Sha256))]);
}
