using EmbodiedRL.Core;
using EmbodiedRL.Simulation.Layout;
using EmbodiedRL.Simulation.Native;

namespace EmbodiedRL.Simulation.Tests.Layout;

public sealed class LayoutChoiceTests : IDisposable
{
    // All that is needed of the headers of version 987, each struct as small as it can be.
    private static readonly string Structs =
        "typedef struct mjModel_ {\n  int nq;  // number\n  mjtNum* qpos0; // position (nq x 1)\n} mjModel;\n"
        + string.Concat(CHeader.Needed.Where(name => name != "mjModel")
            .Select(name => $"typedef struct {name}_ {{ int first; }} {name};\n"));

    private readonly string _folder = Directory.CreateTempSubdirectory("embodied-").FullName;

    private string Include => Path.Combine(_folder, "include", "mujoco");

    private string Library => Path.Combine(_folder, "lib", "libmujoco.so");

    private string Kept => Path.Combine(_folder, "cache");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_version_without_a_shipped_table_gets_one_from_its_headers()
    {
        LayoutTable table = Unpack().Of(987, Library, _folder);
        Assert.Equal((987, "9.8.7"), (table.Number, table.Version));
        Assert.Equal(CHeader.Needed, table.Sizes.Keys);
        Assert.Equal(new FieldLayout("qpos0", "double", 8, 1, true, ["nq", "1"]), table.Find("mjModel", "qpos0"));
    }

    [Fact]
    public void Headers_may_lie_in_include_itself()
    {
        LayoutChoice choice = Unpack();
        foreach (string header in Directory.GetFiles(Include))
            File.Move(header, Path.Combine(_folder, "include", Path.GetFileName(header)));
        Assert.Equal(987, choice.Of(987, Library, _folder).Number);
    }

    [Fact]
    public void A_generated_table_is_kept_and_read_again()
    {
        LayoutChoice choice = Unpack();
        string made = Written(choice.Of(987, Library, _folder)), entry = Assert.Single(Directory.GetFiles(Kept));
        // Nobody has to understand the headers a second time: an entry with another number in it, and the right sum, is what is read.
        Assert.Equal(made, Written(choice.Of(987, Library, _folder)));
        string altered = File.ReadAllText(entry)[(File.ReadAllText(entry).IndexOf('\n', StringComparison.Ordinal) + 1)..]
            .Replace("qpos0\tdouble*\t8", "qpos0\tdouble*\t24", StringComparison.Ordinal);
        byte[] hash = System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(altered));
        File.WriteAllText(entry, $"# sha256 {Convert.ToHexStringLower(hash)}\n{altered}");
        Assert.Equal(24, choice.Of(987, Library, _folder).Find("mjModel", "qpos0").Offset);
        Assert.Single(Directory.GetFiles(Kept));
    }

    [Theory]
    [InlineData("qpos0\tdouble*\t8", "qpos0\tdouble*\t16")]     // a digit, which would read positions elsewhere
    [InlineData("# sha256 ", "# sha256 0")]
    [InlineData("struct\tmjModel", "<<<<<<< ours\nstruct\tmjModel")]
    [InlineData(null, null)]                                    // cut off
    public void A_corrupted_entry_is_generated_again(string? old, string? now)
    {
        LayoutChoice choice = Unpack();
        string made = Written(choice.Of(987, Library, _folder)), entry = Assert.Single(Directory.GetFiles(Kept)),
            whole = File.ReadAllText(entry);
        string corrupted = old is null ? whole[..(whole.Length / 2)] : whole.Replace(old, now, StringComparison.Ordinal);
        Assert.NotEqual(whole, corrupted);
        File.WriteAllText(entry, corrupted);

        Assert.Equal(made, Written(choice.Of(987, Library, _folder)));
        Assert.Equal(whole, File.ReadAllText(Assert.Single(Directory.GetFiles(Kept))));
    }

    [Fact]
    public void Other_headers_and_other_libraries_have_entries_of_their_own()
    {
        LayoutChoice choice = Unpack();
        Assert.Equal(8, choice.Of(987, Library, _folder).Find("mjModel", "qpos0").Offset);
        string model = Path.Combine(Include, "mjmodel.h");
        Write(model, File.ReadAllText(model).Replace("int nq;", "int nq; double wide;", StringComparison.Ordinal));
        Assert.Equal(16, choice.Of(987, Library, _folder).Find("mjModel", "qpos0").Offset);
        File.AppendAllText(Library, "!");
        choice.Of(987, Library, _folder);
        Assert.Equal(3, Directory.GetFiles(Kept).Length);
    }

    [Fact]
    public void A_cache_that_cannot_be_written_changes_nothing()
    {
        Unpack();
        Write(Kept, "a file where the folder would be");
        Assert.Equal(987, new LayoutChoice([], new LayoutCache(Kept)).Of(987, Library, _folder).Number);
        Assert.Equal(987, new LayoutChoice([], new LayoutCache(null)).Of(987, Library, _folder).Number);
    }

    [Fact]
    public void Without_headers_the_error_says_where_they_belong()
    {
        Write(Library, "no library");
        var error = Assert.Throws<AssetMissingException>(() => Choice().Of(987, Library, _folder));
        Assert.StartsWith($"A struct layout for MuJoCo 9.8.7 was not found or cannot be used (tried {Path.Combine(Include, "mujoco.h")}).",
            error.Message, StringComparison.Ordinal);
        Assert.Contains($"Put the headers of MuJoCo 9.8.7 into {Include}", error.Message, StringComparison.Ordinal);
        Assert.Contains("EMBODIED_MUJOCO", error.Message, StringComparison.Ordinal);

        string unset = Assert.Throws<AssetMissingException>(() =>
            new LayoutChoice(LayoutTable.Versions, new LayoutCache(Kept)).Of(987, "libmujoco.so", "")).Message;
        Assert.Contains("Set EMBODIED_MUJOCO to a folder that holds this MuJoCo's lib and include", unset, StringComparison.Ordinal);
        Assert.Contains("2.2.2, 3.17.0", unset, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Kept));
    }

    [Fact]
    public void Headers_of_another_version_or_that_are_not_understood_are_refused()
    {
        LayoutChoice choice = Unpack();
        string other = Assert.Throws<AssetMissingException>(() => choice.Of(3003007, Library, _folder)).Message;
        Assert.Contains("Its headers are of MuJoCo 9.8.7: put those of 3.3.7", other, StringComparison.Ordinal);

        Write(Path.Combine(Include, "mjmodel.h"), "struct mjModel {\n  short nq;\n};");
        string odd = Assert.Throws<AssetMissingException>(() => choice.Of(987, Library, _folder)).Message;
        Assert.Contains($"{Path.Combine(Include, "mjmodel.h")}:2: expected ", odd, StringComparison.Ordinal);
    }

    [Fact]
    public void The_library_in_use_fits_the_table_of_its_headers_with_its_shipped_one_hidden()
    {
        string? folder = Environment.GetEnvironmentVariable(MuJoCoLibrary.Variable);
        Assert.SkipWhen(string.IsNullOrEmpty(folder), $"Set {MuJoCoLibrary.Variable} to a folder with lib and include of a MuJoCo.");
        LayoutTable used = MuJoCoLibrary.Table;
        var hidden = new LayoutChoice([.. LayoutTable.Versions.Where(version => version != used.Version)], new LayoutCache(Kept));

        LayoutTable made = hidden.Of(used.Number, MuJoCoLibrary.Path, folder), kept = hidden.Of(used.Number, MuJoCoLibrary.Path, folder);
        Assert.Equal((Written(used), Written(used)), (Written(made), Written(kept)));
        LayoutCheck.Require(made, MuJoCoLibrary.Path);
        LayoutCheck.Require(kept, MuJoCoLibrary.Path);
        Assert.Single(Directory.GetFiles(Kept));
    }

    private static string Written(LayoutTable table)
    {
        using var text = new StringWriter();
        table.Write(text);
        return text.ToString();
    }

    private static void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text + "\n");
    }

    private LayoutChoice Choice() => new([], new LayoutCache(Kept));

    private LayoutChoice Unpack()
    {
        Write(Path.Combine(Include, "mujoco.h"), HeaderFolder.Main);
        Write(Path.Combine(Include, "mjtnum.h"), HeaderFolder.Numbers);
        Write(Path.Combine(Include, "mjmodel.h"), "#include <mujoco/mjtnum.h>\n" + Structs);
        Write(Library, "no library: it is read as bytes and not loaded");
        return Choice();
    }
}
