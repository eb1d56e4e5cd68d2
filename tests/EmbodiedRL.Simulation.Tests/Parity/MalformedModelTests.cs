using System.Text.Json;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Simulation.Native;

namespace EmbodiedRL.Simulation.Tests.Parity;

/// <summary>Bad inputs, each with what MuJoCo was seen to answer: the same ones are refused, in one line that names the file.</summary>
[Trait("Category", "Parity")]
public sealed class MalformedModelTests
{
    // By what is wrong with them: MuJoCo says nothing, or only warns.
    private static readonly string[] WronglyAccepted =
        ["negative_timestep.xml", "inf.xml", "nan.xml", "zero_quat.xml", "two_roots.xml", "mesh_bad_obj.xml", "huge_nstack.xml"];

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
        if (file == "huge_njmax.xml") Assert.Skip("Whether hundreds of GB can be reserved is the machine's matter, not the model's.");
        try
        {
            using Model model = Model.Load(path);
            Assert.True(accepts && !WronglyAccepted.Contains(file), $"{file} was accepted.");
            using var physics = new PhysicsView(model);
            physics.Step(5);
        }
        catch (EmbodiedException error)
        {
            // What MuJoCo accepts wrongly meets a check of our own.
            Assert.True(!accepts || WronglyAccepted.Contains(file), error.Message);
            Assert.StartsWith(error is AssetMissingException ? "The model file" : path, error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', error.Message);
            if (!accepts && Said(expected, "line = 1")) Assert.Contains("line 1", error.Message, StringComparison.Ordinal);
        }
    }

    private static bool Said(JsonElement expected, string words) => expected.GetProperty("error").GetString()!.Contains(words, StringComparison.Ordinal);

    private static JsonElement[] Cases()
    {
        string path = Path.Combine(Fixtures.Root, "simulation", "malformed.expected.json");
        if (!File.Exists(path)) return [JsonSerializer.SerializeToElement(new { file = "malformed.expected.json", model = false, error = "" })];
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
        return [.. document.RootElement.GetProperty("cases").EnumerateArray().Select(item => item.Clone())];
    }
}
