using EmbodiedRL.Core;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.Training.Tests.Runs;

public sealed class StagedFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_published_replaces_files_of_its_names_and_no_others()
    {
        Directory.CreateDirectory(_folder["model"]);
        File.WriteAllText(_folder["model/a"], "old");
        File.WriteAllText(_folder["model/notes"], "mine");
        using (var staged = new StagedFolder(_folder["model"]))
        {
            File.WriteAllText(Path.Combine(staged.Staging, "a"), "new");
            Assert.Equal("old", File.ReadAllText(_folder["model/a"]));
            staged.Publish();
        }

        Assert.Equal(("new", "mine"), (File.ReadAllText(_folder["model/a"]), File.ReadAllText(_folder["model/notes"])));
        Assert.Equal([_folder["model"]], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void What_is_not_published_is_gone_and_made_no_folder()
    {
        using (var staged = new StagedFolder(_folder["model"])) File.WriteAllText(Path.Combine(staged.Staging, "a"), "new");
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void A_place_that_refuses_is_known_at_once()
    {
        File.WriteAllText(_folder["file"], "");
        Assert.Throws<EmbodiedException>(() => new StagedFolder(_folder["file/model"]));
    }
}
