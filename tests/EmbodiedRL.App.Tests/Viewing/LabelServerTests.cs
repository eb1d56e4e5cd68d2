using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using EmbodiedRL.App.Viewing;
using EmbodiedRL.Core;
using EmbodiedRL.Rendering.Images;
using EmbodiedRL.Rewards.Learned;
using EmbodiedRL.Training.Films;
using EmbodiedRL.Training.Tests;

namespace EmbodiedRL.App.Tests.Viewing;

public sealed class LabelServerTests : IAsyncLifetime
{
    private const int Segment = 6;

    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _client = new();
    private LabelSession _session = null!;
    private LabelServer _server = null!;

    private string File => _folder["labels.jsonl"];

    public async ValueTask InitializeAsync()
    {
        _session = Open();
        _server = await LabelServer.StartAsync(_session, 0);
        _client.BaseAddress = new Uri(_server.Address);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
        _session.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_person_sees_two_clips_and_each_answer_is_on_the_disk()
    {
        string page = await _client.GetStringAsync("/", Cancel);
        Assert.Contains("<img id=\"left\"", page, StringComparison.Ordinal);
        Assert.Contains("ArrowDown: 'skip'", page, StringComparison.Ordinal);
        (long pair, int answered) = await WhereAsync();
        Assert.Equal((0, 0), (pair, answered));
        byte[] left = await _client.GetByteArrayAsync("/clip/0/left/0.jpg", Cancel),
            right = await _client.GetByteArrayAsync("/clip/0/right/0.jpg", Cancel);
        Assert.Equal([0xFF, 0xD8], left[..2]); // JPEG
        Assert.NotEqual(left, right);

        string[] answers = ["left", "right", "equal", "skip"];
        for (int i = 0; i < answers.Length; i++)
        {
            using HttpResponseMessage reply = await AnswerAsync(i, answers[i]);
            Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
            Assert.Equal(answers[i], PreferenceFile.Read(File).Answers[i].Answer); // while the server runs
        }

        (pair, answered) = await WhereAsync();
        Assert.Equal((4, 4), (pair, answered));
        using JsonDocument status = JsonDocument.Parse(await _client.GetStringAsync("/pair", Cancel));
        Assert.True(status.RootElement.GetProperty("isDone").GetBoolean()); // four were wanted
        Assert.Equal(1, status.RootElement.GetProperty("skipped").GetInt32());
    }

    [Fact]
    public async Task The_file_holds_the_very_states_that_were_shown()
    {
        using (await AnswerAsync(0, "right"))
        {
        }

        (PreferenceHeader header, IReadOnlyList<PreferenceAnswer> answers) = PreferenceFile.Read(File);
        Assert.Equal(("drawn", Segment, SegmentPairs.Random), (header.Environment, header.Segment, header.Policy));
        using var pairs = new SegmentPairs(new DrawnPoint(1), "", Segment, 5, size: 64);
        SegmentPair again = pairs.Play(0, Cancel);
        Assert.Equal(again.Left.States, answers[0].Left);
        Assert.Equal(again.Right.States, answers[0].Right);
        pairs.Play(3, Cancel);
        Assert.Equal(again.Left.Frames, pairs.Play(0, Cancel).Left.Frames); // whatever was shown before
    }

    [Fact]
    public async Task A_restart_goes_on_and_asks_no_pair_twice()
    {
        using (await AnswerAsync(0, "left"))
        using (await AnswerAsync(1, "left"))
        {
        }

        byte[] shown = await _client.GetByteArrayAsync("/clip/2/left/3.jpg", Cancel);
        _client.CancelPendingRequests();
        await _server.DisposeAsync();
        _session.Dispose();
        _session = Open();
        _server = await LabelServer.StartAsync(_session, 0);
        using var client = new HttpClient { BaseAddress = new Uri(_server.Address) };
        using JsonDocument status = JsonDocument.Parse(await client.GetStringAsync("/pair", Cancel));
        Assert.Equal((2, 2), (status.RootElement.GetProperty("pair").GetInt64(), status.RootElement.GetProperty("answered").GetInt32()));
        Assert.Equal(shown, await client.GetByteArrayAsync("/clip/2/left/3.jpg", Cancel)); // the same pair as would have come
        using HttpResponseMessage twice = await client.PostAsJsonAsync("/answer", new { pair = 1, answer = "right" }, Cancel);
        Assert.Equal(HttpStatusCode.BadRequest, twice.StatusCode);
        Assert.Contains("expected 2, which is asked about, found 1", await twice.Content.ReadAsStringAsync(Cancel),
            StringComparison.Ordinal);
        Assert.Equal(2, PreferenceFile.Read(File).Answers.Count);
    }

    [Fact]
    public async Task What_is_wrong_with_a_request_is_said_and_pages_of_others_cannot_answer()
    {
        using HttpResponseMessage unknown = await AnswerAsync(0, "both");
        Assert.Equal(HttpStatusCode.BadRequest, unknown.StatusCode);
        Assert.Contains("found 'both'", await unknown.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        using HttpResponseMessage none = await _client.GetAsync("/clip/1/left/0.jpg", Cancel);
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
        using HttpResponseMessage late = await _client.GetAsync($"/clip/0/left/{Segment}.jpg", Cancel);
        Assert.Equal(HttpStatusCode.NotFound, late.StatusCode);
        using var elsewhere = new HttpRequestMessage(HttpMethod.Get, "/pair") { Headers = { Host = "elsewhere.example" } };
        using HttpResponseMessage refused = await _client.SendAsync(elsewhere, Cancel);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        using var form = new StringContent("{\"pair\":0,\"answer\":\"left\"}", Encoding.UTF8, "text/plain");
        using HttpResponseMessage unread = await _client.PostAsync("/answer", form, Cancel);
        Assert.Equal(HttpStatusCode.Forbidden, unread.StatusCode);
        Assert.Empty(PreferenceFile.Read(File).Answers);
    }

    [Theory]
    [InlineData(41, "", "steps of a segment (--segment): expected at most the 40 of an episode of 'drawn', found 41")]
    [InlineData(6, "expert", "no scripted expert of 'drawn'")]
    [InlineData(6, "best", "no policy 'best'")]
    public void What_cannot_be_shown_is_refused(int segment, string policy, string says) => Assert.Contains(says,
        Assert.ThrowsAny<EmbodiedException>(() => new SegmentPairs(new DrawnPoint(1), policy, segment, 1).Dispose()).Message,
        StringComparison.Ordinal);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private LabelSession Open() => new(new SegmentPairs(new DrawnPoint(1), "", Segment, 5, size: 64), File, wanted: 4, seed: 5);

    private Task<HttpResponseMessage> AnswerAsync(long pair, string answer) =>
        _client.PostAsJsonAsync("/answer", new { pair, answer }, Cancel);

    private async Task<(long Pair, int Answered)> WhereAsync()
    {
        using JsonDocument status = JsonDocument.Parse(await _client.GetStringAsync("/pair", Cancel));
        return (status.RootElement.GetProperty("pair").GetInt64(), status.RootElement.GetProperty("answered").GetInt32());
    }
}
