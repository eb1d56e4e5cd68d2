using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using EmbodiedRL.Core;

namespace EmbodiedRL.Models.Hub;

/// <summary>
/// HTTP client of a hub: sends the token to the endpoint alone, follows redirects itself, and takes silence for a failure.
/// </summary>
internal sealed class HubHttp : IDisposable
{
    private const int MostRedirects = 10;
    private const long MostBytes = 1L << 42; // 4 TB: more is a mistake, and sums of it are none
    private const string CommitHeader = "X-Repo-Commit", ErrorCode = "X-Error-Code";
    private const string LinkedTag = "X-Linked-Etag", LinkedSize = "X-Linked-Size";

    private readonly HttpClient _client;
    private readonly HubSettings _settings;
    private readonly TimeProvider _time;

    /// <summary>Opens no connection yet.</summary>
    public HubHttp(HubSettings settings, TimeProvider time)
    {
        (_settings, _time) = (settings, time);
        _client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            Proxy = settings.Proxy,
            UseProxy = settings.Proxy is not null,
        })
        { Timeout = Timeout.InfiniteTimeSpan };
        _client.DefaultRequestHeaders.UserAgent.ParseAdd("embodiedrl/0.1");
        _client.DefaultRequestHeaders.AcceptEncoding.ParseAdd("identity"); // sizes and hashes are those of the file
    }

    /// <summary>Address of a file.</summary>
    public Uri AddressOf(string repository, string revision, string path) => new(_settings.Endpoint,
        $"{repository}/resolve/{Uri.EscapeDataString(revision)}/{string.Join('/', path.Split('/').Select(Uri.EscapeDataString))}");

    /// <summary>Asks what a file is, without its content.</summary>
    /// <returns>Null if the revision has no such file.</returns>
    /// <exception cref="TransferFault">Another attempt may succeed.</exception>
    /// <exception cref="EmbodiedException">None will.</exception>
    public async Task<RemoteFile?> ProbeAsync(string repository, string revision, string path, CancellationToken cancel)
    {
        Uri address = AddressOf(repository, revision, path);
        using HttpResponseMessage response = await SendAsync(HttpMethod.Head, address, null, isProbe: true, cancel);
        if (response.StatusCode == HttpStatusCode.NotFound && HeaderOf(response, ErrorCode) is null or "EntryNotFound") return null;
        if (!IsRedirect(response)) Require(response, repository, revision);
        string? commit = HeaderOf(response, CommitHeader);
        if (!HubNames.IsCommit(commit))
            throw new HubException($"{address} does not answer as a hub: expected a commit in the header {CommitHeader}, found "
                + $"'{HubNames.Printable(commit)}'. Check HF_ENDPOINT.");
        string tag = Normalize(HeaderOf(response, LinkedTag) ?? HeaderOf(response, "ETag"))
            ?? throw new HubException($"{address} has no ETag, which names a file's content. Check HF_ENDPOINT.");
        return new RemoteFile(path, commit!, tag, SizeOf(response, address), address);
    }

    /// <summary>Asks for the content of a file, or for the rest of it.</summary>
    /// <param name="address">Of the file.</param>
    /// <param name="from">First byte; 0 asks for all.</param>
    /// <param name="tag">ETag of what has arrived; null if it is not known or weak.</param>
    /// <param name="cancel">Ends the waiting.</param>
    /// <returns>The answer as soon as its headers are here; the caller disposes it.</returns>
    public Task<HttpResponseMessage> GetAsync(Uri address, long from, string? tag, CancellationToken cancel) =>
        SendAsync(HttpMethod.Get, address, from == 0 ? null : headers =>
        {
            headers.Range = new RangeHeaderValue(from, null);
            if (tag is not null && EntityTagHeaderValue.TryParse(tag, out EntityTagHeaderValue? strong) && !strong.IsWeak)
                headers.IfRange = new RangeConditionHeaderValue(strong);
        }, isProbe: false, cancel);

    /// <summary>Reads what has come of an answer; silence is a failure.</summary>
    /// <returns>Bytes read; 0 at the end.</returns>
    /// <exception cref="TransferFault">The connection broke or went silent.</exception>
    public async ValueTask<int> ReadAsync(Stream content, Memory<byte> buffer, CancellationToken cancel) =>
        await PatientlyAsync(async token => await content.ReadAsync(buffer, token), cancel);

    /// <summary>Throws unless an answer is a success.</summary>
    /// <exception cref="TransferFault">Another attempt may succeed.</exception>
    /// <exception cref="EmbodiedException">None will.</exception>
    public void Require(HttpResponseMessage response, string repository, string revision)
    {
        if (response.IsSuccessStatusCode) return;
        int status = (int)response.StatusCode;
        string answer = FormattableString.Invariant($"the hub answered {status}");
        if (HeaderOf(response, ErrorCode) is { } code) answer += $" ({HubNames.Printable(code)})";
        if (status is 408 or 425 or 429 or 500 or 502 or 503 or 504) throw new TransferFault(answer, RetryAfterOf(response));
        string page = new Uri(_settings.Endpoint, repository).ToString();
        string has = _settings.Token is null ? "No token is set" : "A token is set";
        throw status switch
        {
            401 or 403 => new HubException($"{repository}: {answer}: there is no such repository, or it is private, or its terms have to "
                + $"be accepted at {page}. {has}: give one that may read it in HF_TOKEN, or correct the name."),
            404 or 410 => new AssetMissingException($"{repository} at the revision {revision}", $"{page}; {answer}",
                "Check the name, the revision and HF_ENDPOINT."),
            407 => new HubException(
                "The proxy asks for a user and a password (407). Give them in HTTPS_PROXY, as http://user:password@host:port."),
            _ => new HubException($"{repository}: {answer}. Check HF_ENDPOINT and try again later."),
        };
    }

    /// <summary>Closes the connections.</summary>
    public void Dispose() => _client.Dispose();

    /// <summary>A header's only value; null without it.</summary>
    public static string? HeaderOf(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out IEnumerable<string>? values)
        || response.Content.Headers.TryGetValues(name, out values) ? values.FirstOrDefault() : null;

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, Uri address, Action<HttpRequestHeaders>? dress, bool isProbe,
        CancellationToken cancel)
    {
        Uri place = address;
        for (int hop = 0; hop <= MostRedirects; hop++)
        {
            using var request = new HttpRequestMessage(method, place);
            dress?.Invoke(request.Headers);
            if (_settings.Token is { } token && _settings.IsOwn(place)) request.Headers.Authorization = new("Bearer", token);
            HttpResponseMessage response =
                await PatientlyAsync(patience => _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience), cancel);
            if (!IsRedirect(response)) return response;
            try
            {
                Uri next = NextOf(place, response);
                // what the hub says of a file stands in the answer that leads to another host
                if (isProbe && !_settings.IsOwn(next) && HeaderOf(response, CommitHeader) is not null) return response;
                place = next;
            }
            catch (HubException)
            {
                response.Dispose();
                throw;
            }

            response.Dispose();
        }

        throw new HubException(
            $"{address}: expected at most {MostRedirects} redirects, found more, the last to {place}. Check HF_ENDPOINT.");
    }

    private static bool IsRedirect(HttpResponseMessage response) => (int)response.StatusCode is 301 or 302 or 303 or 307 or 308;

    private static Uri NextOf(Uri place, HttpResponseMessage response)
    {
        if (response.Headers.Location is not { } location || !Uri.TryCreate(place, location, out Uri? next)
            || next.Scheme is not ("http" or "https"))
            throw new HubException($"{place} redirects to '{HubNames.Printable(HeaderOf(response, "Location"))}', which is no address of "
                + "the web. Check HF_ENDPOINT.");
        if (place.Scheme == "https" && next.Scheme == "http")
            throw new HubException($"{place} redirects to {next}, which is not encrypted. Check HF_ENDPOINT.");
        return next;
    }

    /// <summary>Waits for the network as long as <see cref="HubSettings.Patience"/>; what goes wrong there is a fault.</summary>
    private async Task<T> PatientlyAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancel)
    {
        using var silence = new CancellationTokenSource(_settings.Patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, silence.Token);
        try
        {
            return await work(either.Token);
        }
        catch (OperationCanceledException) when (silence.IsCancellationRequested && !cancel.IsCancellationRequested)
        {
            throw new TransferFault(FormattableString.Invariant($"nothing came for {_settings.Patience.TotalSeconds:0} s"));
        }
        catch (HttpRequestException error) when (error.HttpRequestError is HttpRequestError.NameResolutionError
            or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError)
        {
            throw new HubException($"The hub {_settings.Endpoint} cannot be reached: {Reason(error)}. Check the network, the proxy "
                + "(HTTPS_PROXY) and HF_ENDPOINT; without a network name a folder that holds the model.", error);
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            throw new TransferFault(Reason(error), null, error);
        }
    }

    private static string Reason(Exception error) =>
        HubNames.Printable((error.InnerException ?? error).Message.Split('\n')[0].TrimEnd('.', ' '));

    private TimeSpan? RetryAfterOf(HttpResponseMessage response)
    {
        TimeSpan? wait = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - _time.GetUtcNow(),
            _ => null,
        };
        return wait > TimeSpan.Zero ? wait : null;
    }

    private static long? SizeOf(HttpResponseMessage response, Uri address)
    {
        string? said = HeaderOf(response, LinkedSize);
        if (said is null && (IsRedirect(response) || response.Content.Headers.ContentLength is null)) return null;
        said ??= FormattableString.Invariant($"{response.Content.Headers.ContentLength}");
        return long.TryParse(said, NumberStyles.None, CultureInfo.InvariantCulture, out long size) && size <= MostBytes
            ? size
            : throw new HubException($"{address}: expected a size of at most {MostBytes} bytes, found '{HubNames.Printable(said)}' "
                + $"({LinkedSize}). Check HF_ENDPOINT.");
    }

    /// <summary>An ETag without its quotes and without the mark of a weak one.</summary>
    private static string? Normalize(string? tag)
    {
        if (tag is null) return null;
        string bare = (tag.StartsWith("W/", StringComparison.Ordinal) ? tag[2..] : tag).Trim('"');
        return bare.Length > 0 ? bare : null;
    }
}
