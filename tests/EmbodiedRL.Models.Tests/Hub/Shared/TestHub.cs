using System.Text;
using EmbodiedRL.Models.Hub;

namespace EmbodiedRL.Models.Tests.Hub;

/// <summary>A hub with its store on another host, and a user's folders.</summary>
internal sealed class TestHub : IDisposable
{
    /// <summary>A model of the manifest.</summary>
    public const string Name = "all-minilm-l6-v2", Repository = "sentence-transformers/all-MiniLM-L6-v2";

    public TestHub()
    {
        Folder = Directory.CreateTempSubdirectory("embodied-hub-").FullName;
        Variables = new() { ["HOME"] = Path.Combine(Folder, "home"), ["HF_ENDPOINT"] = Server.Address.ToString() };
        Server.Store = Store;
        Weights = Noise(700_000, 1);
        Commit = Add(Repository, "main", Small, ("model.safetensors", Weights));
    }

    public static (string, byte[])[] Small =>
    [
        ("README.md", Text("---\nlicense: apache-2.0\n---\nA model.\n")),
        ("config.json", Text("{\"model_type\":\"bert\",\"hidden_size\":384,\"max_position_embeddings\":512}")),
        ("tokenizer.json", Text("{\"model\":{}}")),
        ("1_Pooling/config.json", Text("{\"pooling_mode_mean_tokens\":true}")),
    ];

    public string Folder { get; }

    public HubServer Server { get; } = new();

    public HubServer Store { get; } = new();

    public Dictionary<string, string?> Variables { get; }

    public byte[] Weights { get; }

    public string Commit { get; }

    public string LockFile => Path.Combine(Folder, "models.lock.json");

    public string Cache => Path.Combine(Folder, "home", ".cache", "huggingface", "hub", "models--sentence-transformers--all-MiniLM-L6-v2");

    public string Snapshot => Path.Combine(Cache, "snapshots", Commit);

    public HubSettings Settings => HubSettings.Of(Variables.GetValueOrDefault, Folder, Path.Combine(Folder, "weights"));

    public string Add(string repository, string branch, params (string, byte[])[] files)
    {
        if (!Server.Repositories.TryGetValue(repository, out HubRepository? there)) Server.Repositories[repository] = there = new();
        return there.Commit(branch, files);
    }

    public string Add(string repository, string branch, IEnumerable<(string, byte[])> files, params (string, byte[])[] more) =>
        Add(repository, branch, [.. files, .. more]);

    public Task<PulledModel> PullAsync(string name = Name, string? revision = null, bool update = false) =>
        PullAsync(Settings, SwiftTime.Of(Settings), name, revision, update);

    public static async Task<PulledModel> PullAsync(HubSettings settings, TimeProvider time, string name = Name, string? revision = null,
        bool update = false, IPullListener? listener = null, CancellationToken cancel = default)
    {
        using var puller = new ModelPuller(settings, time, listener);
        return await puller.PullAsync(name, new PullRequest(revision, update), cancel);
    }

    /// <summary>The same bytes for the same seed.</summary>
    public static byte[] Noise(int count, uint seed)
    {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) bytes[i] = (byte)((seed = (seed * 1664525) + 1013904223) >> 24);
        return bytes;
    }

    public static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    public void Dispose()
    {
        Server.Dispose();
        Store.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
