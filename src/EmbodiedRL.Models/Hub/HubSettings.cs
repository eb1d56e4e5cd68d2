using System.Net;
using EmbodiedRL.Core;

namespace EmbodiedRL.Models.Hub;

/// <summary>
/// Settings of the model hub: its address, token, cache and proxy, and the folders and the lock file of this installation.
/// </summary>
public sealed record HubSettings
{
    /// <summary>Variable that names the lock file.</summary>
    public const string LockVariable = "EMBODIED_MODELS_LOCK";

    /// <summary>Variable that names a folder of models.</summary>
    public const string ModelsVariable = "EMBODIED_MODELS";

    /// <summary>The lock file's name.</summary>
    public const string LockName = "models.lock.json";

    private const string DefaultEndpoint = "https://huggingface.co";
    private static readonly string[] TrueWords = ["1", "ON", "YES", "TRUE"];

    /// <summary>Address of the hub (HF_ENDPOINT), ending in a slash.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>Access token (HF_TOKEN, or the token file); null without one. It is sent to the endpoint alone.</summary>
    public string? Token { get; init; }

    /// <summary>Folder of the Hugging Face cache (HF_HUB_CACHE, else <c>hub</c> under HF_HOME).</summary>
    public required string Cache { get; init; }

    /// <summary>Whether the network may not be used (HF_HUB_OFFLINE).</summary>
    public bool Offline { get; init; }

    /// <summary>Proxy; null without one.</summary>
    public IWebProxy? Proxy { get; init; }

    /// <summary>The file that records what was pulled; see <see cref="ModelLock"/>.</summary>
    public required string LockFile { get; init; }

    /// <summary>Folder of models of the user's own (EMBODIED_MODELS), a subfolder for each; null without one.</summary>
    public string? Models { get; init; }

    /// <summary>Folder of the weights that ship; null without one.</summary>
    public string? Weights { get; init; }

    /// <summary>The user's home, which <c>~/</c> before a path stands for.</summary>
    public string Home { get; init; } = "";

    /// <summary>Time without a byte after which a connection counts as broken.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Attempts without progress after which a transfer is given up.</summary>
    public int Attempts { get; init; } = 5;

    /// <summary>Whether snapshots hold symbolic links; null tries, and takes the files themselves where links are refused.</summary>
    internal bool? Links { get; init; }

    /// <summary>Free bytes of the disk that a folder lies on.</summary>
    internal Func<string, long> FreeSpace { get; init; } = folder => new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace;

    /// <summary>Called before every change on the disk; tests stop there.</summary>
    internal Action<string> Step { get; init; } = _ => { };

    /// <summary>Reads the variables that Python's tools of the hub read, and those of this project.</summary>
    /// <param name="variables">Looks up an environment variable; null if it is not set.</param>
    /// <param name="root">Folder of the lock file where no variable names one: the checkout; null takes the user's configuration.</param>
    /// <param name="weights">Folder of the weights that ship.</param>
    /// <exception cref="SettingsException">HF_ENDPOINT or the token cannot be used.</exception>
    public static HubSettings Of(Func<string, string?> variables, string? root = null, string? weights = null)
    {
        string? Value(string name) => variables(name) is { } value && value.Trim() is { Length: > 0 } text ? text : null;
        string home = Value("HOME") ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string Whole(string path) => Path.GetFullPath(Expand(path, home));
        string caches = Value("XDG_CACHE_HOME") ?? Path.Combine(home, ".cache");
        string huggingFace = Whole(Value("HF_HOME") ?? Path.Combine(caches, "huggingface"));
        string settings = Path.Combine(Value("XDG_CONFIG_HOME") ?? Path.Combine(home, ".config"), "embodiedrl");
        return new HubSettings
        {
            Endpoint = EndpointOf(Value("HF_ENDPOINT") ?? DefaultEndpoint),
            Token = TokenOf(Value, Whole(Value("HF_TOKEN_PATH") ?? Path.Combine(huggingFace, "token"))),
            Cache = Whole(Value("HF_HUB_CACHE") ?? Value("HUGGINGFACE_HUB_CACHE") ?? Path.Combine(huggingFace, "hub")),
            Offline = IsTrue(Value("HF_HUB_OFFLINE") ?? Value("TRANSFORMERS_OFFLINE")),
            Proxy = EnvironmentProxy.Of(variables),
            LockFile = Whole(Value(LockVariable) ?? Path.Combine(root ?? settings, LockName)),
            Models = Value(ModelsVariable) is { } models ? Whole(models) : null,
            Weights = weights,
            Home = home,
        };
    }

    /// <summary>Address and cache; never the token.</summary>
    public override string ToString() => $"{Endpoint}, cache {Cache}";

    /// <summary>Whether an address is of the endpoint: same scheme, host and port.</summary>
    internal bool IsOwn(Uri address) => Uri.Compare(address, Endpoint, UriComponents.SchemeAndServer, UriFormat.Unescaped,
        StringComparison.OrdinalIgnoreCase) == 0;

    /// <summary>A path with the home in the place of a leading <c>~</c>.</summary>
    internal static string Expand(string path, string home) =>
        path == "~" ? home : path.StartsWith("~/", StringComparison.Ordinal) ? Path.Combine(home, path[2..]) : path;

    private static bool IsTrue(string? text) => text is not null && TrueWords.Contains(text.ToUpperInvariant());

    private static Uri EndpointOf(string text) =>
        Uri.TryCreate(text.TrimEnd('/') + "/", UriKind.Absolute, out Uri? uri) && uri is { Scheme: "http" or "https", UserInfo: "" }
            ? uri
            : throw new SettingsException("HF_ENDPOINT",
                [$"expected an address such as {DefaultEndpoint}, found '{HubNames.Printable(text)}'. Correct or unset it."]);

    private static string? TokenOf(Func<string, string?> value, string file)
    {
        string? said = value("HF_TOKEN") ?? value("HUGGING_FACE_HUB_TOKEN");
        string? token = said ?? (File.Exists(file) ? ReadToken(file) : null);
        if (string.IsNullOrEmpty(token)) return null;
        return token.All(letter => letter is > ' ' and < (char)127)
            ? token
            : throw new SettingsException(said is null ? file : "HF_TOKEN",
                ["expected a token of letters, digits and signs, found something else. Copy it again from the hub's settings."]);
    }

    private static string ReadToken(string file) => new FileInfo(file) is { Length: > 0 and < 4096 } ? File.ReadAllText(file).Trim() : "";
}
