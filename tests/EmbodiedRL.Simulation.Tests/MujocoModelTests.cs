using EmbodiedRL.Core;
using EmbodiedRL.Simulation.Native;
using EmbodiedRL.Simulation.Physics;

namespace EmbodiedRL.Simulation.Tests;

public sealed class ModelTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("embodied-model").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("/")]
    [InlineData("parts/")]
    public void A_mesh_without_the_name_of_a_file_is_refused_before_the_engine_sees_it(string file)
    {
        string path = Path.Combine(_folder, "mesh.xml");
        File.WriteAllText(path,
            $"<mujoco><asset><mesh name=\"m\" file=\"{file}\"/></asset><worldbody><geom type=\"mesh\" mesh=\"m\"/></worldbody></mujoco>");
        Assert.Contains($"the name of a file for <mesh>, found '{file}'",
            Assert.Throws<CorruptFileException>(() => MujocoModel.Load(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_become_ids_once_and_a_wrong_one_offers_the_nearest()
    {
        using MujocoModel model = MujocoModel.Parse("point", PointTask.Scene);
        Assert.Equal((0, 0, 0), (model.Joint("rail").Index, model.Joint("rail").Position, model.Joint("rail").Velocity));
        Assert.Equal(["world", "mass"], model.Names("body"));
        string said = Assert.Throws<UnknownNameException>(() => model.Joint("rali")).Message;
        Assert.Contains("'rali'", said, StringComparison.Ordinal);
        Assert.Contains("'rail'", said, StringComparison.Ordinal);
        Assert.Contains("mocap", Assert.Throws<SpecMismatchException>(() => model.Mocap("mass")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Arrays_are_as_long_as_their_declarations_say()
    {
        using MujocoModel model = MujocoModel.Parse("point", PointTask.Scene);
        Assert.Equal(6, model.Array<double>("body_pos").Length);
        Assert.Equal([0, 0, 0.5], model.Array<double>("body_pos")[3..].ToArray());
        Assert.Equal(2.001, model.Array<double>("body_mass")[1], 1e-12);
        Assert.Equal(0.1f, model.Numbers<float>("vis.headlight.ambient")[0]);
        Assert.Throws<SpecMismatchException>(() => model.Array<float>("body_pos").Length);
        Assert.Throws<UnknownNameException>(() => model.Array<double>("body_poss").Length);
    }

    [Theory]
    [InlineData("<mujoco>\n<worldbody>\n<ball/>\n</worldbody>\n</mujoco>", "line 3")]
    [InlineData("<mujoco><worldbody>", "mistake")]
    [InlineData("", "a file with content")]
    [InlineData("<mujoco><option timestep='-1'/></mujoco>", "timestep")]
    [InlineData("<mujoco><worldbody><body><joint/></body></worldbody></mujoco>", "mass and inertia")]
    [InlineData("<mujoco><worldbody><geom size='0.1' material='wood'/></worldbody></mujoco>", "material")]
    public void A_broken_model_is_one_error_that_names_file_and_place(string xml, string says)
    {
        string path = Path.Combine(_folder, "broken.xml");
        File.WriteAllText(path, xml);
        string message = Assert.Throws<CorruptFileException>(() => MujocoModel.Load(path)).Message;
        Assert.StartsWith(path, message, StringComparison.Ordinal);
        Assert.Contains(says, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void A_missing_file_and_a_missing_library_are_named()
    {
        Assert.Contains("nowhere.xml",
            Assert.Throws<AssetMissingException>(() => MujocoModel.Load("nowhere.xml")).Message, StringComparison.Ordinal);
        string said = Assert.Throws<AssetMissingException>(() => MuJoCoLibrary.Load(_folder)).Message;
        Assert.Contains(MuJoCoLibrary.Variable, said, StringComparison.Ordinal);
        Assert.Contains(_folder, said, StringComparison.Ordinal);
    }

    [Fact]
    public void A_library_that_is_none_is_one_sentence()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "lib"));
        File.WriteAllText(Path.Combine(_folder, "lib", "libmujoco.so"), "not a library");
        string said = Assert.Throws<AssetMissingException>(() => MuJoCoLibrary.Load(_folder)).Message;
        Assert.Contains("The loader says", said, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', said);
    }

    [Fact]
    public void A_file_includes_what_lies_beside_it()
    {
        File.WriteAllText(Path.Combine(_folder, "part.xml"), "<mujoco><worldbody><geom name='included' size='0.1'/></worldbody></mujoco>");
        File.WriteAllText(Path.Combine(_folder, "whole.xml"), "<mujoco><include file='part.xml'/></mujoco>");
        using MujocoModel model = MujocoModel.Load(Path.Combine(_folder, "whole.xml"));
        Assert.Equal(["included"], model.Names("geom"));
    }

    [Fact]
    public void A_model_nested_as_deep_as_nobody_would_is_survived()
    {
        const int depth = 2000;
        string xml = "<mujoco><worldbody>" + string.Concat(Enumerable.Repeat("<body>", depth))
            + string.Concat(Enumerable.Repeat("</body>", depth)) + "</worldbody></mujoco>";
        try
        {
            using MujocoModel model = MujocoModel.Parse("deep", xml);
            Assert.Equal(depth + 1, model.BodyCount);
        }
        catch (CorruptFileException error)
        {
            Assert.Contains("deep", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void An_error_inside_the_engine_becomes_an_exception_on_the_callers_thread()
    {
        EngineCall call = EngineCall.Run(() => EngineErrors.Raise("the engine gives up"));
        Assert.Contains("the engine gives up", call.Error, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => EngineCall.Run(() => throw new InvalidOperationException()));
    }
}
