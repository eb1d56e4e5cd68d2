using System.Runtime.InteropServices;
using System.Text.Json;
using EmbodiedRL.Contracts;
using EmbodiedRL.Simulation.Layout;
using EmbodiedRL.Simulation.Native;

namespace EmbodiedRL.Simulation.Tests.Parity;

/// <summary>Constants, enumerations and words of the library, recorded from its own Python binding.</summary>
[Trait("Category", "Parity")]
public sealed class ApiTests
{
    private const string File = "simulation/api.expected.json";

    [Fact]
    public void Every_constant_and_enum_value_is_in_the_table_made_from_the_headers()
    {
        JsonElement api = Fixtures.ReadJson(File);
        LayoutTable table = LayoutTable.ForVersion(api.GetProperty("mj_version").GetInt32());
        Assert.Equal(api.GetProperty("mj_versionString").GetString(), table.Version);
        foreach (JsonProperty constant in api.GetProperty("constants").EnumerateObject())
        {
            double found = table.Constants.TryGetValue(constant.Name, out int whole)
                ? whole
                : table.Reals.GetValueOrDefault(constant.Name, double.NaN);
            Assert.Equal((constant.Name, constant.Value.GetDouble()), (constant.Name, found));
        }

        int members = 0;
        foreach (JsonProperty member in api.GetProperty("enums").EnumerateObject().SelectMany(type => type.Value.EnumerateObject()))
        {
            Assert.Equal((member.Name, member.Value.GetInt32()), (member.Name, table.Constant(member.Name)));
            members++;
        }

        Assert.True(members > 100, $"only {members} members of enumerations");
    }

    [Fact]
    public void The_library_calls_itself_and_its_switches_as_recorded()
    {
        JsonElement api = Fixtures.ReadJson(File);
        Assert.SkipUnless(MuJoCoLibrary.Version == api.GetProperty("mj_versionString").GetString(),
            "These words were recorded with another version.");
        Assert.Equal(api.GetProperty("mj_version").GetInt32(), Functions.Version());
        unsafe
        {
            Assert.Equal(api.GetProperty("mj_versionString").GetString(), Marshal.PtrToStringUTF8((nint)Functions.VersionString()));
        }

        foreach (JsonProperty words in api.GetProperty("strings").EnumerateObject())
            Assert.Equal(words.Value.Deserialize<string[]>(), MuJoCoLibrary.Words(words.Name));
    }
}
