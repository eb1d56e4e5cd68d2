using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Simulation.Native;
using EmbodiedRL.Simulation.Physics;

namespace EmbodiedRL.Simulation.Tests;

/// <summary>Models written for a newer MuJoCo are refused by 2.2.2 in words that do not say so; the error does.</summary>
public sealed class NewerFeatureTests
{
    private const string Body = "<worldbody><body><joint name='j'/><geom size='1'/></body></worldbody>";

    [Theory]
    [InlineData("implicitfast", "<option integrator='implicitfast'/>" + Body)]
    [InlineData("range without limited", "<worldbody><body><joint range='-1 1'/><geom size='1'/></body></worldbody>")]
    [InlineData("range without limited", Body + "<actuator><motor joint='j' ctrlrange='-1 1'/></actuator>")]
    [InlineData("memory", "<size memory='10M'/>" + Body)]
    [InlineData("actuatorfrcrange", "<worldbody><body><joint actuatorfrcrange='-1 1'/><geom size='1'/></body></worldbody>")]
    [InlineData("gravcomp", "<worldbody><body gravcomp='1'><joint/><geom size='1'/></body></worldbody>")]
    [InlineData("kv", Body + "<actuator><position joint='j' kv='1'/></actuator>")]
    [InlineData("eulerdamp", "<option><flag eulerdamp='disable'/></option>" + Body)]
    [InlineData("resolution", "<worldbody><camera resolution='9 9'/></worldbody>")]
    [InlineData("projection", "<worldbody><camera projection='orthographic'/></worldbody>")]
    [InlineData("type", "<worldbody><light type='directional'/></worldbody>")]
    [InlineData("frame", "<worldbody><frame/></worldbody>")]
    [InlineData("replicate", "<worldbody><replicate count='2'/></worldbody>")]
    [InlineData("extension", "<extension/>" + Body)]
    [InlineData("deformable", "<deformable/>" + Body)]
    [InlineData("model", "<asset><model name='x' file='y.xml'/></asset>" + Body)]
    [InlineData("layer", "<asset><material name='a'><layer/></material></asset>" + Body)]
    public void The_error_says_that_a_newer_version_is_needed_and_how_to_select_it(string feature, string inside)
    {
        Assert.SkipUnless(MuJoCoLibrary.Version == NewerFeature.Version, "This is about what MuJoCo 2.2.2 refuses.");
        string said = Assert.Throws<CorruptFileException>(() => MujocoModel.Parse("newer", $"<mujoco>{inside}</mujoco>")).Message;
        Assert.Contains($"'{feature}' needs a newer MuJoCo than 2.2.2.", said, StringComparison.Ordinal);
        Assert.Contains("EMBODIED_MUJOCO", said, StringComparison.Ordinal);
        string instead = NewerFeature.All.Single(known => known.Name == feature).Instead;
        Assert.Contains(instead.Length > 0 ? $"Write {instead}" : "Set EMBODIED_MUJOCO", said, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_mistakes_and_other_versions_are_told_as_they_are()
    {
        Assert.DoesNotContain("newer",
            Assert.Throws<CorruptFileException>(() => MujocoModel.Parse("x", "<mujoco><wordbody/></mujoco>")).Message,
            StringComparison.Ordinal);
        Assert.Empty(NewerFeature.Remedy("invalid keyword: 'implicitfast'", "3.17.0"));
    }

    [Fact]
    public void The_page_lists_every_one_with_what_to_write_instead()
    {
        string page = File.ReadAllText(Path.Combine(Fixtures.RepositoryRoot, "assets", "docs", "mujoco.md"));
        Assert.All(NewerFeature.All, feature => Assert.Contains($"| `{feature.Name}` | {feature.Instead}", page, StringComparison.Ordinal));
    }
}
