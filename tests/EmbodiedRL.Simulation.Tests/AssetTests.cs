using System.Text;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Simulation.Layout;
using EmbodiedRL.Simulation.Native;
using EmbodiedRL.Simulation.Physics;

namespace EmbodiedRL.Simulation.Tests;

/// <summary>Models whose meshes, textures, height fields and includes come from memory.</summary>
public sealed class AssetTests
{
    private const string Tetrahedron = "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n";

    public static TheoryData<string> Models => [.. Fixtures.Family("simulation/models", "*.xml")];

    [Theory]
    [MemberData(nameof(Models))]
    public void A_model_from_memory_is_the_one_from_disk(string file)
    {
        string path = Fixtures.Require(file);
        var assets = Directory.GetFiles(Path.GetDirectoryName(path)!).Where(asset => !asset.EndsWith(".xml", StringComparison.Ordinal))
            .ToDictionary(asset => Path.GetFileName(asset)!, File.ReadAllBytes);
        using MujocoModel disk = MujocoModel.Load(path), memory = MujocoModel.Parse(file, File.ReadAllText(path), assets);
        AssertEqual(disk, memory);
    }

    [Fact]
    public void Folders_and_includes_are_found_in_memory_by_the_names_in_the_text()
    {
        const string xml = """
            <mujoco>
              <compiler meshdir="meshes"/>
              <include file="part.xml"/>
              <worldbody><body><freejoint/><geom type="mesh" mesh="t"/></body></worldbody>
            </mujoco>
            """;
        var files = new Dictionary<string, byte[]>
        {
            ["meshes/t.obj"] = Encoding.UTF8.GetBytes(Tetrahedron),
            ["part.xml"] = Encoding.UTF8.GetBytes("<mujoco><asset><mesh name='t' file='t.obj'/></asset></mujoco>"),
            ["model.xml"] = [1], // a name that is ours otherwise
        };
        using MujocoModel model = MujocoModel.Parse("in memory", xml, files);
        Assert.Equal(["t"], model.Names("mesh"));
        Assert.Equal(4, model.Size("nmeshface"));
        Assert.Contains("part.xml",
            Assert.Throws<CorruptFileException>(() =>
                MujocoModel.Parse("in memory", xml, new Dictionary<string, byte[]> { ["part.xml"] = [] })).Message,
            StringComparison.Ordinal);
        Assert.Throws<CorruptFileException>(() => MujocoModel.Parse("in memory", ""));
        Assert.Contains("nope.obj",
            Assert.Throws<CorruptFileException>(() =>
                MujocoModel.Parse("in memory", "<mujoco><asset><mesh file='nope.obj'/></asset></mujoco>", files)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("f 1 2 99", "line 9")]
    [InlineData("f 1/1 2 3", "texture coordinate")]
    [InlineData("f -5 2 3", "'-5'")]
    [InlineData("f 0 1 2", "between 1 and 4")]
    [InlineData("f 1//2 2 3", "normal")]
    public void A_face_that_names_what_the_mesh_does_not_have_is_refused_with_its_line(string face, string says)
    {
        var files = new Dictionary<string, byte[]> { ["t.obj"] = Encoding.UTF8.GetBytes(Tetrahedron + face + "\n") };
        string message = Assert.Throws<CorruptFileException>(() =>
            MujocoModel.Parse("mesh", "<mujoco><asset><mesh file='t.obj'/></asset></mujoco>", files)).Message;
        Assert.Contains("t.obj", message, StringComparison.Ordinal);
        Assert.Contains(says, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<mujoco/>\n<mujoco/>", "line 2")]
    [InlineData("<mujoco><worldbody><geom size='0.1' quat='0 0 0 0'/></worldbody></mujoco>", "quat")]
    [InlineData("<mujoco><worldbody><geom size='0.1' pos='nan 0 0'/></worldbody></mujoco>", "NaN")]
    [InlineData("<mujoco><worldbody><geom size='0.1' pos='inf 0 0'/></worldbody></mujoco>", "geom_pos")]
    [InlineData("<mujoco><option gravity='0 0 -inf'/></mujoco>", "opt.gravity")]
    [InlineData("<mujoco><worldbody><body><joint damping='inf'/><geom size='1'/></body></worldbody></mujoco>", "dof_damping")]
    [InlineData("<mujoco>\n<size nuserdata='4294967297'/></mujoco>", "line 2")]
    public void What_MuJoCo_passes_over_is_refused(string xml, string says)
    {
        Assert.SkipWhen(says == "line 2" && xml.Contains("nuserdata", StringComparison.Ordinal)
            && MuJoCoLibrary.Table.Find("mjModel", "nuserdata").Type != "int",
            "This version keeps sizes in 64 bits.");
        Assert.Contains(says, Assert.Throws<CorruptFileException>(() => MujocoModel.Parse("odd", xml)).Message,
            StringComparison.OrdinalIgnoreCase);
    }

    private static void AssertEqual(MujocoModel one, MujocoModel other)
    {
        foreach (FieldLayout field in MuJoCoLibrary.Table.Fields("mjModel")
            .Where(field => field.IsPointer && !field.Dimensions.IsEmpty && !field.Name.Contains("path", StringComparison.Ordinal)))
        {
            switch (field.Type)
            {
                case "double": Assert.True(one.Array<double>(field.Name).SequenceEqual(other.Array<double>(field.Name)), field.Name); break;
                case "float": Assert.True(one.Array<float>(field.Name).SequenceEqual(other.Array<float>(field.Name)), field.Name); break;
                case "int": Assert.True(one.Array<int>(field.Name).SequenceEqual(other.Array<int>(field.Name)), field.Name); break;
                case "byte" or "char":
                    Assert.True(one.Array<byte>(field.Name).SequenceEqual(other.Array<byte>(field.Name)), field.Name);
                    break;
                default: Assert.True(one.Array<long>(field.Name).SequenceEqual(other.Array<long>(field.Name)), field.Name); break;
            }
        }

        foreach (string size in new[] { "nq", "nv", "nmesh", "nmeshvert", "nhfielddata", "ntexdata" })
            Assert.Equal(one.Size(size), other.Size(size));
    }
}
