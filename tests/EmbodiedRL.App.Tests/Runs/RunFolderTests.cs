using EmbodiedRL.App.Commands;
using EmbodiedRL.Core;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.App.Tests.Runs;

public sealed class RunFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_new_or_empty_folder_becomes_a_run()
    {
        Directory.CreateDirectory(_folder["empty"]);
        using RunFolder empty = RunFolder.Create(_folder["empty"]), deep = RunFolder.Create(_folder["new/deep"]);
        Assert.Equal(_folder["empty"], empty.Root);
        Assert.True(Directory.Exists(deep.Root));
    }

    [Fact]
    public void A_folder_of_another_run_is_refused_and_resume_is_offered()
    {
        using (RunFolder first = RunFolder.Create(_folder["run"])) File.WriteAllText(first.Settings, "{}");
        string message = Assert.Throws<SettingsException>(() => RunFolder.Create(_folder["run"])).Message;
        Assert.Contains($"./embodied resume {_folder["run"]}", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_of_somebody_elses_files_is_refused_and_one_of_them_named()
    {
        File.WriteAllText(_folder["thesis.tex"], "");
        Assert.Contains("'thesis.tex'",
            Assert.Throws<SettingsException>(() => RunFolder.Create(_folder.Path)).Message, StringComparison.Ordinal);
        Assert.Contains("is a file",
            Assert.Throws<SettingsException>(() => RunFolder.Create(_folder["thesis.tex"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_path_the_name_and_the_date_make_one()
    {
        var time = new ManualTime();
        var folders = new List<string>();
        try
        {
            for (int i = 0; i < 2; i++)
            {
                using RunFolder made = RunFolder.Create(null, "test/of-names", time);
                folders.Add(made.Root);
            }

            Assert.Equal("runs/test-of-names-2026-03-04-050607", folders[0]);
            Assert.Equal("runs/test-of-names-2026-03-04-050607-2", folders[1]);
        }
        finally
        {
            folders.ForEach(folder => Directory.Delete(folder, recursive: true));
        }
    }

    [Fact]
    public void One_writer_at_a_time_and_the_second_is_told_who_the_first_is()
    {
        using (RunFolder first = RunFolder.Create(_folder["run"]))
        {
            string own = $"process {Environment.ProcessId} ";
            Assert.Contains(own,
                Assert.Throws<RunInUseException>(() => RunFolder.Create(_folder["run"])).Message, StringComparison.Ordinal);
            File.WriteAllText(first.Settings, "{}");
            Assert.Contains(own,
                Assert.Throws<RunInUseException>(() => RunFolder.Create(_folder["run"])).Message, StringComparison.Ordinal);
            Assert.Contains(own,
                Assert.Throws<RunInUseException>(() => RunFolder.OpenToWrite(_folder["run"])).Message, StringComparison.Ordinal);
            Assert.Equal(first.Settings, RunFolder.Open(_folder["run"]).Settings); // whoever reads is not in the way
        }

        using RunFolder next = RunFolder.OpenToWrite(_folder["run"]);
        Assert.Equal(2, ExitCode.Of(Assert.Throws<RunInUseException>(() => RunFolder.OpenToWrite(_folder["run"]))));
    }

    /// <summary>As a process leaves them that is killed: before it wrote its settings, and while it wrote a file.</summary>
    [Fact]
    public void A_beginning_that_was_killed_is_taken_over_and_half_files_are_removed()
    {
        using (RunFolder killed = RunFolder.Create(_folder["run"]))
        {
            Directory.CreateDirectory(_folder["run/model"]);
            File.WriteAllText(_folder["run/settings.json.77.tmp"], "{");
            File.WriteAllText(_folder["run/task.reward.cs"], "1");
        }

        Assert.Contains("same --out",
            Assert.Throws<AssetMissingException>(() => RunFolder.Open(_folder["run"])).Message, StringComparison.Ordinal);
        using (RunFolder again = RunFolder.Create(_folder["run"])) File.WriteAllText(again.Settings, "{}");
        Assert.False(File.Exists(_folder["run/settings.json.77.tmp"]));
        Directory.CreateDirectory(_folder["run/videos"]);
        File.WriteAllText(_folder["run/videos/after.png.4711.tmp"], "half");
        File.WriteAllText(_folder["run/videos/notes.tmp"], "mine");
        using RunFolder resumed = RunFolder.OpenToWrite(_folder["run"]);
        Assert.Equal([_folder["run/videos/notes.tmp"]], Directory.GetFiles(_folder["run/videos"]));
    }

    [Fact]
    public void A_folder_that_somebody_else_put_a_file_into_is_not_taken_over()
    {
        RunFolder.Create(_folder["run"]).Dispose();
        File.WriteAllText(_folder["run/thesis.tex"], "");
        Assert.Contains("'thesis.tex'",
            Assert.Throws<SettingsException>(() => RunFolder.Create(_folder["run"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_a_folder_with_settings_is_a_run()
    {
        Assert.Contains(_folder.Path,
            Assert.Throws<AssetMissingException>(() => RunFolder.Open(_folder.Path)).Message, StringComparison.Ordinal);
        File.WriteAllText(_folder["settings.json"], "{}");
        Assert.Equal(_folder["settings.json"], RunFolder.Open(_folder.Path).Settings);
    }
}
