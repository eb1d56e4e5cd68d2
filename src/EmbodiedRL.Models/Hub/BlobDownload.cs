using System.Net;
using EmbodiedRL.Core;

namespace EmbodiedRL.Models.Hub;

/// <summary>
/// Download of one content into the cache: resumed where it broke off, compared with the hub's size and hash, then renamed.
/// </summary>
internal sealed class BlobDownload(HubHttp http, HubCache cache, HubSettings settings, TimeProvider time, TransferMeter meter,
    IPullListener listener)
{
    private const int Chunk = 1 << 18;
    private const long Progress = 1 << 20, MostOfUnknownSize = 1L << 30;
    private const int MostMismatches = 2;

    private readonly RetryPolicy _retries = new(settings, time, listener);

    /// <summary>Brings a file, unless its content is here already.</summary>
    /// <param name="file">As the hub says.</param>
    /// <param name="repository">For errors.</param>
    /// <param name="cancel">Ends the transfer; what has arrived is kept.</param>
    /// <returns>Digest of the content, which is that of the hub.</returns>
    /// <exception cref="CorruptFileException">What comes is not what the hub says.</exception>
    /// <exception cref="EmbodiedException">The hub refuses, or the disk.</exception>
    public async Task<FileDigest> BringAsync(RemoteFile file, string repository, CancellationToken cancel)
    {
        using FileGuard guard = await FileGuard.TakeAsync(cache.Guard(file.ETag), time,
            () => listener.Wait(file.Path, "another process transfers it", TimeSpan.Zero), cancel);
        Directory.CreateDirectory(Path.GetDirectoryName(cache.Blob(file.ETag))!);
        try
        {
            if (WholeHere(file, cancel) is { } here)
            {
                File.Delete(cache.Partial(file.ETag)); // of a transfer that somebody else completed
                File.Delete(cache.PartialTag(file.ETag));
                return here;
            }

            FileDigest digest = await TransferAsync(file, repository, cancel);
            settings.Step($"rename {file.Path}");
            File.Move(cache.Partial(file.ETag), cache.Blob(file.ETag), overwrite: true);
            settings.Step($"forget {file.Path}");
            File.Delete(cache.PartialTag(file.ETag));
            return digest;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw HubJson.Refused(cache.Partial(file.ETag), error);
        }
    }

    /// <summary>The digest of what is here of a file's content: in the blobs, or in the snapshot where links are refused.</summary>
    private FileDigest? WholeHere(RemoteFile file, CancellationToken cancel)
    {
        foreach (string path in new[] { cache.Blob(file.ETag), cache.FileOf(file.Commit, file.Path) })
        {
            if (HubCache.SizeOf(path) is not { } size || (file.Size is { } expected && expected != size)) continue;
            FileDigest digest = FileDigest.Of(path, file.HasGitSha1, cancel);
            if (file.Mismatch(digest) is null && (file.LockedSha256 is null || file.LockedSha256 == digest.Sha256)) return digest;
        }

        return null;
    }

    private async Task<FileDigest> TransferAsync(RemoteFile file, string repository, CancellationToken cancel)
    {
        for (int failures = 0, mismatches = 0; ;)
        {
            long before = LengthOf(file);
            try
            {
                if (file.Size is not { } size || before != size) await AttemptAsync(file, repository, before, cancel);
                settings.Step($"verify {file.Path}");
                FileDigest digest = FileDigest.Of(cache.Partial(file.ETag), file.HasGitSha1, cancel);
                if (file.Mismatch(digest) is not { } wrong) return digest;
                Discard(file);
                if (++mismatches >= MostMismatches)
                    throw new CorruptFileException($"{repository}/{file.Path}", wrong.Expected, wrong.Found,
                        "What came is discarded. Check the proxy and HF_ENDPOINT, and pull again later.");
                listener.Wait(file.Path, $"what came has {wrong.Found} instead of {wrong.Expected}; it is discarded", TimeSpan.Zero);
            }
            catch (TransferFault fault)
            {
                failures = LengthOf(file) - before >= Progress ? 1 : failures + 1;
                await _retries.WaitAsync($"{repository}/{file.Path}", fault, failures, cancel);
            }
        }
    }

    private async Task AttemptAsync(RemoteFile file, string repository, long from, CancellationToken cancel)
    {
        if (file.Size is { } whole && from > whole) (from, _) = (0, Discard(file));
        using HttpResponseMessage response = await http.GetAsync(file.Address, from, from > 0 ? TagOf(file) : null, cancel);
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            Discard(file);
            throw new TransferFault("the rest of the file was refused (416)", TimeSpan.Zero);
        }

        http.Require(response, repository, file.Commit);
        from = StartOf(file, response, from);
        RequireLength(file, response, from);
        settings.Step($"tag {file.Path}");
        if (HubHttp.HeaderOf(response, "ETag") is { } tag) await File.WriteAllTextAsync(cache.PartialTag(file.ETag), tag, cancel);
        await ReceiveAsync(file, response, from, cancel);
    }

    /// <summary>Where the answer begins: at the byte that was asked for, or at the first, which discards what was here.</summary>
    private long StartOf(RemoteFile file, HttpResponseMessage response, long from)
    {
        if (from == 0 && response.StatusCode == HttpStatusCode.PartialContent)
            throw new TransferFault("a part came where all was asked for");
        if (response.StatusCode != HttpStatusCode.PartialContent) return Discard(file);
        string? tag = HubHttp.HeaderOf(response, "ETag"), known = TagOf(file);
        if (known is not null && tag is not null && tag != known)
        {
            Discard(file);
            throw new TransferFault("the file has changed since its first part came, which is discarded", TimeSpan.Zero);
        }

        if (response.Content.Headers.ContentRange is not { From: { } start } range || start != from
            || (range.Length is { } length && file.Size is { } size && length != size))
        {
            Discard(file);
            throw new TransferFault("another part came than was asked for", TimeSpan.Zero);
        }

        return from;
    }

    private static void RequireLength(RemoteFile file, HttpResponseMessage response, long from)
    {
        if (response.Content.Headers.ContentEncoding.Count > 0)
            throw new TransferFault($"the content came encoded ({HubNames.Printable(response.Content.Headers.ContentEncoding.First())})");
        if (file.Size is { } size && response.Content.Headers.ContentLength is { } length && length != size - from)
            throw new TransferFault(FormattableString.Invariant($"expected {size - from} bytes, and {length} were announced"));
    }

    private async Task ReceiveAsync(RemoteFile file, HttpResponseMessage response, long from, CancellationToken cancel)
    {
        settings.Step($"open {file.Path}");
        await using var disk = new FileStream(cache.Partial(file.ETag), FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, 0);
        disk.SetLength(from);
        disk.Position = from;
        await using Stream content = await response.Content.ReadAsStreamAsync(cancel);
        byte[] buffer = new byte[Chunk];
        long here = from, most = file.Size ?? MostOfUnknownSize;
        for (int count; (count = await http.ReadAsync(content, buffer, cancel)) > 0;)
        {
            if (here + count > most)
            {
                disk.SetLength(0);
                throw new TransferFault(FormattableString.Invariant($"more than {most} bytes came"));
            }

            settings.Step($"write {file.Path}");
            await disk.WriteAsync(buffer.AsMemory(0, count), cancel);
            meter.Add(count, here += count);
        }

        settings.Step($"flush {file.Path}");
        disk.Flush(flushToDisk: true);
        if (file.Size is { } size && here < size)
            throw new TransferFault(FormattableString.Invariant($"the connection ended after {here} of {size} bytes"));
    }

    private long LengthOf(RemoteFile file) => HubCache.SizeOf(cache.Partial(file.ETag)) ?? 0;

    private string? TagOf(RemoteFile file) =>
        HubCache.SizeOf(cache.PartialTag(file.ETag)) is > 0 and < 1024 ? File.ReadAllText(cache.PartialTag(file.ETag)) : null;

    private long Discard(RemoteFile file)
    {
        settings.Step($"discard {file.Path}");
        File.Delete(cache.Partial(file.ETag));
        File.Delete(cache.PartialTag(file.ETag));
        return 0;
    }
}
