using EmbodiedRL.Core;
using EmbodiedRL.Training.Composition;

namespace EmbodiedRL.Training.Tests.Composition;

public sealed class AssetManifestTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Whoever changes a file of weights by hand, or adds one without saying where it comes from, hears of it here.</summary>
    [Fact]
    public void Every_file_of_weights_in_this_repository_is_listed_with_its_hash()
    {
        string weights = WeightsFolder.Locate(), assets = Path.GetDirectoryName(weights)!;
        string[] files = Directory.Exists(weights) ? [.. Directory.EnumerateFiles(weights, "*", SearchOption.AllDirectories)] : [];
        var listed = AssetManifest.Read(assets).Where(entry => entry.Path.StartsWith("weights/", StringComparison.Ordinal))
            .ToDictionary(entry => entry.Path, StringComparer.Ordinal);
        Assert.Equal(files.Select(file => Path.GetRelativePath(assets, file)).Order(StringComparer.Ordinal),
            listed.Keys.Order(StringComparer.Ordinal));
        foreach (string file in files)
        {
            AssetEntry entry = listed[Path.GetRelativePath(assets, file)];
            Assert.Equal(AssetManifest.Sha256Of(file), entry.Sha256);
            Assert.NotEmpty(entry.License);
            Assert.NotEmpty(entry.Origin);
        }
    }

    [Fact]
    public void Weights_that_are_not_those_listed_are_refused_and_ones_own_are_not()
    {
        Write("weights/one/model.safetensors", "abc");
        Write("weights/own/model.safetensors", "abc");
        AssetManifest.Refresh(_folder.Path, _folder["weights/one"], "MIT", "made");
        AssetManifest.Require(_folder.Path, _folder["weights/one"]);
        Write("weights/one/model.safetensors", "abd");
        CorruptFileException error = Assert.Throws<CorruptFileException>(() => AssetManifest.Require(_folder.Path, _folder["weights/one"]));
        Assert.Contains("model.safetensors: expected sha256 ba7816bf", error.Message, StringComparison.Ordinal);
        Assert.Throws<CorruptFileException>(() => ModelManifest.Require(_folder["weights/one"])); // before it is looked into
        AssetManifest.Require(_folder.Path, _folder["weights/own"]);
    }

    [Fact]
    public void A_folder_is_written_anew_and_the_rest_stays()
    {
        Write("weights/one/a", "abc");
        Write("weights/two/b", "b");
        AssetManifest.Refresh(_folder.Path, _folder["weights/one"], "MIT", "made");
        AssetManifest.Refresh(_folder.Path, _folder["weights/two"], "MIT", "made");
        Write("weights/one/c", "abc");
        File.Delete(_folder["weights/one/a"]);
        AssetManifest.Refresh(_folder.Path, _folder["weights/one"], "BSD", "given");
        // SHA-256 of "abc" is the first example of FIPS 180-4.
        const string hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        IReadOnlyList<AssetEntry> entries = AssetManifest.Read(_folder.Path);
        Assert.Equal(["weights/one/c", "weights/two/b"], entries.Select(entry => entry.Path));
        Assert.Equal(new AssetEntry("weights/one/c", hash, "BSD", "given"), entries[0]);
    }

    [Fact]
    public void Weights_are_looked_for_in_the_checkout_else_beside_the_program()
    {
        Write("checkout/EmbodiedRL.sln", "");
        Write("checkout/.artifacts/bin/program", "");
        Assert.Equal(_folder["checkout/assets/weights"], WeightsFolder.Locate(_folder["checkout/.artifacts/bin"]));
        Assert.Equal(_folder["elsewhere/assets/weights"], WeightsFolder.Locate(_folder["elsewhere"]));
        Assert.Equal(_folder["checkout/assets"], AssetManifest.AssetsOf(_folder["checkout/assets/weights/scene-clip"]));
        Assert.Null(AssetManifest.AssetsOf(_folder["checkout/mine/scene-clip"]));
        Assert.Null(AssetManifest.AssetsOf(_folder["elsewhere/assets/weights/scene-clip"]));
    }

    [Fact]
    public void A_damaged_manifest_is_named()
    {
        Write("manifest.json", "[");
        Assert.Throws<CorruptFileException>(() => AssetManifest.Read(_folder.Path));
    }

    private void Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
        File.WriteAllText(_folder[name], text);
    }
}
