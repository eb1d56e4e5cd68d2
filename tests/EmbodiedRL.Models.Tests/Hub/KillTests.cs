using EmbodiedRL.Models.Hub;

namespace EmbodiedRL.Models.Tests.Hub;

/// <summary>
/// What a kill leaves is what is on the disk at that moment: the cache is copied before every change of a pull, and each copy is taken for
/// a user's cache after a kill.
/// </summary>
public sealed class KillTests : IDisposable
{
    private readonly TestHub _hub = new();

    public void Dispose() => _hub.Dispose();

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public async Task A_kill_at_any_step_leaves_nothing_that_is_taken_for_whole_and_the_next_pull_completes_it(bool links, bool sharded)
    {
        string name = TestHub.Name;
        if (sharded)
        {
            name = "some/sharded";
            string index = """{"weight_map":{"a":"a.safetensors","b":"b.safetensors"}}""";
            _hub.Add(name, "main", TestHub.Small, ("model.safetensors.index.json", TestHub.Text(index)),
                ("a.safetensors", TestHub.Noise(2000, 2)), ("b.safetensors", TestHub.Noise(3000, 3)));
        }

        var copies = new List<(string Folder, string Step)>();
        HubSettings watched = Settings("home") with
        {
            Links = links,
            Step = step =>
            {
                string copy = Path.Combine(_hub.Folder, $"killed-{copies.Count}");
                Copy(Path.Combine(_hub.Folder, "home"), copy);
                copies.Add((copy, step));
            },
        };
        PulledModel whole = await TestHub.PullAsync(watched, SwiftTime.Of(watched), name);
        Dictionary<string, byte[]> expected = Contents(whole.Folder);
        Assert.True(copies.Count > 25, $"{copies.Count} steps");
        string[] kinds = ["tag", "open", "write", "flush", "verify", "rename", "forget", "publish", "absence", "ref", "record"];
        foreach (string kind in kinds)
            Assert.Contains(copies, copy => copy.Step.StartsWith(kind, StringComparison.Ordinal));

        foreach ((string folder, string step) in copies)
        {
            HubSettings settings = Settings(Path.GetFileName(folder)) with { Links = links };
            if (new ModelLocator(settings).Find(name) is { } found)
                Assert.True(step == "record" && Equal(expected, Contents(found.Folder)), $"{step}: taken for whole");
            PulledModel pulled = await TestHub.PullAsync(settings, SwiftTime.Of(settings), name);
            Assert.True(Equal(expected, Contents(pulled.Folder)), step);
            Assert.Equal(pulled.Folder, new ModelLocator(settings).Locate(name).Folder);
            Assert.Empty(Directory.GetFiles(settings.Cache, "*.incomplete*", SearchOption.AllDirectories));
        }
    }

    [Fact]
    public async Task A_kill_during_an_update_leaves_the_old_model_whole()
    {
        await _hub.PullAsync();
        Dictionary<string, byte[]> old = Contents(_hub.Snapshot);
        _hub.Add(TestHub.Repository, "main", TestHub.Small, ("model.safetensors", TestHub.Noise(300_000, 9)));
        int steps = 0;
        HubSettings counting = _hub.Settings with
        {
            Step = _ =>
            {
                steps++;
                Assert.True(Equal(old, Contents(new ModelLocator(_hub.Settings).Locate(TestHub.Name).Folder)));
            },
        };
        PulledModel updated = await TestHub.PullAsync(counting, SwiftTime.Of(counting), update: true);
        Assert.True(steps > 5);
        Assert.Equal(updated.Folder, new ModelLocator(_hub.Settings).Locate(TestHub.Name).Folder);
    }

    [Fact]
    public async Task Two_pulls_at_once_agree()
    {
        PulledModel[] both = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ =>
            Task.Run(() => TestHub.PullAsync(_hub.Settings, TimeProvider.System))));
        Assert.All(both, pulled => Assert.Equal(both[0].Files, pulled.Files));
        Assert.Equal(_hub.Weights, File.ReadAllBytes(Path.Combine(_hub.Snapshot, "model.safetensors")));
        Assert.Equal(_hub.Weights.Length + TestHub.Small.Sum(file => file.Item2.Length), both.Sum(pulled => pulled.Transferred));
        Assert.Single(_hub.Store.Gets);
        Assert.Single(ModelLock.Read(_hub.LockFile).Models);
    }

    /// <summary>Two models recorded at once are both recorded.</summary>
    [Fact]
    public async Task Pulls_of_different_models_do_not_forget_each_other()
    {
        string[] names = [.. Enumerable.Range(0, 6).Select(i => $"some/model-{i}")];
        foreach (string name in names)
            _hub.Add(name, "main", ("config.json", TestHub.Text("{}")), ("model.safetensors", TestHub.Text(name)));
        await Task.WhenAll(names.Select(name => Task.Run(() => TestHub.PullAsync(_hub.Settings, TimeProvider.System, name))));
        Assert.Equal(names, ModelLock.Read(_hub.LockFile).Models.Keys);
    }

    private HubSettings Settings(string home)
    {
        string folder = Path.Combine(_hub.Folder, home);
        return HubSettings.Of(name => name == "HOME" ? folder : _hub.Variables.GetValueOrDefault(name), folder);
    }

    private static Dictionary<string, byte[]> Contents(string folder) => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        .ToDictionary(file => Path.GetRelativePath(folder, file), File.ReadAllBytes);

    private static bool Equal(Dictionary<string, byte[]> one, Dictionary<string, byte[]> other) => one.Count == other.Count
        && one.All(file => other.TryGetValue(file.Key, out byte[]? content) && content.AsSpan().SequenceEqual(file.Value));

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        if (!Directory.Exists(from)) return;
        foreach (FileSystemInfo entry in new DirectoryInfo(from).EnumerateFileSystemInfos())
        {
            string target = Path.Combine(to, entry.Name);
            if (entry.Name == ".locks") continue; // empty, and held by whoever is killed
            if (entry.LinkTarget is { } link) File.CreateSymbolicLink(target, link);
            else if (entry is DirectoryInfo) Copy(entry.FullName, target);
            else File.WriteAllBytes(target, ReadOpen(entry.FullName));
        }
    }

    private static byte[] ReadOpen(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }
}
