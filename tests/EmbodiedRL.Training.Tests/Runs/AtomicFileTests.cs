using System.Diagnostics;
using EmbodiedRL.Core;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.Training.Tests.Runs;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_is_replaced_and_nothing_else_is_left()
    {
        AtomicFile.WriteText(_folder["deep/a.txt"], "old");
        AtomicFile.WriteText(_folder["deep/a.txt"], "new");
        Assert.Equal("new", File.ReadAllText(_folder["deep/a.txt"]));
        Assert.Single(Directory.GetFileSystemEntries(_folder["deep"]));
    }

    [Fact]
    public void A_writer_that_fails_half_way_leaves_the_old_file()
    {
        AtomicFile.WriteText(_folder["a.txt"], "old");
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(_folder["a.txt"], stream =>
        {
            stream.Write("half"u8);
            throw new InvalidOperationException();
        }));
        Assert.Equal("old", File.ReadAllText(_folder["a.txt"]));
        Assert.Single(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void A_full_disk_leaves_the_old_file_and_says_what_to_do()
    {
        string disk = _folder["disk"];
        Directory.CreateDirectory(disk);
        using (var mount =
            Process.Start(new ProcessStartInfo("mount", ["-t", "tmpfs", "-o", "size=64k", "none", disk]) { RedirectStandardError = true })!)
        {
            mount.WaitForExit();
            Assert.SkipUnless(mount.ExitCode == 0, "Mounting a small disk needs root.");
        }

        try
        {
            string path = Path.Combine(disk, "a.bin");
            AtomicFile.Write(path, stream => stream.Write(new byte[1000]));
            var error = Assert.Throws<EmbodiedException>(() => AtomicFile.Write(path, stream => stream.Write(new byte[1_000_000])));
            Assert.Contains(path, error.Message, StringComparison.Ordinal);
            Assert.Contains("Free some space", error.Message, StringComparison.Ordinal);
            Assert.Equal(1000, new FileInfo(Assert.Single(Directory.GetFiles(disk))).Length);
        }
        finally
        {
            using var unmount = Process.Start("umount", [disk]);
            unmount.WaitForExit();
        }
    }
}
