using System.Globalization;
using System.Text;
using System.Text.Json;
using EmbodiedRL.Core;
using EmbodiedRL.Training.Runs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace EmbodiedRL.App.Viewing;

/// <summary>
/// View server: a page on this machine alone that shows a live scene: <c>/</c> the page, <c>/live</c> its images,
/// <c>/status</c> the values, <c>/do</c> requests.
/// </summary>
internal sealed class ViewServer : IAsyncDisposable
{
    private const string Boundary = "frame";

    private readonly WebApplication _application;
    private readonly LiveScene _scene;

    private ViewServer(WebApplication application, LiveScene scene) => (_application, _scene) = (application, scene);

    /// <summary>Where it is, e.g. <c>http://127.0.0.1:8090</c>.</summary>
    public string Address => LocalPage.AddressOf(_application);

    /// <summary>Opens the page.</summary>
    /// <param name="scene">Lent.</param>
    /// <param name="port">0 takes a free one.</param>
    /// <exception cref="AssetMissingException">Somebody else has the port.</exception>
    public static async Task<ViewServer> StartAsync(LiveScene scene, int port)
    {
        WebApplication application = LocalPage.Build(port);
        var server = new ViewServer(application, scene);
        server.Map();
        await LocalPage.StartAsync(application, port);
        return server;
    }

    /// <summary>Closes the page; streams that people still look at end.</summary>
    public ValueTask DisposeAsync() => LocalPage.StopAsync(_application);

    private void Map()
    {
        _application.MapGet("/", () => Results.Text(LocalPage.Read("view.html"), "text/html; charset=utf-8"));
        _application.MapGet("/status", () => Results.Text(RunJson.Of(_scene.Latest.Status), "application/json"));
        _application.MapGet("/frame.jpg", () => Results.Bytes(_scene.Latest.Jpeg, "image/jpeg"));
        _application.MapGet("/live", StreamAsync);
        _application.MapPost("/do", DoAsync);
    }

    private async Task DoAsync(HttpContext context)
    {
        try
        {
            ViewRequest request = await JsonSerializer.DeserializeAsync<ViewRequest>(context.Request.Body,
                RunJson.Options, context.RequestAborted)
                ?? new ViewRequest();
            _scene.Do(request);
            await context.Response.WriteAsync(RunJson.Of(_scene.Latest.Status), context.RequestAborted);
        }
        catch (Exception error) when (error is EmbodiedException or JsonException)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await context.Response.WriteAsync(error.Message, context.RequestAborted);
        }
    }

    /// <summary>Pictures one after another as they come (multipart/x-mixed-replace), which an img element shows as a film.</summary>
    private async Task StreamAsync(HttpContext context)
    {
        using var ending =
            CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _application.Lifetime.ApplicationStopping);
        context.Response.ContentType = $"multipart/x-mixed-replace; boundary={Boundary}";
        try
        {
            for (ViewFrame frame = _scene.Latest; ; frame = await _scene.NextAsync(frame.Number, ending.Token))
            {
                string head = string.Create(CultureInfo.InvariantCulture,
                    $"--{Boundary}\r\nContent-Type: image/jpeg\r\nContent-Length: {frame.Jpeg.Length}\r\n\r\n");
                await context.Response.Body.WriteAsync(Encoding.ASCII.GetBytes(head), ending.Token);
                await context.Response.Body.WriteAsync(frame.Jpeg, ending.Token);
                await context.Response.Body.WriteAsync("\r\n"u8.ToArray(), ending.Token);
                await context.Response.Body.FlushAsync(ending.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // nobody looks any more
        }
    }
}
