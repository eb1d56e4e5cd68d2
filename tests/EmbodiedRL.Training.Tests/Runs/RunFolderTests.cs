using EmbodiedRL.Core;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.Training.Tests.Runs;

public sealed class RunFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_new_or_empty_folder_becomes_a_run()
    {
        Directory.CreateDirectory(_folder["empty"]);
        Assert.Equal(_folder["empty"], RunFolder.Create(_folder["empty"]).Root);
        Assert.True(Directory.Exists(RunFolder.Create(_folder["new/deep"]).Root));
    }

    [Fact]
    public void A_folder_of_another_run_is_refused_and_resume_is_offered()
    {
        File.WriteAllText(RunFolder.Create(_folder["run"]).Settings, "{}");
        string message = Assert.Throws<SettingsException>(() => RunFolder.Create(_folder["run"])).Message;
        Assert.Contains($"./embodied resume {_folder["run"]}", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_of_somebody_elses_files_is_refused_and_one_of_them_named()
    {
        File.WriteAllText(_folder["thesis.tex"], "");
        Assert.Contains("'thesis.tex'", Assert.Throws<SettingsException>(() => RunFolder.Create(_folder.Path)).Message, StringComparison.Ordinal);
        Assert.Contains("is a file", Assert.Throws<SettingsException>(() => RunFolder.Create(_folder["thesis.tex"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_path_the_name_and_the_date_make_one()
    {
        var time = new ManualTime();
        var folders = new List<string>();
        try
        {
            for (int i = 0; i < 2; i++) folders.Add(RunFolder.Create(null, "test/of-names", time).Root);
            Assert.Equal("runs/test-of-names-2026-03-04-050607", folders[0]);
            Assert.Equal("runs/test-of-names-2026-03-04-050607-2", folders[1]);
        }
        finally
        {
            folders.ForEach(Directory.Delete);
        }
    }

    [Fact]
    public void Only_a_folder_with_settings_is_a_run()
    {
        Assert.Contains(_folder.Path, Assert.Throws<AssetMissingException>(() => RunFolder.Open(_folder.Path)).Message, StringComparison.Ordinal);
        File.WriteAllText(_folder["settings.json"], "{}");
        Assert.Equal(_folder["settings.json"], RunFolder.Open(_folder.Path).Settings);
    }
}
