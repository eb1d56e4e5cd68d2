using System.Text.Json;
using EmbodiedRL.Contracts;
using EmbodiedRL.Simulation.Native;
using EmbodiedRL.Simulation.Physics;

namespace EmbodiedRL.Simulation.Tests.Parity;

/// <summary>Recorded runs of models with every joint, drive, shape and constraint, reproduced row by row.</summary>
[Trait("Category", "Parity")]
public sealed class FreeRunTests
{
    private const double ChaoticTolerance = 1e-11;
    private const int ChaoticRows = 90;

    public static TheoryData<string> Recorded => Recording.All;

    [Theory]
    [MemberData(nameof(Recorded))]
    public void A_recorded_run_is_reproduced(string file)
    {
        var recording = new Recording(file);
        using MujocoModel model = recording.Load();
        using var physics = new PhysicsView(model);
        Recording.Begin(physics);
        // What solvers and sensors leave behind is as chaotic as forces; there, runs are compared by positions and velocities.
        string[] names = recording.IsChaotic ? ["qpos", "qvel"] : ["qpos", "qvel", "act", "qacc_warmstart", "sensordata", "mocap_pos"];
        Dictionary<string,
            double[]> arrays = names.Where(name => recording.Tensors.Has($"run.{name}"))
                .ToDictionary(name => name, name => recording.Tensors.Doubles($"run.{name}"));
        int rows = recording.IsChaotic ? ChaoticRows : (int)recording.Tensors.Shape("run.qpos")[0];
        for (int row = 0; row < rows; row++)
        {
            if (row > 0) recording.Step(physics, row - 1);
            foreach ((string array, double[] expected) in arrays)
            {
                if (row == 0 && array == "sensordata") continue;
                Span<double> found = physics.Array<double>(array);
                double tolerance = recording.IsChaotic ? ChaoticTolerance : Recording.Tolerance;
                Recording.AssertClose(expected.AsSpan(row * found.Length, found.Length), found, tolerance,
                    $"{recording.Name} {array}, row {row}", ofLargest: true);
            }

            Assert.Equal(recording.Tensors.Doubles("run.time")[row], physics.Time, 1e-12);
            if (row == 0 || recording.IsChaotic) continue;
            Assert.Equal((recording.Tensors.Ints("run.ncon")[row], recording.Tensors.Ints("run.nefc")[row]),
                (physics.Contacts.Count, physics.ConstraintCount));
            if (physics.KeepsEnergy)
                Recording.AssertClose(recording.Tensors.Doubles("run.energy").AsSpan(2 * row, 2), physics.Numbers<double>("energy"),
                    Recording.Tolerance, $"{recording.Name} energy, row {row}");
        }
    }

    public static TheoryData<string> OtherVersions => [.. Fixtures.Family("simulation", "mujoco-*.safetensors")];

    [Theory]
    [MemberData(nameof(OtherVersions))]
    public void Another_version_of_the_library_runs_as_it_was_recorded(string file)
    {
        var tensors = new FixtureTensors(file);
        string version = Path.GetFileNameWithoutExtension(file)["mujoco-".Length..];
        Assert.SkipUnless(MuJoCoLibrary.Version == version,
            $"MuJoCo {version} is not the one in use; set {MuJoCoLibrary.Variable} to its folder.");
        JsonElement sizes = Fixtures.ReadJson(Path.ChangeExtension(file, ".json")).GetProperty("sizes");
        foreach (string name in tensors.Names.Where(key => key.EndsWith(".controls", StringComparison.Ordinal))
            .Select(key => key.Split('.')[0]))
        {
            using MujocoModel model = MujocoModel.Load(Fixtures.Require($"simulation/models/{name}.xml"));
            OpenLoop run = OpenLoop.Run(model, tensors.Doubles($"{name}.controls"), (int)tensors.Shape($"{name}.controls")[0],
                default, default);
            Recording.AssertClose(tensors.Doubles($"{name}.qpos"), run.Positions, Recording.Tolerance, $"{name} qpos");
            Recording.AssertClose(tensors.Doubles($"{name}.qvel"), run.Velocities, Recording.Tolerance, $"{name} qvel");
            Recording.AssertClose(tensors.Doubles($"{name}.sensordata"), run.Sensors, Recording.Tolerance, $"{name} sensordata");
            Recording.AssertClose(tensors.Doubles($"{name}.body_mass"), model.Array<double>("body_mass"),
                Recording.Tolerance, $"{name} body_mass");
            foreach (JsonProperty size in sizes.GetProperty(name).EnumerateObject())
                Assert.Equal((size.Name, size.Value.GetInt32()), (size.Name, model.Size(size.Name)));
        }
    }
}
