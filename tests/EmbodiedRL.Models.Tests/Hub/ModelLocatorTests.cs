using EmbodiedRL.Core;
using EmbodiedRL.Models.Hub;

namespace EmbodiedRL.Models.Tests.Hub;

public sealed class ModelLocatorTests : IDisposable
{
    private readonly TestHub _hub = new();

    public void Dispose() => _hub.Dispose();

    [Theory]
    [InlineData(TestHub.Name)]
    [InlineData(TestHub.Repository)]
    public void What_is_not_here_is_one_error_with_the_command_that_gets_it(string name)
    {
        AssetMissingException error = Assert.Throws<AssetMissingException>(() => new ModelLocator(_hub.Settings).Locate(name));
        Assert.EndsWith($"./embodied models pull {TestHub.Name}", error.Message, StringComparison.Ordinal);
        Assert.Contains(_hub.Cache, error.Message, StringComparison.Ordinal);
        Assert.Empty(_hub.Server.Requests);
    }

    [Fact]
    public void A_folder_is_taken_as_it_is()
    {
        string folder = Path.Combine(_hub.Folder, "home", "mine");
        Directory.CreateDirectory(folder);
        ModelPlace place = new ModelLocator(_hub.Settings).Locate(folder);
        Assert.Equal((folder, ModelOrigin.Folder, null), (place.Folder, place.Origin, place.Known));
        Assert.Equal(folder, new ModelLocator(_hub.Settings).Locate("~/mine").Folder);
        Assert.Throws<AssetMissingException>(() => new ModelLocator(_hub.Settings).Locate(folder + "-not"));
        Assert.Throws<AssetMissingException>(() => new ModelLocator(_hub.Settings).Locate("./no-such-folder"));
    }

    [Theory]
    [InlineData("all-minilm-l6-v2")]
    [InlineData("all-MiniLM-L6-v2")]
    [InlineData("sentence-transformers/all-MiniLM-L6-v2")]
    public async Task The_folder_of_ones_own_models_comes_before_the_cache(string place)
    {
        await _hub.PullAsync();
        string folder = Path.Combine(_hub.Folder, "models", place);
        Directory.CreateDirectory(folder);
        _hub.Variables["EMBODIED_MODELS"] = Path.Combine(_hub.Folder, "models");
        Assert.Equal(ModelOrigin.Cache, new ModelLocator(_hub.Settings).Locate(TestHub.Name).Origin); // not whole
        foreach (string file in new[] { "config.json", "tokenizer.json", "model.safetensors" })
            File.Copy(Path.Combine(_hub.Snapshot, file), Path.Combine(folder, file));
        Assert.Equal((folder, ModelOrigin.Models), Place(new ModelLocator(_hub.Settings).Locate(TestHub.Name)));

        // what is recorded holds for it too, as far as it has the files
        File.WriteAllText(Path.Combine(folder, "model.safetensors"), "another");
        CorruptFileException error = Assert.Throws<CorruptFileException>(() => new ModelLocator(_hub.Settings).Locate(TestHub.Name));
        Assert.Contains(folder, error.Message, StringComparison.Ordinal);
        new ModelLocator(_hub.Settings).Locate(folder);
    }

    [Fact]
    public void Weights_that_ship_and_folders_of_ones_own_are_found_by_name()
    {
        string shipped = Path.Combine(_hub.Folder, "weights", "scene-clip"), own = Path.Combine(_hub.Folder, "models", "my-model");
        Directory.CreateDirectory(shipped);
        Directory.CreateDirectory(own);
        _hub.Variables["EMBODIED_MODELS"] = Path.Combine(_hub.Folder, "models");
        var locator = new ModelLocator(_hub.Settings);
        Assert.Equal((shipped, ModelOrigin.Weights), Place(locator.Locate("scene-clip")));
        Assert.Equal((own, ModelOrigin.Models), Place(locator.Locate("my-model")));
        foreach ((string wrong, string near) in new[] { ("scene-clop", "'scene-clip'"), ("clip-vit-b32", "'clip-vit-b-32'") })
            Assert.Contains(near, Assert.Throws<UnknownNameException>(() => locator.Locate(wrong)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reference_without_its_snapshot_or_with_rubbish_is_none()
    {
        await _hub.PullAsync();
        File.Delete(_hub.LockFile);
        string reference = Path.Combine(_hub.Cache, "refs", "main");
        foreach (string rubbish in new[] { new string('a', 40), "../../../..", "", new string('x', 1000) })
        {
            File.WriteAllText(reference, rubbish);
            Assert.Null(new ModelLocator(_hub.Settings).Find(TestHub.Name));
        }
    }

    [Fact]
    public async Task A_snapshot_that_lacks_a_file_or_has_a_broken_link_is_not_whole()
    {
        await _hub.PullAsync();
        File.Delete(Path.Combine(_hub.Cache, "blobs", HubServer.Sha256(_hub.Weights)));
        AssetMissingException error = Assert.Throws<AssetMissingException>(() => new ModelLocator(_hub.Settings).Locate(TestHub.Name));
        Assert.Contains("lacks model.safetensors", error.Message, StringComparison.Ordinal);
        await _hub.PullAsync();
        new ModelLocator(_hub.Settings).Locate(TestHub.Name);

        // a file that is optional but recorded belongs to the model too
        File.Delete(Path.Combine(_hub.Snapshot, "1_Pooling", "config.json"));
        Assert.Throws<CorruptFileException>(() => new ModelLocator(_hub.Settings).Locate(TestHub.Name));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"version\":2,\"models\":{}}")]
    [InlineData("{\"version\":1,\"models\":{\"../x\":{\"revision\":\"COMMIT\",\"files\":{}}}}")]
    [InlineData("{\"version\":1,\"models\":{\"a/b\":{\"revision\":\"../../..\",\"files\":{}}}}")]
    [InlineData("{\"version\":1,\"models\":{\"a/b\":{\"revision\":\"COMMIT\",\"files\":{\"../c\":{\"size\":1,\"sha256\":\"HASH\"}}}}}")]
    [InlineData("{\"version\":1,\"models\":{\"a/b\":{\"revision\":\"COMMIT\",\"files\":{\"c\":{\"size\":-1,\"sha256\":\"HASH\"}}}}}")]
    [InlineData("{\"version\":1,\"models\":{\"a/b\":{\"revision\":\"COMMIT\",\"files\":{\"c\":{\"size\":1,\"sha256\":\"\"}}}}}")]
    [InlineData("{\"version\":1,\"models\":{\"a/b\":{\"revision\":\"COMMIT\",\"files\":{\"c\":null}}}}")]
    [InlineData("{\"version\":1,\"models\":{\"a/b\":null}}")]
    [InlineData("{\"version\":1,\"models\":null}")]
    [InlineData("not json")]
    public async Task A_lock_file_that_is_none_is_one_error_and_is_not_written_over(string text)
    {
        text = text.Replace("COMMIT", _hub.Commit, StringComparison.Ordinal)
            .Replace("HASH", HubServer.Sha256(_hub.Weights), StringComparison.Ordinal);
        File.WriteAllText(_hub.LockFile, text);
        CorruptFileException error = Assert.Throws<CorruptFileException>(() => ModelLock.Read(_hub.LockFile));
        Assert.Contains("lock file", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<CorruptFileException>(() => _hub.PullAsync());
        Assert.Equal(text, File.ReadAllText(_hub.LockFile));
    }

    private static (string, ModelOrigin) Place(ModelPlace place) => (place.Folder, place.Origin);
}
