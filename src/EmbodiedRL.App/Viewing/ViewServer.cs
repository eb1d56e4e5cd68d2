using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using EmbodiedRL.App.Reporting.Sections;
using EmbodiedRL.Core;
using EmbodiedRL.Training.Runs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

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
    public string Address => _application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <summary>Opens the page.</summary>
    /// <param name="scene">Lent.</param>
    /// <param name="port">0 takes a free one.</param>
    /// <exception cref="AssetMissingException">Somebody else has the port.</exception>
    public static async Task<ViewServer> StartAsync(LiveScene scene, int port)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        WebApplication application = builder.Build();
        var server = new ViewServer(application, scene);
        server.Map();
        try
        {
            await application.StartAsync();
        }
        catch (IOException taken)
        {
            await application.DisposeAsync();
            throw new AssetMissingException("A free port", string.Create(CultureInfo.InvariantCulture, $"{port}"),
                "Name another one by --port, or 0 for any.", taken);
        }

        return server;
    }

    /// <summary>Closes the page; streams that people still look at end.</summary>
    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await _application.StopAsync(patience.Token);
        await _application.DisposeAsync();
    }

    private void Map()
    {
        _application.Use(RequireLocalAsync);
        _application.MapGet("/", () => Results.Text(Page(), "text/html; charset=utf-8"));
        _application.MapGet("/status", () => Results.Text(RunJson.Of(_scene.Latest.Status), "application/json"));
        _application.MapGet("/frame.jpg", () => Results.Bytes(_scene.Latest.Jpeg, "image/jpeg"));
        _application.MapGet("/live", StreamAsync);
        _application.MapPost("/do", DoAsync);
    }

    /// <summary>A page of somebody else must not steer this one: its requests come under another name or are not JSON.</summary>
    private static async Task RequireLocalAsync(HttpContext context, RequestDelegate next)
    {
        bool isLocal = context.Request.Host.Host is "127.0.0.1" or "localhost" or "[::1]";
        if (isLocal && (HttpMethods.IsGet(context.Request.Method) || context.Request.HasJsonContentType())) await next(context);
        else context.Response.StatusCode = StatusCodes.Status403Forbidden;
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

    private static string Page()
    {
        using Stream page = typeof(ViewServer).Assembly.GetManifestResourceStream("view.html")!;
        using var reader = new StreamReader(page);
        return reader.ReadToEnd();
    }
}
