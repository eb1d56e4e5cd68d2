using System.Text.Json;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Simulation;
using EmbodiedRL.Simulation.Native;
using EmbodiedRL.Simulation.Physics;
using EmbodiedRL.Simulation.Tasks;

namespace EmbodiedRL.Envs.Tests.Parity;

/// <summary>That our scenes compile to the very bodies, joints, geoms and drives that Gymnasium's do, and are described alike.</summary>
[Trait("Category", "Parity")]
public sealed class CompiledModelTests
{
    private const double Tolerance = 1e-12;

    private static readonly (string Table, string Kind, string Key, string Array)[] Columns =
    [
        ("bodies", "body", "parent", "body_parentid"), ("bodies", "body", "pos", "body_pos"), ("bodies", "body", "quat", "body_quat"),
        ("bodies", "body", "mass", "body_mass"), ("bodies", "body", "inertia", "body_inertia"), ("bodies", "body", "ipos", "body_ipos"),
        ("bodies", "body", "iquat", "body_iquat"),
        ("joints", "joint", "axis", "jnt_axis"), ("joints", "joint", "pos", "jnt_pos"), ("joints", "joint", "range", "jnt_range"),
        ("joints", "joint", "stiffness", "jnt_stiffness"), ("joints", "joint", "margin", "jnt_margin"),
        ("joints", "joint", "solref_limit", "jnt_solref"), ("joints", "joint", "solimp_limit", "jnt_solimp"),
        ("joints", "joint", "limited", "jnt_limited"),
        ("geoms", "geom", "body", "geom_bodyid"), ("geoms", "geom", "size", "geom_size"), ("geoms", "geom", "pos", "geom_pos"),
        ("geoms", "geom", "quat", "geom_quat"),
        ("geoms", "geom", "friction", "geom_friction"), ("geoms", "geom", "condim", "geom_condim"),
        ("geoms", "geom", "contype", "geom_contype"),
        ("geoms", "geom", "conaffinity", "geom_conaffinity"), ("geoms", "geom", "margin", "geom_margin"),
        ("geoms", "geom", "gap", "geom_gap"),
        ("geoms", "geom", "solref", "geom_solref"), ("geoms", "geom", "solimp", "geom_solimp"), ("geoms", "geom", "rbound", "geom_rbound"),
        ("actuators", "actuator", "gear", "actuator_gear"), ("actuators", "actuator", "trnid", "actuator_trnid"),
        ("actuators", "actuator", "ctrlrange", "actuator_ctrlrange"), ("actuators", "actuator", "ctrllimited", "actuator_ctrllimited"),
    ];

    private static readonly string[] Integers = [
        "body_parentid", "geom_bodyid", "geom_condim", "geom_contype", "geom_conaffinity", "actuator_trnid"
    ];
    private static readonly string[] Flags = ["jnt_limited", "actuator_ctrllimited"];

    public static TheoryData<string> Facts => [.. Fixtures.Family("gymnasium", "*.facts.json")];

    [Theory]
    [MemberData(nameof(Facts))]
    public void The_compiled_model_is_that_of_the_tables(string facts)
    {
        JsonElement expected = Fixtures.ReadJson(facts);
        using var body = new RecordedBody(expected.GetProperty("environment").GetString()!);
        Assert.SkipUnless(MuJoCoLibrary.Version == expected.GetProperty("versions").GetProperty("mujoco").GetString(),
            "Another version compiles to other tables.");
        JsonElement model = expected.GetProperty("model");
        foreach ((string table, string kind, string key, string array) in Columns)
        {
            if (!model.TryGetProperty(table, out JsonElement rows)) continue;
            IReadOnlyList<string> names = body.Model.Names(kind);
            Assert.Equal(rows.EnumerateArray().Select(row => row.GetProperty("name").GetString()!), names);
            double[] all = Doubles(body.Model, array);
            int width = all.Length / names.Count;
            for (int i = 0; i < names.Count; i++)
                AssertClose(Doubles(rows[i].GetProperty(key)), all.AsSpan(i * width, width), $"{array} of {names[i]}");
        }

        AssertClose(Doubles(model.GetProperty("qpos0")), body.Model.Array<double>("qpos0"), "qpos0");
        AssertClose(Doubles(model.GetProperty("dof_invweight0")), body.Model.Array<double>("dof_invweight0"), "dof_invweight0");
    }

    [Theory]
    [MemberData(nameof(Facts))]
    public void It_is_described_as_Gymnasium_describes_it(string facts)
    {
        JsonElement expected = Fixtures.ReadJson(facts);
        using var body = new RecordedBody(expected.GetProperty("environment").GetString()!);
        TaskInfo info = body.Task.Info;
        Assert.Equal(expected.GetProperty("frame_skip").GetInt32(), info.FrameSkip);
        Assert.Equal(expected.GetProperty("max_episode_steps").GetInt32(), info.EpisodeSteps);
        Assert.Equal(expected.GetProperty("dt").Number(), body.Model.Timestep * info.FrameSkip, Tolerance);
        Assert.Equal(expected.GetProperty("observation").GetProperty("names").Deserialize<string[]>(),
            info.Observations.Fields.SelectMany(Names));
        Assert.Equal(expected.GetProperty("action").GetProperty("low").Numbers(),
            info.Actions.Vector.Fields.Select(field => Math.Round((double)field.Minimum, 6)));
        Assert.Equal(expected.GetProperty("action").GetProperty("high").Numbers(),
            info.Actions.Vector.Fields.Select(field => Math.Round((double)field.Maximum, 6)));
        string[] told = expected.GetProperty("info_keys_after_step").Deserialize<string[]>()!;
        Assert.Equal(told.Where(key => key.StartsWith("reward", StringComparison.Ordinal)).Order(), info.RewardTerms.Order());
    }

    private static IEnumerable<string> Names(FieldSpec field)
    {
        string name = field.Name.Replace('/', ' ');
        return field.Length == 1 ? [name] : Enumerable.Range(0, field.Length).Select(i => $"{name}[{i}]");
    }

    private static double[] Doubles(MujocoModel model, string array)
    {
        if (Integers.Contains(array)) return Array.ConvertAll(model.Array<int>(array).ToArray(), value => (double)value);
        return Flags.Contains(array)
            ? Array.ConvertAll(model.Array<byte>(array).ToArray(), value => (double)value)
            : [.. model.Array<double>(array)];
    }

    /// <summary>A number, a list of them, or a truth value, as numbers.</summary>
    private static double[] Doubles(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => value.Numbers(),
        JsonValueKind.True => [1],
        JsonValueKind.False => [0],
        _ => [value.Number()],
    };

    private static void AssertClose(ReadOnlySpan<double> expected, ReadOnlySpan<double> found, string what)
    {
        Assert.Equal(expected.Length, found.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - found[i]) <= Tolerance * (1 + Math.Abs(expected[i])),
                $"{what}[{i}]: expected {expected[i]:R}, found {found[i]:R}");
    }
}
