using System.Net;

namespace EmbodiedRL.Models.Hub;

/// <summary>Proxy of environment variables: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY, read as .NET reads them.</summary>
/// <remarks>
/// Lower-case spellings take precedence. An entry of NO_PROXY is a host, or with a dot before it a domain and all below it; <c>*</c> is
/// every host. User and password may stand in the proxy's address.
/// </remarks>
internal sealed class EnvironmentProxy : IWebProxy
{
    private readonly Uri? _http, _https;
    private readonly string[] _direct;

    private EnvironmentProxy(Uri? http, Uri? https, string[] direct) => (_http, _https, _direct) = (http, https, direct);

    /// <inheritdoc/>
    public ICredentials? Credentials { get; set; }

    /// <summary>What the variables say.</summary>
    /// <returns>Null if they name no proxy.</returns>
    public static EnvironmentProxy? Of(Func<string, string?> variables)
    {
        Uri? all = Address(Value("all_proxy")), http = Address(Value("http_proxy")) ?? all, https = Address(Value("https_proxy")) ?? all;
        if (http is null && https is null) return null;
        var proxy = new EnvironmentProxy(http, https,
            Value("no_proxy")?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? []);
        if ((https ?? http)!.UserInfo is { Length: > 0 } user)
        {
            string[] parts = user.Split(':', 2);
            string password = parts.ElementAtOrDefault(1) ?? "";
            proxy.Credentials = new NetworkCredential(Uri.UnescapeDataString(parts[0]), Uri.UnescapeDataString(password));
        }

        return proxy;

        string? Value(string name) =>
            variables(name) is { Length: > 0 } lower ? lower : variables(name.ToUpperInvariant()) is { Length: > 0 } upper ? upper : null;
    }

    /// <inheritdoc/>
    public Uri? GetProxy(Uri destination) => IsBypassed(destination) ? null : Of(destination);

    /// <inheritdoc/>
    public bool IsBypassed(Uri host) => Of(host) is null || _direct.Any(entry => Matches(entry, host.Host));

    private Uri? Of(Uri destination) => destination.Scheme == Uri.UriSchemeHttps ? _https : _http;

    private static bool Matches(string entry, string host)
    {
        if (entry == "*") return true;
        string domain = entry.StartsWith("*.", StringComparison.Ordinal) ? entry[1..] : entry;
        return domain[0] == '.'
            ? host.EndsWith(domain, StringComparison.OrdinalIgnoreCase) || host.Equals(domain[1..], StringComparison.OrdinalIgnoreCase)
            : host.Equals(domain, StringComparison.OrdinalIgnoreCase);
    }

    private static Uri? Address(string? text)
    {
        string? whole = text is null || text.Contains("://", StringComparison.Ordinal) ? text : "http://" + text;
        return Uri.TryCreate(whole, UriKind.Absolute, out Uri? uri) ? uri : null;
    }
}
