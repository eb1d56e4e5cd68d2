using System.Globalization;
using System.Net;
using EmbodiedRL.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EmbodiedRL.App.Viewing;

/// <summary>Local page: what all pages have in common that this program serves to the browser of this machine alone.</summary>
internal static class LocalPage
{
    /// <summary>An application that answers this machine alone; not yet started, and without any address of its own.</summary>
    /// <param name="port">0 takes a free one.</param>
    public static WebApplication Build(int port)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        WebApplication application = builder.Build();
        application.Use(RequireLocalAsync);
        return application;
    }

    /// <summary>Opens it; one that cannot be opened is disposed.</summary>
    /// <exception cref="AssetMissingException">Somebody else has the port.</exception>
    public static async Task StartAsync(WebApplication application, int port)
    {
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
    }

    /// <summary>Where it is, e.g. <c>http://127.0.0.1:8090</c>.</summary>
    public static string AddressOf(WebApplication application) =>
        application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <summary>Closes it; streams that people still look at end.</summary>
    public static async ValueTask StopAsync(WebApplication application)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await application.StopAsync(patience.Token);
        await application.DisposeAsync();
    }

    /// <summary>A page that came with the program.</summary>
    /// <param name="name">Of the resource.</param>
    public static string Read(string name)
    {
        using Stream page = typeof(LocalPage).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(page);
        return reader.ReadToEnd();
    }

    /// <summary>A page of somebody else must not steer this one: its requests come under another name or are not JSON.</summary>
    private static async Task RequireLocalAsync(HttpContext context, RequestDelegate next)
    {
        bool isLocal = context.Request.Host.Host is "127.0.0.1" or "localhost" or "[::1]";
        if (isLocal && (HttpMethods.IsGet(context.Request.Method) || context.Request.HasJsonContentType())) await next(context);
        else context.Response.StatusCode = StatusCodes.Status403Forbidden;
    }
}
