using System.Text.Json;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Hub;

namespace EmbodiedRL.Models.Tests.Hub;

public sealed class PullTests : IDisposable
{
    private readonly TestHub _hub = new();

    public void Dispose() => _hub.Dispose();

    [Fact]
    public async Task A_pull_writes_the_layout_that_other_tools_read()
    {
        PulledModel pulled = await _hub.PullAsync();
        Assert.Equal((TestHub.Repository, _hub.Commit, _hub.Snapshot), (pulled.Repository, pulled.Revision, pulled.Folder));
        Assert.Equal(["1_Pooling/config.json", "README.md", "config.json", "model.safetensors", "tokenizer.json"],
            pulled.Files.Select(file => file.Path));
        Assert.Equal(pulled.Bytes, pulled.Transferred);
        Assert.Equal(_hub.Commit, File.ReadAllText(Path.Combine(_hub.Cache, "refs", "main")));
        foreach ((string path, byte[] content) in _hub.Server.Repositories[TestHub.Repository].Commits[_hub.Commit])
        {
            string blob = path == "model.safetensors" ? HubServer.Sha256(content) : HubServer.GitSha1(content);
            string up = path.Contains('/') ? "../../../blobs/" : "../../blobs/";
            Assert.Equal(up + blob, new FileInfo(Path.Combine(_hub.Snapshot, path)).LinkTarget);
            Assert.Equal(content, File.ReadAllBytes(Path.Combine(_hub.Cache, "blobs", blob)));
        }

        Assert.True(File.Exists(Path.Combine(_hub.Cache, ".no_exist", _hub.Commit, "vocab.txt")));
        Assert.Equal(5, Directory.GetFiles(Path.Combine(_hub.Cache, "blobs")).Length); // nothing unfinished is left
        Assert.Empty(Directory.GetFiles(_hub.Cache, "*.tmp", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task The_first_pull_records_revision_sizes_and_hashes_and_the_second_asks_nobody()
    {
        await _hub.PullAsync();
        using JsonDocument file = JsonDocument.Parse(File.ReadAllText(_hub.LockFile));
        JsonElement model = file.RootElement.GetProperty("models").GetProperty(TestHub.Repository);
        Assert.Equal(_hub.Commit, model.GetProperty("revision").GetString());
        JsonElement weights = model.GetProperty("files").GetProperty("model.safetensors");
        string hash = HubServer.Sha256(_hub.Weights);
        Assert.Equal((700_000, hash, hash),
            (weights.GetProperty("size").GetInt32(), weights.GetProperty("sha256").GetString(), weights.GetProperty("etag").GetString()));
        byte[] config = TestHub.Small[1].Item2;
        JsonElement small = model.GetProperty("files").GetProperty("config.json");
        Assert.Equal((HubServer.Sha256(config), HubServer.GitSha1(config)),
            (small.GetProperty("sha256").GetString(), small.GetProperty("etag").GetString()));

        string before = File.ReadAllText(_hub.LockFile);
        int asked = _hub.Server.Requests.Count + _hub.Store.Requests.Count;
        PulledModel again = await _hub.PullAsync();
        Assert.Equal((asked, 0L), (_hub.Server.Requests.Count + _hub.Store.Requests.Count, again.Transferred));
        Assert.Equal(before, File.ReadAllText(_hub.LockFile));
    }

    [Fact]
    public async Task A_recorded_model_is_pulled_at_its_commit_though_the_branch_has_moved_on()
    {
        await _hub.PullAsync();
        Directory.Delete(_hub.Cache, recursive: true);
        string newer = _hub.Add(TestHub.Repository, "main", TestHub.Small, ("model.safetensors", TestHub.Noise(5000, 9)));
        Assert.Equal(_hub.Commit, (await _hub.PullAsync()).Revision);

        CorruptFileException error = await Assert.ThrowsAsync<CorruptFileException>(() => _hub.PullAsync(revision: "main"));
        Assert.Contains(_hub.Commit, error.Message, StringComparison.Ordinal);
        Assert.Contains(newer, error.Message, StringComparison.Ordinal);
        Assert.Contains("--update", error.Message, StringComparison.Ordinal);

        Assert.Equal(newer, (await _hub.PullAsync(update: true)).Revision);
        Assert.Equal(newer, ModelLock.Read(_hub.LockFile).Find(TestHub.Repository)!.Revision);
        Assert.Equal(Path.Combine(_hub.Cache, "snapshots", newer), new ModelLocator(_hub.Settings).Locate(TestHub.Name).Folder);
    }

    [Fact]
    public async Task Files_that_are_not_those_recorded_are_one_error_with_both_hashes()
    {
        await _hub.PullAsync();
        Directory.Delete(_hub.Cache, recursive: true);
        byte[] other = TestHub.Noise(700_000, 5);
        _hub.Server.Repositories[TestHub.Repository].Commits[_hub.Commit]["model.safetensors"] = other;
        CorruptFileException error = await Assert.ThrowsAsync<CorruptFileException>(() => _hub.PullAsync());
        string[] all = ["model.safetensors", HubServer.Sha256(_hub.Weights), HubServer.Sha256(other), _hub.LockFile, "--update"];
        foreach (string said in all)
            Assert.Contains(said, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(_hub.Store.Gets, get => get.Path.EndsWith(HubServer.Sha256(other), StringComparison.Ordinal));

        // a small file has no sha256 in the hub's answer: it is compared when it is here
        _hub.Server.Repositories[TestHub.Repository].Commits[_hub.Commit]["model.safetensors"] = _hub.Weights;
        byte[] config = TestHub.Text(new string('x', TestHub.Small[1].Item2.Length));
        _hub.Server.Repositories[TestHub.Repository].Commits[_hub.Commit]["config.json"] = config;
        error = await Assert.ThrowsAsync<CorruptFileException>(() => _hub.PullAsync());
        Assert.Contains(HubServer.Sha256(config), error.Message, StringComparison.Ordinal);
        Assert.Null(new ModelLocator(_hub.Settings).Find(TestHub.Name));
    }

    [Fact]
    public async Task A_damaged_content_is_brought_again()
    {
        await _hub.PullAsync();
        string weights = Path.Combine(_hub.Snapshot, "model.safetensors");
        byte[] damaged = [.. _hub.Weights];
        damaged[1234] ^= 1;
        File.WriteAllBytes(weights, damaged);
        CorruptFileException error = Assert.Throws<CorruptFileException>(() => new ModelLocator(_hub.Settings).Locate(TestHub.Name));
        Assert.Contains(HubServer.Sha256(damaged), error.Message, StringComparison.Ordinal);
        Assert.Contains($"./embodied models pull {TestHub.Name}", error.Message, StringComparison.Ordinal);
        Assert.Equal(700_000, (await _hub.PullAsync()).Transferred);
        Assert.Equal(_hub.Weights, File.ReadAllBytes(weights));
        new ModelLocator(_hub.Settings).Locate(TestHub.Name);
    }

    [Fact]
    public async Task Sharded_weights_come_with_all_their_shards()
    {
        string index = """{"weight_map":{"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors"}}""";
        _hub.Add("some/sharded", "main", TestHub.Small, ("model.safetensors.index.json", TestHub.Text(index)),
            ("model-00001-of-00002.safetensors", TestHub.Noise(2000, 2)), ("model-00002-of-00002.safetensors", TestHub.Noise(3000, 3)));
        PulledModel pulled = await _hub.PullAsync("some/sharded");
        Assert.Equal(3, pulled.Files.Count(file => file.Path.Contains("safetensors", StringComparison.Ordinal)));
        Assert.Equal(pulled.Folder, new ModelLocator(_hub.Settings).Locate("some/sharded").Folder);

        File.Delete(Path.Combine(pulled.Folder, "model-00002-of-00002.safetensors"));
        AssetMissingException error = Assert.Throws<AssetMissingException>(() => new ModelLocator(_hub.Settings).Locate("some/sharded"));
        Assert.Contains("model-00002-of-00002.safetensors", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"weight_map":{"a":"../../../../escaped.safetensors"}}""")]
    [InlineData("""{"weight_map":{"a":"/tmp/escaped.safetensors"}}""")]
    [InlineData("""{"weight_map":{"a":"..\\escaped.safetensors"}}""")]
    [InlineData("""{"weight_map":{"a":"escaped.bin"}}""")]
    [InlineData("""{"weight_map":{"a":17}}""")]
    [InlineData("""{"weight_map":{}}""")]
    [InlineData("""{"weights":{}}""")]
    [InlineData("[")]
    public async Task An_index_that_names_what_it_may_not_is_refused(string index)
    {
        _hub.Add("some/sharded", "main", TestHub.Small, ("model.safetensors.index.json", TestHub.Text(index)));
        await Assert.ThrowsAsync<CorruptFileException>(() => _hub.PullAsync("some/sharded"));
        Assert.Empty(Directory.GetFiles(_hub.Folder, "escaped*", SearchOption.AllDirectories));
        Assert.Null(new ModelLocator(_hub.Settings).Find("some/sharded"));
    }

    [Fact]
    public async Task Where_main_has_no_safetensors_the_known_revision_is_taken()
    {
        (string, byte[])[] files = [.. TestHub.Small, ("preprocessor_config.json", TestHub.Text("{}"))];
        _hub.Add("openai/clip-vit-base-patch32", "main", files, ("pytorch_model.bin", TestHub.Noise(100, 1)));
        string commit = _hub.Add("openai/clip-vit-base-patch32", "refs/pr/15", files, ("model.safetensors", TestHub.Noise(100, 2)));
        PulledModel pulled = await _hub.PullAsync("clip-vit-b-32");
        Assert.Equal(commit, pulled.Revision);
        Assert.Equal(pulled.Folder, new ModelLocator(_hub.Settings).Locate("clip-vit-b-32").Folder);
        Assert.Equal(pulled.Folder, new ModelLocator(_hub.Settings).Locate("openai/clip-vit-base-patch32").Folder);
        Assert.True(File.Exists(Path.Combine(pulled.Folder, "../../refs/refs/pr/15")));
        File.Delete(_hub.LockFile);
        Assert.Equal(pulled.Folder, new ModelLocator(_hub.Settings).Locate("clip-vit-b-32").Folder);
    }

    [Theory]
    [InlineData("SFconvertbot", "open", "--revision refs/pr/7")]
    [InlineData("somebody", "open", "pytorch_model.bin")]
    [InlineData("SFconvertbot", "closed", "pytorch_model.bin")]
    public async Task Pickled_weights_are_refused_with_what_to_do(string author, string status, string says)
    {
        _hub.Add("some/pickled", "main", TestHub.Small, ("pytorch_model.bin", TestHub.Noise(100, 1)));
        string discussion = $$"""{"num":7,"isPullRequest":true,"status":"{{status}}","author":{"name":"{{author}}" } }""";
        _hub.Server.Script = request => request.Path == "/api/models/some/pickled/discussions"
            ? new HubAnswer(200, TestHub.Text($$"""{"discussions":[{{discussion}}]}"""))
            : null;
        AssetMissingException error = await Assert.ThrowsAsync<AssetMissingException>(() => _hub.PullAsync("some/pickled"));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cache_that_python_wrote_is_taken_as_it_is()
    {
        WritePythonCache();
        Assert.Equal(_hub.Snapshot, new ModelLocator(_hub.Settings).Locate(TestHub.Name).Folder);
        PulledModel pulled = await _hub.PullAsync();
        Assert.Equal(0, pulled.Transferred);
        Assert.Empty(_hub.Server.Gets);
        Assert.Empty(_hub.Store.Requests);
        Assert.Equal(5, ModelLock.Read(_hub.LockFile).Find(TestHub.Repository)!.Files.Count);
    }

    [Fact]
    public async Task What_python_left_unfinished_is_gone_on_with()
    {
        string partial = Path.Combine(_hub.Cache, "blobs", HubServer.Sha256(_hub.Weights) + ".incomplete");
        Directory.CreateDirectory(Path.GetDirectoryName(partial)!);
        File.WriteAllBytes(partial, _hub.Weights[..300_000]);
        Assert.Equal(400_000 + TestHub.Small.Sum(file => file.Item2.Length), (await _hub.PullAsync()).Transferred);
        Assert.Equal(_hub.Weights, File.ReadAllBytes(Path.Combine(_hub.Snapshot, "model.safetensors")));
    }

    [Fact]
    public async Task Offline_the_cache_is_recorded_and_nobody_is_asked()
    {
        _hub.Variables["HF_HUB_OFFLINE"] = "1";
        AssetMissingException absent = await Assert.ThrowsAsync<AssetMissingException>(() => _hub.PullAsync());
        Assert.Contains("Offline", absent.Message, StringComparison.Ordinal);
        WritePythonCache();
        PulledModel pulled = await _hub.PullAsync();
        Assert.Equal(_hub.Commit, pulled.Revision);
        LockedFile weights = ModelLock.Read(_hub.LockFile).Find(TestHub.Repository)!.Files["model.safetensors"];
        Assert.Equal((700_000L, HubServer.Sha256(_hub.Weights)), (weights.Size, weights.Sha256));
        Assert.Equal(weights.Sha256, weights.ETag);
        Assert.Empty(_hub.Server.Requests);

        File.AppendAllText(Path.Combine(_hub.Snapshot, "config.json"), " ");
        CorruptFileException error = await Assert.ThrowsAsync<CorruptFileException>(() => _hub.PullAsync());
        Assert.Contains("config.json", error.Message, StringComparison.Ordinal);
        File.Delete(_hub.LockFile);
        error = await Assert.ThrowsAsync<CorruptFileException>(() => _hub.PullAsync()); // its own name says that it is damaged
        Assert.Contains("git's sha1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_links_are_refused_the_snapshot_holds_the_files()
    {
        byte[] twice = TestHub.Text("{\"same\":1}");
        _hub.Add("some/model", "main", ("config.json", twice), ("tokenizer.json", twice), ("model.safetensors", TestHub.Noise(5000, 4)));
        HubSettings settings = _hub.Settings with { Links = false };
        PulledModel pulled = await TestHub.PullAsync(settings, SwiftTime.Of(settings), "some/model");
        Assert.All(pulled.Files, file => Assert.Null(new FileInfo(Path.Combine(pulled.Folder, file.Path)).LinkTarget));
        Assert.Equal(twice, File.ReadAllBytes(Path.Combine(pulled.Folder, "config.json")));
        Assert.Equal(twice, File.ReadAllBytes(Path.Combine(pulled.Folder, "tokenizer.json")));
        Assert.Empty(Directory.GetFiles(Path.Combine(pulled.Folder, "../../blobs")));
        Assert.Equal(pulled.Folder, new ModelLocator(settings).Locate("some/model").Folder);
        File.Delete(_hub.LockFile);
        Assert.Equal(0, (await TestHub.PullAsync(settings, SwiftTime.Of(settings), "some/model")).Transferred);
    }

    [Fact]
    public async Task Too_little_space_is_said_before_anything_is_transferred()
    {
        HubSettings settings = _hub.Settings with { FreeSpace = _ => 600_000 };
        EmbodiedException error = await Assert.ThrowsAsync<EmbodiedException>(() => TestHub.PullAsync(settings, SwiftTime.Of(settings)));
        Assert.Contains("0.7 MB", error.Message, StringComparison.Ordinal);
        Assert.Contains("0.6 MB", error.Message, StringComparison.Ordinal);
        Assert.Empty(_hub.Server.Gets);
    }

    [Fact]
    public async Task A_disk_that_is_full_is_one_error_and_what_came_is_kept()
    {
        int written = 0;
        HubSettings full = _hub.Settings with
        {
            Step = step =>
            {
                if (step == "write model.safetensors" && written++ > 0) throw new IOException("No space left on device");
            }
        };
        EmbodiedException error = await Assert.ThrowsAsync<EmbodiedException>(() => TestHub.PullAsync(full, SwiftTime.Of(full)));
        Assert.Contains("No space left on device", error.Message, StringComparison.Ordinal);
        Assert.Contains("HF_HOME", error.Message, StringComparison.Ordinal);
        PulledModel pulled = await _hub.PullAsync();
        Assert.True(pulled.Transferred < _hub.Weights.Length);
        Assert.Equal(_hub.Weights, File.ReadAllBytes(Path.Combine(_hub.Snapshot, "model.safetensors")));
    }

    [Fact]
    public async Task A_cache_that_cannot_be_written_is_one_error()
    {
        File.WriteAllText(Path.Combine(_hub.Folder, "file"), "");
        _hub.Variables["HF_HUB_CACHE"] = Path.Combine(_hub.Folder, "file", "hub");
        EmbodiedException error = await Assert.ThrowsAsync<EmbodiedException>(() => _hub.PullAsync());
        Assert.Contains("HF_HOME", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("all-minilm", typeof(UnknownNameException))]
    [InlineData("../x", typeof(UnknownNameException))]
    [InlineData("a/b/c", typeof(UnknownNameException))]
    [InlineData("a--b/c", typeof(UnknownNameException))]
    [InlineData("nobody/nothing", typeof(HubException))]
    public async Task A_name_that_is_none_is_refused(string name, Type error) =>
        await Assert.ThrowsAsync(error, () => _hub.PullAsync(name));

    [Theory]
    [InlineData("../../main", typeof(SettingsException))]
    [InlineData("a b", typeof(SettingsException))]
    [InlineData("nowhere", typeof(AssetMissingException))]
    public async Task A_revision_that_is_none_is_refused(string revision, Type error) =>
        await Assert.ThrowsAsync(error, () => _hub.PullAsync(revision: revision));

    [Fact]
    public async Task A_revision_of_ones_own_is_pulled_and_loaded_from_then_on()
    {
        string commit = _hub.Add(TestHub.Repository, "v2", TestHub.Small, ("model.safetensors", TestHub.Noise(100, 8)));
        Assert.Equal(commit, (await _hub.PullAsync(revision: "v2")).Revision);
        Assert.Equal(commit, new ModelLocator(_hub.Settings).Locate(TestHub.Name).Revision);
        Assert.Equal(commit, (await _hub.PullAsync(revision: commit)).Revision);
    }

    /// <summary>Python's layout: contents by ETag, relative links, a reference without a line end.</summary>
    private void WritePythonCache()
    {
        foreach ((string path, byte[] content) in _hub.Server.Repositories[TestHub.Repository].Commits[_hub.Commit])
        {
            string blob = path == "model.safetensors" ? HubServer.Sha256(content) : HubServer.GitSha1(content);
            Directory.CreateDirectory(Path.Combine(_hub.Cache, "blobs"));
            File.WriteAllBytes(Path.Combine(_hub.Cache, "blobs", blob), content);
            string file = Path.Combine(_hub.Snapshot, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.CreateSymbolicLink(file, (path.Contains('/') ? "../../../blobs/" : "../../blobs/") + blob);
        }

        Directory.CreateDirectory(Path.Combine(_hub.Cache, "refs"));
        File.WriteAllText(Path.Combine(_hub.Cache, "refs", "main"), _hub.Commit);
    }
}
