#pragma warning disable CA5350 // git names commits and contents by SHA-1
using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace EmbodiedRL.Models.Tests.Hub;

/// <summary>A request as it arrived.</summary>
internal sealed record HubRequest(string Method, string Target, IReadOnlyDictionary<string, string> Headers)
{
    public string Path => Target.StartsWith("http://", StringComparison.Ordinal) ? new Uri(Target).AbsolutePath : Target.Split('?')[0];

    public string? Header(string name) => Headers.GetValueOrDefault(name.ToLowerInvariant());

    /// <summary>First byte that is asked for.</summary>
    public int From => Header("range") is { } range ? int.Parse(range["bytes=".Length..^1], CultureInfo.InvariantCulture) : 0;
}

/// <summary>An answer, and how it goes wrong.</summary>
internal sealed record HubAnswer(int Status, byte[] Body)
{
    public Dictionary<string, string> Headers { get; init; } = [];

    /// <summary>Bytes after which the connection is closed; null sends all.</summary>
    public int? CutAfter { get; init; }

    /// <summary>Length that is announced; null announces the body's, a negative one none.</summary>
    public long? Announced { get; init; }

    public bool Chunked { get; init; }

    /// <summary>Awaited after <see cref="CutAfter"/> bytes: silence instead of an end.</summary>
    public Task? Silence { get; init; }

    public static HubAnswer Of(int status, params (string Name, string Value)[] headers) =>
        new(status, []) { Headers = headers.ToDictionary(header => header.Name, header => header.Value) };
}

/// <summary>A repository of the test's hub.</summary>
internal sealed class HubRepository
{
    /// <summary>Commits by branch.</summary>
    public Dictionary<string, string> Branches { get; } = [];

    /// <summary>Files by commit and path.</summary>
    public Dictionary<string, Dictionary<string, byte[]>> Commits { get; } = [];

    public string Commit(string branch, params (string Path, byte[] Content)[] files)
    {
        string commit = Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(
            branch + string.Join('|', files.Select(file => file.Path + Convert.ToHexString(SHA256.HashData(file.Content)))))));
        Commits[commit] = files.ToDictionary(file => file.Path, file => file.Content);
        Branches[branch] = commit;
        return commit;
    }
}

/// <summary>
/// A hub on this machine: answers as the real one does (commit, ETag, large files on another host), or as a test's script says.
/// </summary>
internal sealed class HubServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();

    public HubServer()
    {
        _listener.Start();
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");
        _ = AcceptAsync();
    }

    public Uri Address { get; }

    public Dictionary<string, HubRepository> Repositories { get; } = [];

    /// <summary>Where large files are; null keeps them here.</summary>
    public HubServer? Store { get; set; }

    /// <summary>Large files by their SHA-256.</summary>
    public ConcurrentDictionary<string, byte[]> Contents { get; } = [];

    /// <summary>Answers before the hub does; null leaves it to the hub.</summary>
    public Func<HubRequest, HubAnswer?>? Script { get; set; }

    public ConcurrentQueue<HubRequest> Requests { get; } = [];

    public IEnumerable<HubRequest> Gets => Requests.Where(request => request.Method == "GET");

    public static string Sha256(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    public static string GitSha1(byte[] content) =>
        Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {content.Length}\0"), .. content]));

    public HubAnswer Answer(HubRequest request)
    {
        string[] parts = [.. request.Path.Trim('/').Split('/').Select(Uri.UnescapeDataString)];
        if (parts is ["store", var sha])
            return Contents.TryGetValue(sha, out byte[]? stored) ? Content(request, stored, "store-" + sha[..8]) : HubAnswer.Of(403);
        if (parts.Length < 5 || parts[2] != "resolve") return HubAnswer.Of(404);
        if (!Repositories.TryGetValue($"{parts[0]}/{parts[1]}", out HubRepository? repository))
            return HubAnswer.Of(401, ("X-Error-Code", "RepoNotFound"));
        string commit = repository.Branches.GetValueOrDefault(parts[3], parts[3]), path = string.Join('/', parts[4..]);
        if (!repository.Commits.TryGetValue(commit, out var files)) return HubAnswer.Of(404, ("X-Error-Code", "RevisionNotFound"));
        if (!files.TryGetValue(path, out byte[]? content))
            return HubAnswer.Of(404, ("X-Error-Code", "EntryNotFound"), ("X-Repo-Commit", commit));
        if (!path.EndsWith(".safetensors", StringComparison.Ordinal))
        {
            HubAnswer small = Content(request, content, GitSha1(content));
            small.Headers["X-Repo-Commit"] = commit;
            return small;
        }

        string hash = Sha256(content);
        (Store ?? this).Contents[hash] = content;
        return HubAnswer.Of(302, ("Location", $"{(Store ?? this).Address}store/{hash}"), ("X-Repo-Commit", commit),
            ("X-Linked-Etag", $"\"{hash}\""), ("X-Linked-Size", content.Length.ToString(CultureInfo.InvariantCulture)));
    }

    /// <summary>A content, or the rest of it, with its ETag.</summary>
    public static HubAnswer Content(HubRequest request, byte[] content, string tag)
    {
        bool isSame = request.Header("if-range") is not { } wanted || wanted == $"\"{tag}\"";
        int from = isSame ? request.From : 0;
        if (from >= content.Length && from > 0) return HubAnswer.Of(416);
        var answer = new HubAnswer(from > 0 ? 206 : 200, content[from..]) { Headers = { ["ETag"] = $"\"{tag}\"" } };
        if (from > 0) answer.Headers["Content-Range"] = $"bytes {from}-{content.Length - 1}/{content.Length}";
        return answer;
    }

    public void Dispose()
    {
        _end.Cancel();
        _listener.Dispose();
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await _listener.AcceptTcpClientAsync(_end.Token));
        }
        catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // the test is over
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        try
        {
            using (client)
            await using (NetworkStream stream = client.GetStream())
            {
                if (await ReadAsync(stream) is not { } request) return;
                Requests.Enqueue(request);
                await WriteAsync(stream, request, Script?.Invoke(request) ?? Answer(request));
                client.Client.Shutdown(SocketShutdown.Send);
            }
        }
        catch (Exception error) when (error is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // the client has gone
        }
    }

    private static async Task<HubRequest?> ReadAsync(NetworkStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
        if (await reader.ReadLineAsync() is not { } first) return null;
        var headers = new Dictionary<string, string>();
        while (await reader.ReadLineAsync() is { Length: > 0 } line)
            headers[line[..line.IndexOf(':')].ToLowerInvariant()] = line[(line.IndexOf(':') + 1)..].Trim();
        string[] words = first.Split(' ');
        return new HubRequest(words[0], words[1], headers);
    }

    private static async Task WriteAsync(NetworkStream stream, HubRequest request, HubAnswer answer)
    {
        var head = new StringBuilder($"HTTP/1.1 {answer.Status} Said\r\nConnection: close\r\n");
        foreach ((string name, string value) in answer.Headers) head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        if (answer.Chunked) head.Append("Transfer-Encoding: chunked\r\n");
        else if (answer.Announced is not < 0)
            head.Append(CultureInfo.InvariantCulture, $"Content-Length: {answer.Announced ?? answer.Body.Length}\r\n");
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()));
        if (request.Method == "HEAD") return;
        byte[] body = answer.CutAfter is { } most ? answer.Body[..Math.Min(most, answer.Body.Length)] : answer.Body;
        if (!answer.Chunked) await stream.WriteAsync(body);
        else
        {
            foreach (byte[] chunk in body.Chunk(1000))
            {
                await stream.WriteAsync(Encoding.ASCII.GetBytes($"{chunk.Length:x}\r\n"));
                await stream.WriteAsync(chunk);
                await stream.WriteAsync("\r\n"u8.ToArray());
            }

            if (body.Length == answer.Body.Length) await stream.WriteAsync("0\r\n\r\n"u8.ToArray());
        }

        await stream.FlushAsync();
        if (answer.Silence is { } silence) await silence;
    }
}
