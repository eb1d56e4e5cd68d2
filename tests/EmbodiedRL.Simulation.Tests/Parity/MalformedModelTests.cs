using System.Text.Json;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Simulation.Native;
using EmbodiedRL.Simulation.Physics;

namespace EmbodiedRL.Simulation.Tests.Parity;

/// <summary>Bad inputs, each with what MuJoCo was seen to answer: the same ones are refused, in one line that names the file.</summary>
[Trait("Category", "Parity")]
public sealed class MalformedModelTests
{
    // MuJoCo takes these or only warns; they meet checks of our own, whose words these are.
    private static readonly string[] OwnChecks =
        [
            "more than 0 s", "finite numbers", "contains a 'NaN'", "quaternions that are a rotation", "one root element", "between 1 and",
            "of at most 2147483647"
        ];

    public static TheoryData<string> Files => [.. Cases().Select(item => item.GetProperty("file").GetString()!)];

    [Theory]
    [MemberData(nameof(Files))]
    public void It_is_refused_or_accepted_as_recorded(string file)
    {
        Fixtures.Require("simulation/malformed.expected.json");
        Assert.SkipUnless(MuJoCoLibrary.Version == "2.2.2", "These answers are those of MuJoCo 2.2.2.");
        JsonElement expected = Cases().First(item => item.GetProperty("file").GetString() == file);
        bool accepts = expected.GetProperty("model").GetBoolean();
        string path = Path.Combine(Fixtures.Root, "simulation", "malformed", file);
        if (Said(expected, "could not create mjData"))
            Assert.Skip("Whether hundreds of GB can be reserved is the machine's matter, not the model's.");
        try
        {
            using MujocoModel model = MujocoModel.Load(path);
            Assert.True(accepts, $"{file} was accepted.");
            using var physics = new PhysicsView(model);
            physics.Step(5);
        }
        catch (EmbodiedException error)
        {
            Assert.True(!accepts || OwnChecks.Any(words => error.Message.Contains(words, StringComparison.Ordinal)), error.Message);
            Assert.StartsWith(error is AssetMissingException ? "The model file" : path, error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', error.Message);
            if (!accepts && Said(expected, "line = 1")) Assert.Contains("line 1", error.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>The other way round: these have to be refused, by the check that is for them.</summary>
    [Theory]
    [InlineData("negative_timestep.xml", "more than 0 s")]
    [InlineData("inf.xml", "finite numbers")]
    [InlineData("nan.xml", "'NaN'")]
    [InlineData("zero_quat.xml", "body_quat")]
    [InlineData("two_roots.xml", "one root element")]
    [InlineData("mesh_bad_obj.xml", "'99'")]
    [InlineData("huge_nstack.xml", "nstack")]
    public void What_MuJoCo_accepts_wrongly_is_refused(string file, string says)
    {
        string path = Fixtures.Require($"simulation/malformed/{file}");
        Assert.SkipUnless(MuJoCoLibrary.Version == "2.2.2", "These answers are those of MuJoCo 2.2.2.");
        Assert.Contains(says, Assert.Throws<CorruptFileException>(() => MujocoModel.Load(path)).Message, StringComparison.Ordinal);
    }

    private static bool Said(JsonElement expected, string words) =>
        expected.GetProperty("error").GetString()!.Contains(words, StringComparison.Ordinal);

    private static JsonElement[] Cases()
    {
        string path = Path.Combine(Fixtures.Root, "simulation", "malformed.expected.json");
        if (!File.Exists(path))
            return [JsonSerializer.SerializeToElement(new { file = "malformed.expected.json", model = false, error = "" })];
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
        return [.. document.RootElement.GetProperty("cases").EnumerateArray().Select(item => item.Clone())];
    }
}
