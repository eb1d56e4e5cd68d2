using System.Text.Json;
using EmbodiedRL.Core;
using EmbodiedRL.Training.Runs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace EmbodiedRL.App.Viewing;

/// <summary>
/// Label server: a page on this machine alone that shows two segments side by side: <c>/</c> the page, <c>/pair</c> where it stands,
/// <c>/clip/PAIR/SIDE/FRAME.jpg</c> the frames, <c>/answer</c> the answers.
/// </summary>
internal sealed class LabelServer : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly LabelSession _session;

    private LabelServer(WebApplication application, LabelSession session) => (_application, _session) = (application, session);

    /// <summary>Where it is, e.g. <c>http://127.0.0.1:8090</c>.</summary>
    public string Address => LocalPage.AddressOf(_application);

    /// <summary>Opens the page.</summary>
    /// <param name="session">Lent.</param>
    /// <param name="port">0 takes a free one.</param>
    /// <exception cref="AssetMissingException">Somebody else has the port.</exception>
    public static async Task<LabelServer> StartAsync(LabelSession session, int port)
    {
        WebApplication application = LocalPage.Build(port);
        var server = new LabelServer(application, session);
        server.Map();
        await LocalPage.StartAsync(application, port);
        return server;
    }

    /// <summary>Closes the page.</summary>
    public ValueTask DisposeAsync() => LocalPage.StopAsync(_application);

    private void Map()
    {
        _application.MapGet("/", () => Results.Text(LocalPage.Read("label.html"), "text/html; charset=utf-8"));
        _application.MapGet("/pair", () => Results.Text(RunJson.Of(_session.Status), "application/json"));
        _application.MapGet("/clip/{pair:long}/{side}/{frame:int}.jpg", (long pair, string side, int frame) =>
            _session.Frame(pair, side, frame) is { } jpeg ? Results.Bytes(jpeg, "image/jpeg") : Results.NotFound());
        _application.MapPost("/answer", AnswerAsync);
    }

    private async Task AnswerAsync(HttpContext context)
    {
        try
        {
            LabelRequest request = await JsonSerializer.DeserializeAsync<LabelRequest>(context.Request.Body,
                RunJson.Options, context.RequestAborted)
                ?? new LabelRequest();
            await context.Response.WriteAsync(RunJson.Of(_session.Answer(request)), context.RequestAborted);
        }
        catch (Exception error) when (error is EmbodiedException or JsonException)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await context.Response.WriteAsync(error.Message, context.RequestAborted);
        }
    }
}
