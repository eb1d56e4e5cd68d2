using EmbodiedRL.Core;
using EmbodiedRL.Models.Native;

namespace EmbodiedRL.Models.Tests.Native;

public sealed class WeakenedLibraryTests : IDisposable
{
    private static readonly string Original = Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64",
        "native", "libLibTorchSharp.so");
    private readonly string _cache = Directory.CreateTempSubdirectory("weakened-").FullName;

    public void Dispose() => Directory.Delete(_cache, recursive: true);

    [Fact]
    public void The_copy_differs_in_a_weak_flag_a_name_and_a_version_and_the_original_not_at_all()
    {
        byte[] before = File.ReadAllBytes(Original);
        byte[] copy = File.ReadAllBytes(WeakenedLibrary.Copy(Original, _cache));
        Assert.Equal(before, File.ReadAllBytes(Original));
        Assert.Equal(before.Length, copy.Length);
        int changed = before.Zip(copy).Count(pair => pair.First != pair.Second);
        Assert.InRange(changed, 3, 7); // 1 byte of flags, up to 4 of the name, up to 2 of the version
    }

    [Fact]
    public void The_copy_is_made_once()
    {
        string first = WeakenedLibrary.Copy(Original, _cache);
        DateTime written = File.GetLastWriteTimeUtc(first);
        Assert.Equal(first, WeakenedLibrary.Copy(Original, _cache));
        Assert.Equal(written, File.GetLastWriteTimeUtc(first));
        Assert.Single(Directory.GetFiles(_cache));
    }

    [Fact]
    public void A_copy_that_was_cut_off_is_made_again()
    {
        string path = WeakenedLibrary.Copy(Original, _cache);
        byte[] whole = File.ReadAllBytes(path);
        File.WriteAllBytes(path, whole[..1000]);
        Assert.Equal(whole, File.ReadAllBytes(WeakenedLibrary.Copy(Original, _cache)));
    }

    [Fact]
    public void Many_at_once_make_one_whole_copy()
    {
        string[] paths = new string[8];
        Parallel.For(0, paths.Length, i => paths[i] = WeakenedLibrary.Copy(Original, _cache));
        Assert.Single(paths.Distinct());
        Assert.Single(Directory.GetFiles(_cache));
        Assert.Equal(new FileInfo(Original).Length, new FileInfo(paths[0]).Length);
    }

    [Theory]
    [InlineData(40)]
    [InlineData(5000)]
    public void A_file_that_is_cut_off_is_refused_and_leaves_nothing(int length)
    {
        string cut = Path.Combine(_cache, "cut.so");
        File.WriteAllBytes(cut, File.ReadAllBytes(Original)[..length]);
        string cache = Path.Combine(_cache, "cache");
        Assert.Contains("cut.so",
            Assert.Throws<CorruptFileException>(() => WeakenedLibrary.Copy(cut, cache)).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(cache) && Directory.GetFiles(cache).Length > 0);
    }

    [Fact]
    public void Another_library_is_refused()
    {
        string other = Path.Combine(AppContext.BaseDirectory, "libtorch", "libc10.so");
        Assert.Throws<CorruptFileException>(() => WeakenedLibrary.Copy(other, _cache));
    }
}
