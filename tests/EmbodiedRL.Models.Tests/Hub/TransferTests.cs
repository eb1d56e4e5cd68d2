using System.Collections.Concurrent;
using System.Globalization;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Hub;

namespace EmbodiedRL.Models.Tests.Hub;

/// <summary>
/// Servers that drop, truncate, redirect, lie and keep silent: the file is right in the end, or there is one error and no file.
/// </summary>
public sealed class TransferTests : IDisposable
{
    private readonly TestHub _hub = new();
    private readonly SwiftTime _time;

    public TransferTests() => _time = SwiftTime.Of(_hub.Settings);

    public void Dispose() => _hub.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_connection_that_breaks_is_resumed_where_it_broke(bool chunked)
    {
        _hub.Store.Script = request => From(request) with { CutAfter = 250_000, Chunked = chunked };
        await PullAndCompareAsync();
        Assert.Equal([0, 250_000, 500_000], _hub.Store.Gets.Select(get => get.From));
        Assert.Equal(Enumerable.Repeat($"\"store-{HubServer.Sha256(_hub.Weights)[..8]}\"", 2),
            _hub.Store.Gets.Skip(1).Select(get => get.Header("if-range")));
        Assert.Equal([1, 2], _time.Waits.Select(wait => (int)wait.TotalSeconds));
    }

    [Fact]
    public async Task A_connection_that_always_breaks_is_given_up_and_what_came_is_kept()
    {
        int answered = 0;
        _hub.Store.Script = request => From(request) with { CutAfter = answered++ == 0 ? 300_000 : 0 };
        HubException error = await Assert.ThrowsAsync<HubException>(PullAndCompareAsync);
        Assert.Contains("model.safetensors", error.Message, StringComparison.Ordinal);
        Assert.Contains("5 attempts", error.Message, StringComparison.Ordinal);
        Assert.Equal([1, 2, 4, 8], _time.Waits.Select(wait => (int)wait.TotalSeconds));
        Assert.Null(new ModelLocator(_hub.Settings).Find(TestHub.Name));
        _hub.Store.Script = null;
        await PullAndCompareAsync();
        Assert.Equal(300_000, _hub.Store.Gets.Last().From);
    }

    [Fact]
    public async Task An_end_without_a_length_is_not_taken_for_the_whole()
    {
        int answered = 0;
        _hub.Store.Script = request => From(request) with { Announced = -1, CutAfter = answered++ == 0 ? 123_456 : null };
        await PullAndCompareAsync();
        Assert.Equal([0, 123_456], _hub.Store.Gets.Select(get => get.From));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public async Task A_length_that_is_not_the_files_is_refused(int more)
    {
        _hub.Store.Script = request => From(request) with { Announced = _hub.Weights.Length + more };
        HubException error = await Assert.ThrowsAsync<HubException>(PullAndCompareAsync);
        Assert.Contains("700000", error.Message, StringComparison.Ordinal);
        Assert.Contains((700_000 + more).ToString(CultureInfo.InvariantCulture), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_that_does_not_end_is_cut_at_the_files_size()
    {
        byte[] endless = TestHub.Noise(20_000_000, 3);
        _hub.Store.Script = _ => new HubAnswer(200, endless) { Chunked = true };
        HubException error = await Assert.ThrowsAsync<HubException>(PullAndCompareAsync);
        Assert.Contains("more than 700000 bytes", error.Message, StringComparison.Ordinal);
        Assert.All(Directory.GetFiles(Path.Combine(_hub.Cache, "blobs")), file => Assert.True(new FileInfo(file).Length < 700_000));
    }

    [Theory]
    [InlineData("17000000000000000000")]
    [InlineData("9000000000000000000")]
    [InlineData("-5")]
    [InlineData("many")]
    public async Task A_size_that_is_none_is_refused(string size)
    {
        _hub.Server.Script = request => Altered(request, "model.safetensors", "X-Linked-Size", size);
        Assert.Contains("X-Linked-Size", (await Assert.ThrowsAsync<HubException>(PullAndCompareAsync)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_size_that_the_hub_gets_wrong_is_one_error()
    {
        _hub.Server.Script = request => Altered(request, "model.safetensors", "X-Linked-Size", "699999");
        await Assert.ThrowsAsync<HubException>(PullAndCompareAsync);
        Assert.Null(new ModelLocator(_hub.Settings).Find(TestHub.Name));
    }

    [Fact]
    public async Task A_server_that_ignores_ranges_starts_over()
    {
        int answered = 0;
        _hub.Store.Script = request => new HubAnswer(200, _hub.Weights) { CutAfter = answered++ == 0 ? 400_000 : null };
        await PullAndCompareAsync();
        Assert.Equal([0, 400_000], _hub.Store.Gets.Select(get => get.From));
    }

    [Theory]
    [InlineData("ETag", "\"another\"")]
    [InlineData("Content-Range", "bytes 100-699999/700000")]
    [InlineData("Content-Range", "bytes 400000-800000/800001")]
    [InlineData("Content-Range", "rubbish")]
    public async Task A_rest_that_is_not_the_rest_is_discarded_with_what_it_would_have_completed(string header, string value)
    {
        int answered = 0;
        _hub.Store.Script = request =>
        {
            HubAnswer answer = From(request) with { CutAfter = answered == 0 ? 400_000 : null };
            if (answered++ == 1) answer.Headers[header] = value;
            return answer;
        };
        await PullAndCompareAsync();
        Assert.Equal([0, 400_000, 0], _hub.Store.Gets.Select(get => get.From));
    }

    [Fact]
    public async Task A_part_that_is_refused_starts_over()
    {
        int answered = 0;
        _hub.Store.Script = request => answered++ switch
        {
            0 => From(request) with { CutAfter = 400_000 },
            1 => HubAnswer.Of(416),
            _ => null,
        };
        await PullAndCompareAsync();
        Assert.Equal([0, 400_000, 0], _hub.Store.Gets.Select(get => get.From));
    }

    [Fact]
    public async Task Large_files_are_compared_with_their_sha256()
    {
        byte[] other = TestHub.Noise(700_000, 99);
        _hub.Store.Script = request => HubServer.Content(request, other, "x");
        CorruptFileException error = await Assert.ThrowsAsync<CorruptFileException>(PullAndCompareAsync);
        Assert.Contains(HubServer.Sha256(other), error.Message, StringComparison.Ordinal);
        Assert.Contains(HubServer.Sha256(_hub.Weights), error.Message, StringComparison.Ordinal);
        Assert.Equal(2, _hub.Store.Gets.Count());
        Assert.DoesNotContain(Directory.GetFiles(Path.Combine(_hub.Cache, "blobs")), file => new FileInfo(file).Length == 700_000);
    }

    [Fact]
    public async Task Small_files_are_compared_with_gits_sha1()
    {
        byte[] config = TestHub.Small[1].Item2;
        _hub.Server.Script = request => request.Method == "GET" && request.Path.EndsWith("/config.json", StringComparison.Ordinal)
            && !request.Path.Contains("Pooling", StringComparison.Ordinal)
            ? new HubAnswer(200, TestHub.Text(new string('x', config.Length)))
            : null;
        CorruptFileException error = await Assert.ThrowsAsync<CorruptFileException>(PullAndCompareAsync);
        Assert.Contains(HubServer.GitSha1(config), error.Message, StringComparison.Ordinal);
    }

    /// <summary>A part of something else is not completed to something else: the hash is of the whole.</summary>
    [Fact]
    public async Task A_damaged_part_is_discarded_when_the_whole_is_wrong()
    {
        string partial = Path.Combine(_hub.Cache, "blobs", HubServer.Sha256(_hub.Weights) + ".incomplete");
        Directory.CreateDirectory(Path.GetDirectoryName(partial)!);
        File.WriteAllBytes(partial, TestHub.Noise(1000, 77));
        await PullAndCompareAsync();
        Assert.Equal([1000, 0], _hub.Store.Gets.Select(get => get.From));

        Directory.Delete(_hub.Cache, recursive: true);
        Directory.CreateDirectory(Path.GetDirectoryName(partial)!);
        File.WriteAllBytes(partial, TestHub.Noise(900_000, 77)); // longer than the file
        await PullAndCompareAsync();
        Assert.Equal(0, _hub.Store.Gets.Last().From);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task Redirects_on_the_same_host_keep_the_token(int status)
    {
        _hub.Variables["HF_TOKEN"] = "hf_secret";
        _hub.Server.Script = request => request.Path.StartsWith("/sentence-transformers/", StringComparison.Ordinal)
            ? HubAnswer.Of(status, ("Location", "/moved" + request.Path))
            : request.Path.StartsWith("/moved", StringComparison.Ordinal)
                ? _hub.Server.Answer(request with { Target = request.Target["/moved".Length..] })
                : null;
        await PullAndCompareAsync();
        Assert.All(_hub.Server.Requests, request => Assert.Equal("Bearer hf_secret", request.Header("authorization")));
        Assert.All(_hub.Store.Requests, request => Assert.Null(request.Header("authorization")));
    }

    [Fact]
    public async Task The_token_goes_to_no_other_host_and_nobody_without_one_is_told()
    {
        _hub.Variables["HF_TOKEN"] = "hf_secret";
        // another host leads on to a third; the first is asked with the token again when it is its turn
        using var other = new HubServer { Script = request => HubAnswer.Of(302, ("Location", $"{_hub.Store.Address}{request.Path[1..]}")) };
        _hub.Server.Script = request => request.Method == "GET" && request.Path.EndsWith("model.safetensors", StringComparison.Ordinal)
            ? HubAnswer.Of(302, ("Location", $"{other.Address}store/{HubServer.Sha256(_hub.Weights)}"))
            : null;
        await PullAndCompareAsync();
        Assert.NotEmpty(other.Requests);
        Assert.NotEmpty(_hub.Store.Requests);
        Assert.All(other.Requests.Concat(_hub.Store.Requests), request => Assert.Null(request.Header("authorization")));
        Assert.All(_hub.Server.Requests, request => Assert.Equal("Bearer hf_secret", request.Header("authorization")));
    }

    [Theory]
    [InlineData("/loop", "at most 10 redirects")]
    [InlineData("ftp://127.0.0.1/x", "no address of the web")]
    [InlineData("file:///etc/passwd", "no address of the web")]
    [InlineData("", "no address of the web")]
    public async Task A_redirect_that_leads_nowhere_is_one_error(string location, string says)
    {
        _hub.Server.Script = _ => location.Length > 0 ? HubAnswer.Of(302, ("Location", location)) : HubAnswer.Of(302);
        HubException error = await Assert.ThrowsAsync<HubException>(PullAndCompareAsync);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.InRange(_hub.Server.Requests.Count, 1, 11);
    }

    [Theory]
    [InlineData(401, "HF_TOKEN")]
    [InlineData(403, "HF_TOKEN")]
    [InlineData(404, "revision")]
    [InlineData(400, "400")]
    public async Task A_refusal_is_told_at_once(int status, string says)
    {
        _hub.Server.Script = _ => HubAnswer.Of(status, ("X-Error-Code", status == 404 ? "RepoNotFound" : "GatedRepo\u0007"));
        EmbodiedException error = await Assert.ThrowsAnyAsync<EmbodiedException>(PullAndCompareAsync);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\u0007', error.Message);
        Assert.Single(_hub.Server.Requests);
        Assert.Empty(_time.Waits);
    }

    [Theory]
    [InlineData(429, "7", new[] { 7 })]
    [InlineData(503, "Wed, 04 Mar 2026 05:06:27 GMT", new[] { 20 })]
    [InlineData(503, "Wed, 04 Mar 2020 05:06:27 GMT", new[] { 1 })]
    [InlineData(429, "soon", new[] { 1 })]
    [InlineData(500, null, new[] { 1 })]
    [InlineData(502, null, new[] { 1 })]
    [InlineData(408, null, new[] { 1 })]
    public async Task A_busy_hub_is_asked_again_when_it_says(int status, string? retryAfter, int[] waits)
    {
        int asked = 0;
        HubAnswer busy = retryAfter is null ? HubAnswer.Of(status) : HubAnswer.Of(status, ("Retry-After", retryAfter));
        _hub.Server.Script = _ => asked++ > 0 ? null : busy;
        await PullAndCompareAsync();
        Assert.Equal(waits, _time.Waits.Select(wait => (int)wait.TotalSeconds));
    }

    [Fact]
    public async Task A_hub_that_stays_busy_or_asks_for_an_hour_is_given_up()
    {
        _hub.Server.Script = _ => HubAnswer.Of(500);
        HubException error = await Assert.ThrowsAsync<HubException>(PullAndCompareAsync);
        Assert.Contains("500", error.Message, StringComparison.Ordinal);
        Assert.Equal(5, _hub.Server.Requests.Count);
        _hub.Server.Script = _ => HubAnswer.Of(429, ("Retry-After", "3600"));
        error = await Assert.ThrowsAsync<HubException>(PullAndCompareAsync);
        Assert.Contains("60 minutes", error.Message, StringComparison.Ordinal);
        Assert.Equal(6, _hub.Server.Requests.Count);
    }

    [Fact]
    public async Task A_store_that_is_busy_is_asked_again()
    {
        int asked = 0;
        _hub.Store.Script = _ => asked++ == 0 ? HubAnswer.Of(503, ("Retry-After", "3")) : null;
        await PullAndCompareAsync();
        Assert.Equal([3], _time.Waits.Select(wait => (int)wait.TotalSeconds));
    }

    [Fact]
    public async Task Silence_counts_as_a_broken_connection()
    {
        var silence = new TaskCompletionSource();
        int answered = 0;
        _hub.Store.Script = request => answered++ > 0 ? null : From(request) with { CutAfter = 200_000, Silence = silence.Task };
        var heard = new Listener(progress => progress.File == "model.safetensors" && progress.Done >= 200_000);
        Task<PulledModel> pull = TestHub.PullAsync(_hub.Settings, _time, listener: heard);
        await heard.Heard;
        while (heard.Reasons.IsEmpty)
        {
            _time.LosePatience(); // as soon as it waits for more
            await Task.Delay(1);
        }

        await pull;
        silence.SetResult();
        Assert.Equal(_hub.Weights, File.ReadAllBytes(Path.Combine(_hub.Snapshot, "model.safetensors")));
        Assert.Contains("60 s", heard.Reasons.First(), StringComparison.Ordinal);
        Assert.True(_hub.Store.Gets.Last().From > 0);
    }

    [Fact]
    public async Task An_interrupted_pull_keeps_what_came()
    {
        var silence = new TaskCompletionSource();
        _hub.Store.Script = request => From(request) with { CutAfter = 200_000, Silence = silence.Task };
        using var interruption = new CancellationTokenSource();
        var heard = new Listener(progress => progress.File == "model.safetensors" && progress.Done >= 200_000);
        Task<PulledModel> pull = TestHub.PullAsync(_hub.Settings, _time, listener: heard, cancel: interruption.Token);
        await heard.Heard;
        await interruption.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pull);
        silence.SetResult();
        _hub.Store.Script = null;
        await PullAndCompareAsync();
        Assert.True(_hub.Store.Gets.Last().From > 0);
    }

    [Fact]
    public async Task An_encoded_answer_is_refused()
    {
        _hub.Store.Script = request => From(request) with { Headers = new() { ["Content-Encoding"] = "gzip" } };
        Assert.Contains("gzip", (await Assert.ThrowsAsync<HubException>(PullAndCompareAsync)).Message, StringComparison.Ordinal);
        Assert.All(_hub.Store.Requests, request => Assert.Equal("identity", request.Header("accept-encoding")));
    }

    [Theory]
    [InlineData("X-Repo-Commit", "../../../../escaped", "X-Repo-Commit")]
    [InlineData("X-Repo-Commit", null, "X-Repo-Commit")]
    [InlineData("ETag", null, "ETag")]
    public async Task What_does_not_answer_as_a_hub_is_none(string header, string? value, string says)
    {
        _hub.Server.Script = request => Altered(request, "README.md", header, value);
        Assert.Contains(says, (await Assert.ThrowsAsync<HubException>(PullAndCompareAsync)).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_hub.Folder, "escaped*", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData("\"../../../../escaped\"")]
    [InlineData("\".hidden\"")]
    [InlineData("\"a:b|c\"")]
    public async Task An_etag_that_is_no_file_name_is_none_on_the_disk(string tag)
    {
        _hub.Server.Script = request => Altered(request, "config.json", "ETag", tag);
        await PullAndCompareAsync();
        Assert.Empty(Directory.GetFileSystemEntries(_hub.Folder, "escaped*", SearchOption.AllDirectories));
        string? link = new FileInfo(Path.Combine(_hub.Snapshot, "config.json")).LinkTarget;
        Assert.StartsWith("../../blobs/etag-", link, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_at_the_address_is_one_error()
    {
        Uri nobody;
        using (var gone = new HubServer()) nobody = gone.Address;
        HubSettings settings = _hub.Settings with { Endpoint = nobody };
        HubException error = await Assert.ThrowsAsync<HubException>(() => TestHub.PullAsync(settings, _time));
        Assert.Contains(nobody.ToString(), error.Message, StringComparison.Ordinal);
        Assert.Contains("HF_ENDPOINT", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proxy_is_asked_for_everything_but_what_goes_directly()
    {
        using var proxy = new HubServer();
        proxy.Script = request => request.Target.StartsWith("http://hub.test/", StringComparison.Ordinal)
            ? _hub.Server.Answer(request)
            : HubAnswer.Of(502);
        _hub.Variables["HF_ENDPOINT"] = "http://hub.test";
        _hub.Variables["http_proxy"] = proxy.Address.ToString();
        _hub.Variables["no_proxy"] = "localhost,127.0.0.1";
        await PullAndCompareAsync();
        Assert.All(proxy.Requests, request => Assert.StartsWith("http://hub.test/", request.Target, StringComparison.Ordinal));
        Assert.NotEmpty(_hub.Store.Requests); // directly
        Assert.Empty(_hub.Server.Requests);
    }

    [Fact]
    public async Task Progress_reaches_the_whole_and_says_speed_and_time_to_go()
    {
        var listener = new Listener(_ => false) { Each = () => _time.Advance(TimeSpan.FromSeconds(1)) };
        PulledModel pulled = await TestHub.PullAsync(_hub.Settings, _time, listener: listener);
        PullProgress last = listener.All[^1];
        Assert.Equal((pulled.Bytes, pulled.Bytes, 5, 5), (last.Done, last.Total, last.Index, last.Count));
        Assert.All(listener.All.Zip(listener.All.Skip(1)), pair => Assert.True(pair.First.Done <= pair.Second.Done));
        Assert.Contains(listener.All, progress => progress is { BytesPerSecond: > 0, Remaining.TotalSeconds: > 0 });
        Assert.Equal(TimeSpan.Zero, last.Remaining);
    }

    private async Task PullAndCompareAsync()
    {
        PulledModel pulled = await TestHub.PullAsync(_hub.Settings, _time);
        foreach ((string path, byte[] content) in _hub.Server.Repositories[TestHub.Repository].Commits[_hub.Commit])
            Assert.Equal(content, File.ReadAllBytes(Path.Combine(pulled.Folder, path)));
        new ModelLocator(_hub.Settings).Locate(TestHub.Name);
        Assert.Empty(Directory.GetFiles(Path.Combine(_hub.Cache, "blobs"), "*.incomplete*"));
    }

    private HubAnswer From(HubRequest request) => _hub.Store.Answer(request);

    /// <summary>The hub's answer for one file, with a header changed or left out.</summary>
    private HubAnswer? Altered(HubRequest request, string file, string header, string? value)
    {
        if (!request.Path.EndsWith("/" + file, StringComparison.Ordinal) || request.Path.Contains("Pooling", StringComparison.Ordinal))
            return null;
        HubAnswer answer = _hub.Server.Answer(request);
        if (value is null) answer.Headers.Remove(header);
        else answer.Headers[header] = value;
        return answer;
    }

    private sealed class Listener(Func<PullProgress, bool> until) : IPullListener
    {
        private readonly TaskCompletionSource _heard = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Heard => _heard.Task;

        public List<PullProgress> All { get; } = [];

        public ConcurrentQueue<string> Reasons { get; } = [];

        public Action? Each { get; init; }

        public void Report(in PullProgress progress)
        {
            All.Add(progress);
            Each?.Invoke();
            if (until(progress)) _heard.TrySetResult();
        }

        public void Wait(string what, string reason, TimeSpan wait) => Reasons.Enqueue(reason);

        public void Note(string sentence)
        {
        }
    }
}
