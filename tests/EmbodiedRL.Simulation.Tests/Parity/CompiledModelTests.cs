using System.Text.Json;
using EmbodiedRL.Contracts;
using EmbodiedRL.Simulation.Native;
using EmbodiedRL.Simulation.Physics;

namespace EmbodiedRL.Simulation.Tests.Parity;

/// <summary>What MuJoCo made of each model's file: names, sizes, options and every table of the compiled model.</summary>
[Trait("Category", "Parity")]
public sealed class CompiledModelTests
{
    private const double Tolerance = 1e-11;

    /// <summary>Table, what its arrays begin with, and the kind of its things.</summary>
    private static readonly (string Table, string Prefix, string Kind)[] Tables =
    [
        ("bodies", "body", "body"), ("joints", "jnt", "joint"), ("geoms", "geom", "geom"), ("sites", "site", "site"),
        ("cameras", "cam", "camera"), ("lights", "light", "light"),
        ("materials", "mat", "material"), ("textures", "tex", "texture"), ("actuators", "actuator", "actuator"),
        ("tendons", "tendon", "tendon"), ("equalities", "eq", "equality"),
        ("pairs", "pair", "pair"), ("excludes", "exclude", "exclude"), ("sensors", "sensor", "sensor"), ("keys", "key", "keyframe"),
    ];

    /// <summary>Where the recording's word for a number is not the array's.</summary>
    private static readonly Dictionary<string, string> Renamed = new()
    {
        ["joints.body"] = "jnt_bodyid",
        ["geoms.body"] = "geom_bodyid",
        ["sites.body"] = "site_bodyid",
        ["cameras.body"] = "cam_bodyid",
        ["lights.body"] = "light_bodyid",
        ["bodies.parent"] = "body_parentid",
        ["cameras.target"] = "cam_targetbodyid",
        ["joints.solref_limit"] = "jnt_solref",
        ["joints.solimp_limit"] = "jnt_solimp",
        ["equalities.obj1"] = "eq_obj1id",
        ["equalities.obj2"] = "eq_obj2id",
        ["sensors.type"] = "sensor_type",
    };

    public static TheoryData<string> Recorded => Recording.All;

    [Theory]
    [MemberData(nameof(Recorded))]
    public void Names_and_ids_are_as_recorded(string file)
    {
        var recording = new Recording(file);
        using MujocoModel model = recording.Load();
        foreach (JsonProperty entry in recording.Facts.GetProperty("names").EnumerateObject())
        {
            int type = entry.Value.GetProperty("value").GetInt32();
            Assert.Equal(type, MuJoCoLibrary.Table.Constant(entry.Name));
            string kind = MujocoModel.Kinds.Single(known => Same(known, entry.Name));
            string[] names = [.. entry.Value.GetProperty("names").EnumerateArray().Select(name => name.GetString() ?? "")];
            Assert.Equal(names, model.Names(kind));
            Assert.Equal(entry.Value.GetProperty("count").GetInt32(), model.Count(kind));
            for (int id = 0; id < names.Length; id++)
                if (names[id].Length > 0) Assert.Equal(id, model.Index(kind, names[id]));
            Assert.False(model.TryFind(kind, "no such name", out int none));
            Assert.Equal(entry.Value.GetProperty("name2id('no such name')").GetInt32(), none);
            Assert.Equal(entry.Value.GetProperty("name2id('')").GetInt32(), Functions.NameToId(model.Address, type, ""));
            Assert.False(model.TryFind(kind, "", out _)); // nameless is not a name
            unsafe
            {
                Assert.True(Functions.IdToName(model.Address, type, -1) is null
                    && Functions.IdToName(model.Address, type, names.Length) is null);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Recorded))]
    public void Sizes_options_and_statistics_are_as_recorded(string file)
    {
        var recording = new Recording(file);
        using MujocoModel model = recording.Load();
        JsonElement compiled = recording.Facts.GetProperty("compiled");
        foreach (JsonProperty size in compiled.GetProperty("sizes").EnumerateObject())
            Assert.Equal((size.Name, size.Value.GetInt32()), (size.Name, model.Size(size.Name)));
        Assert.Equal(recording.Facts.GetProperty("mj_sizeModel").GetInt64(), model.Bytes);
        foreach (JsonProperty option in compiled.GetProperty("options").EnumerateObject())
            AssertInPlace(model, $"opt.{option.Name}", option.Value);
        foreach (JsonProperty number in compiled.GetProperty("stat").EnumerateObject())
            AssertInPlace(model, $"stat.{number.Name}", number.Value);
        foreach (string array in new[] { "qpos0", "qpos_spring", "dof_invweight0" })
            Recording.AssertClose(compiled.GetProperty(array).Numbers(), model.Array<double>(array), Tolerance, array);
    }

    [Theory]
    [MemberData(nameof(Recorded))]
    public void Every_table_of_the_model_is_as_recorded(string file)
    {
        var recording = new Recording(file);
        using MujocoModel model = recording.Load();
        JsonElement compiled = recording.Facts.GetProperty("compiled");
        foreach (JsonProperty table in compiled.EnumerateObject()
            .Where(entry => entry.Value.ValueKind == JsonValueKind.Array && entry.Value.GetArrayLength() > 0
                && entry.Value[0].ValueKind == JsonValueKind.Object))
        {
            (string _, string prefix, string kind) = Tables.Single(known => known.Table == table.Name);
            Assert.Equal(model.Count(kind), table.Value.GetArrayLength());
            int row = 0;
            foreach (JsonElement thing in table.Value.EnumerateArray())
            {
                foreach (JsonProperty number in thing.EnumerateObject()) AssertNumber(model, table.Name, prefix, row, number);
                row++;
            }
        }
    }

    private static bool Same(string kind, string constant) => constant == $"mjOBJ_{(kind == "keyframe" ? "key" : kind).ToUpperInvariant()}";

    private static void AssertInPlace(MujocoModel model, string name, JsonElement expected)
    {
        string type = MuJoCoLibrary.Table.Find("mjModel", name).Type;
        if (expected.ValueKind == JsonValueKind.String)
            Assert.Equal(MuJoCoLibrary.Table.Constant(expected.GetString()!), model.Numbers<int>(name)[0]);
        else if (type == "int") Assert.Equal((name, expected.GetInt32()), (name, model.Numbers<int>(name)[0]));
        else
            Recording.AssertClose(expected.ValueKind == JsonValueKind.Array ? expected.Numbers() : [expected.Number()],
                model.Numbers<double>(name), Tolerance, name);
    }

    private static void AssertNumber(MujocoModel model, string table, string prefix, int row, JsonProperty number)
    {
        string what = $"{table}[{row}].{number.Name}";
        switch (number.Name)
        {
            case "id":
                Assert.Equal(row, number.Value.GetInt32());
                return;
            case "name" or "body_name" or "target" when number.Value.ValueKind is JsonValueKind.String or JsonValueKind.Null:
                return; // names are tested by kind above; these repeat them for people
            case "material" or "texture" when number.Value.ValueKind is JsonValueKind.String or JsonValueKind.Null:
                int link = model.Array<int>(table == "geoms" ? "geom_matid" : "mat_texid")[row];
                Assert.Equal(number.Value.GetString(), link < 0 ? null : model.Names(number.Name)[link]);
                return;
            case "body1" or "body2":
                int pair = model.Array<int>("exclude_signature")[row]; // two bodies in one number, the smaller one in front
                Assert.Equal(number.Value.GetInt32(), number.Name == "body1" ? pair >> 16 : pair & 0xffff);
                return;
            case "wrap":
                AssertWraps(model, row, number.Value);
                return;
            default:
                AssertArray(model, ArrayOf(table, prefix, number.Name), row, number.Value, what);
                return;
        }
    }

    private static string ArrayOf(string table, string prefix, string name)
    {
        if (Renamed.TryGetValue($"{table}.{name}", out string? renamed)) return renamed;
        string own = $"{prefix}_{name}";
        return MuJoCoLibrary.Table.TryFind("mjModel", own, out _) ? own : "";
    }

    private static void AssertArray(MujocoModel model, string array, int row, JsonElement expected, string what)
    {
        // Values of joints that MuJoCo keeps by degree of freedom or by coordinate.
        if (array.Length == 0)
        {
            AssertOfJoint(model, row, expected, what);
            return;
        }

        int rows = model.Size(MuJoCoLibrary.Table.Find("mjModel", array).Dimensions[0]);
        double[] all = Doubles(model, array), found = all[(row * (all.Length / rows))..((row + 1) * (all.Length / rows))];
        Recording.AssertClose(Values(expected, found.Length), found, Tolerance, what);
    }

    private static void AssertOfJoint(MujocoModel model, int row, JsonElement expected, string what)
    {
        string name = what.Split('.')[^1];
        int coordinate = model.Array<int>("jnt_qposadr")[row], degree = model.Array<int>("jnt_dofadr")[row];
        switch (name)
        {
            case "ref":
                Recording.AssertClose([expected.Number()], model.Array<double>("qpos0").Slice(coordinate, 1), Tolerance, what);
                return;
            case "springref":
                Recording.AssertClose([expected.Number()], model.Array<double>("qpos_spring").Slice(coordinate, 1), Tolerance, what);
                return;
            default:
                string array = name.EndsWith("_friction", StringComparison.Ordinal) ? $"dof_{name[..^"_friction".Length]}" : $"dof_{name}";
                double[] all = Doubles(model, array);
                int width = all.Length / model.VelocityCount;
                Recording.AssertClose(Values(expected, width), all.AsSpan(degree * width, width), Tolerance, what);
                return;
        }
    }

    private static void AssertWraps(MujocoModel model, int tendon, JsonElement expected)
    {
        int first = model.Array<int>("tendon_adr")[tendon], count = model.Array<int>("tendon_num")[tendon];
        Assert.Equal(expected.GetArrayLength(), count);
        for (int i = 0; i < count; i++)
        {
            JsonElement wrap = expected[i];
            Assert.Equal(MuJoCoLibrary.Table.Constant(wrap.GetProperty("type").GetString()!), model.Array<int>("wrap_type")[first + i]);
            Assert.Equal(wrap.GetProperty("objid").GetInt32(), model.Array<int>("wrap_objid")[first + i]);
            Assert.Equal(wrap.GetProperty("prm").GetDouble(), model.Array<double>("wrap_prm")[first + i], Tolerance);
        }
    }

    private static double[] Doubles(MujocoModel model, string array) => MuJoCoLibrary.Table.Find("mjModel", array).Type switch
    {
        "double" => model.Array<double>(array).ToArray(),
        "float" => [.. model.Array<float>(array).ToArray().Select(value => (double)value)],
        "int" => [.. model.Array<int>(array).ToArray().Select(value => (double)value)],
        _ => [.. model.Array<byte>(array).ToArray().Select(value => (double)value)],
    };

    private static double[] Values(JsonElement expected, int width) => expected.ValueKind switch
    {
        JsonValueKind.Array => expected.Numbers(),
        JsonValueKind.String => [MuJoCoLibrary.Table.Constant(expected.GetString()!)],
        JsonValueKind.True or JsonValueKind.False => [expected.GetBoolean() ? 1 : 0],
        _ => [.. Enumerable.Repeat(expected.Number(), width)],
    };
}
