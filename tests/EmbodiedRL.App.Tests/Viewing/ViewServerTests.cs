using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using EmbodiedRL.App.Viewing;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Rendering.Images;

namespace EmbodiedRL.App.Tests.Viewing;

public sealed class ViewServerTests : IAsyncLifetime
{
    private readonly LiveScene _scene = LiveSceneTests.Open();
    private readonly HttpClient _client = new();
    private ViewServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await ViewServer.StartAsync(_scene, 0);
        _client.BaseAddress = new Uri(_server.Address);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
        _scene.Dispose();
    }

    [Fact]
    public async Task Page_numbers_and_requests_belong_together()
    {
        Assert.Contains("<img id=\"scene\"", await _client.GetStringAsync("/", Cancel), StringComparison.Ordinal);
        using HttpResponseMessage stepped = await _client.PostAsJsonAsync("/do", new { action = "step" }, Cancel);
        Assert.Equal(HttpStatusCode.OK, stepped.StatusCode);
        using JsonDocument status = JsonDocument.Parse(await _client.GetStringAsync("/status", Cancel));
        Assert.Equal(("drawn", 1),
            (status.RootElement.GetProperty("environment").GetString(), status.RootElement.GetProperty("step").GetInt32()));
    }

    [Fact]
    public async Task What_is_wrong_with_a_request_is_said()
    {
        using HttpResponseMessage unknown = await _client.PostAsJsonAsync("/do", new { action = "fly" }, Cancel);
        Assert.Equal(HttpStatusCode.BadRequest, unknown.StatusCode);
        Assert.Contains("no action 'fly'", await unknown.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        using var broken = new StringContent("{", Encoding.UTF8, "application/json");
        using HttpResponseMessage refused = await _client.PostAsync("/do", broken, Cancel);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
    }

    [Fact]
    public async Task Pages_of_others_cannot_steer_it()
    {
        using var elsewhere = new HttpRequestMessage(HttpMethod.Get, "/status") { Headers = { Host = "elsewhere.example" } };
        using HttpResponseMessage refused = await _client.SendAsync(elsewhere, Cancel);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        // what a foreign form can send without asking
        using var form = new StringContent("{\"action\":\"step\"}", Encoding.UTF8, "text/plain");
        using HttpResponseMessage unread = await _client.PostAsync("/do", form, Cancel);
        Assert.Equal(HttpStatusCode.Forbidden, unread.StatusCode);
        Assert.Equal(0, _scene.Latest.Status.Step);
    }

    [Fact]
    public async Task The_stream_sends_every_new_picture()
    {
        using HttpResponseMessage live = await _client.GetAsync("/live", HttpCompletionOption.ResponseHeadersRead, Cancel);
        await using Stream stream = await live.Content.ReadAsStreamAsync(Cancel);
        byte[] first = await ReadPartAsync(stream);
        Assert.Equal(_scene.Latest.Jpeg, first);
        _scene.Do(new ViewRequest { Action = "orbit", X = 40 });
        Assert.Equal(_scene.Latest.Jpeg, await ReadPartAsync(stream));
        Assert.NotEqual(first, _scene.Latest.Jpeg);
    }

    [Fact, Trait("Category", Installed.Category)]
    public async Task A_browser_shows_scene_score_and_measures()
    {
        string? browser = new[] { "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome" }.FirstOrDefault(File.Exists);
        Assert.SkipWhen(browser is null, "There is no Chromium here; install it: apt-get install chromium");
        _scene.Do(new ViewRequest { Action = "goal", Text = "red" });
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        Task playing = _scene.RunAsync(ending.Token);
        using var folder = new TemporaryFolder();
        string picture = folder["view.png"];
        string page = await BrowseAsync(browser!, folder.Path, $"--screenshot={picture}", "--window-size=1100,800");
        Assert.True(File.Exists(picture), page);
        RgbImage shown = ImageFile.ReadRgb(picture);
        int reds = Enumerable.Range(0, shown.Rgb.Length / 3)
            .Count(i => shown.Rgb[3 * i] > shown.Rgb[(3 * i) + 1] + 90 && shown.Rgb[3 * i] > shown.Rgb[(3 * i) + 2] + 90);
        Assert.True(reds > 500, $"The ball is not on the page: {reds} red pixels.");

        string document = await BrowseAsync(browser!, folder.Path, "--dump-dom");
        Assert.Contains("<h1 id=\"title\">drawn</h1>", document, StringComparison.Ordinal);
        Assert.Matches("<div id=\"score\">-?\\d\\.\\d{3}</div>", document);
        Assert.Contains("centered", document, StringComparison.Ordinal);
        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => playing);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private async Task<string> BrowseAsync(string browser, string folder, params string[] wish)
    {
        var start = new ProcessStartInfo(browser,
            [
                "--headless=new", "--no-sandbox", "--disable-gpu", $"--user-data-dir={folder}/profile", "--timeout=15000",
                "--virtual-time-budget=2000", .. wish, _server.Address
            ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        _ = process.StandardError.ReadToEndAsync(Cancel);
        string said = await process.StandardOutput.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);
        return said;
    }

    /// <summary>The content of the next part of a multipart answer.</summary>
    private static async Task<byte[]> ReadPartAsync(Stream stream)
    {
        int length = 0;
        for (string line = await ReadLineAsync(stream); length == 0 || line.Length > 0; line = await ReadLineAsync(stream))
            if (line.StartsWith("Content-Length:", StringComparison.Ordinal))
                length = int.Parse(line["Content-Length:".Length..], System.Globalization.CultureInfo.InvariantCulture);
        byte[] content = new byte[length];
        await stream.ReadExactlyAsync(content, Cancel);
        return content;
    }

    private static async Task<string> ReadLineAsync(Stream stream)
    {
        var line = new StringBuilder();
        byte[] one = new byte[1];
        while (true)
        {
            await stream.ReadExactlyAsync(one, Cancel);
            if (one[0] == '\n') return line.ToString().TrimEnd('\r');
            line.Append((char)one[0]);
        }
    }
}
