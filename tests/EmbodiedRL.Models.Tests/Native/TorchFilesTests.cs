using System.Diagnostics;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Native;

namespace EmbodiedRL.Models.Tests.Native;

public sealed class TorchFilesTests : IDisposable
{
    private static readonly string Own = Path.Combine(AppContext.BaseDirectory, "libtorch");
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Without_a_word_it_is_the_libtorch_of_the_build()
    {
        TorchFiles files = TorchFiles.Find(null);
        Assert.Equal(Own, files.Folder);
        Assert.Equal(["libc10.so", "libtorch_cpu.so", "libtorch.so"], files.Parts.Select(Path.GetFileName));
        Assert.Equal("2.10.0", TorchFiles.VersionOf(files.Folder));
    }

    [Fact]
    public void A_named_folder_takes_precedence_in_a_whole_process()
    {
        string elsewhere = Elsewhere("libtorch/lib");
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet") start.ArgumentList.Add(typeof(TorchFilesTests).Assembly.Location);
        foreach (string argument in new[] { "-noLogo", "-method", $"*{nameof(TorchRuntimeTests.Tensors_work_after_loading)}" })
            start.ArgumentList.Add(argument);
        start.Environment[TorchRuntime.Variable] = elsewhere;
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0 && output.Contains("Total: 1", StringComparison.Ordinal), output);
    }

    [Fact]
    public void Libraries_for_a_gpu_are_loaded_where_they_are()
    {
        string elsewhere = Elsewhere("lib");
        File.WriteAllText(Path.Combine(elsewhere, "libc10_cuda.so"), "");
        Assert.Equal(4, TorchFiles.Find(elsewhere).Parts.Count);
    }

    [Fact]
    public void A_folder_without_libtorch_is_named()
    {
        string message = Assert.Throws<AssetMissingException>(() => TorchFiles.Find(_folder.Path)).Message;
        Assert.Contains(_folder["libc10.so"], message, StringComparison.Ordinal);
        Assert.Contains("EMBODIED_LIBTORCH", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("version.py", "__all__ = []\n__version__ = '2.11.0+cu130'\ndebug = False\n", "2.11.0+cu130")]
    [InlineData("build-version", "2.9.1+cpu\n", "2.9.1+cpu")]
    [InlineData("other", "", "unknown")]
    public void The_version_is_read_from_what_lies_beside_the_folder(string file, string content, string version)
    {
        File.WriteAllText(_folder[file], content);
        Directory.CreateDirectory(_folder["lib"]);
        Assert.Equal(version, TorchFiles.VersionOf(_folder["lib"]));
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>A folder of links to the build's libtorch.</summary>
    private string Elsewhere(string name)
    {
        string folder = Directory.CreateDirectory(_folder[name]).FullName;
        foreach (string library in Directory.GetFiles(Own))
            File.CreateSymbolicLink(Path.Combine(folder, Path.GetFileName(library)), library);
        return folder;
    }
}
