using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Simulation.Native;

namespace EmbodiedRL.Simulation.Tests.Parity;

/// <summary>Recorded runs of models with every joint, drive, shape and constraint, reproduced row by row.</summary>
[Trait("Category", "Parity")]
public sealed class FreeRunTests
{
    // Recorded by another build of the same version: equal in most models; elliptic cones are rounded otherwise, and a pile of bodies is chaotic.
    private const double Tolerance = 1e-9, ChaoticTolerance = 1e-11;
    private const int ChaoticRows = 90;

    public static TheoryData<string> Recorded => [.. Fixtures.Family("simulation", "*.expected.safetensors").Where(name => !name.Contains("helpers", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Recorded))]
    public void A_recorded_run_is_reproduced(string recording)
    {
        var tensors = new FixtureTensors(recording);
        Assert.SkipUnless(MuJoCoLibrary.Version == "2.2.2", "These runs were recorded with MuJoCo 2.2.2.");
        string name = Path.GetFileName(recording).Split('.')[0];
        using Model model = Model.Load(Fixtures.Require($"simulation/models/{name}.xml"));
        using var physics = new PhysicsView(model);
        Begin(physics);
        double[] controls = tensors.Names.Contains("controls") ? tensors.Doubles("controls") : [];
        double[] qpos = tensors.Doubles("run.qpos"), qvel = tensors.Doubles("run.qvel");
        int rows = (int)tensors.Shape("run.qpos")[0];
        bool isChaotic = name.Contains("pile", StringComparison.Ordinal);
        for (int row = 0; row < (isChaotic ? ChaoticRows : rows); row++)
        {
            if (row > 0) Step(physics, row - 1, controls);
            double tolerance = isChaotic ? ChaoticTolerance : Tolerance;
            AssertClose(qpos.AsSpan(row * model.PositionCount, model.PositionCount), physics.Positions, tolerance, $"{name} qpos, row {row}");
            AssertClose(qvel.AsSpan(row * model.VelocityCount, model.VelocityCount), physics.Velocities, tolerance, $"{name} qvel, row {row}");
        }
    }

    /// <summary>Everything a later step depends on comes back; only where constraints act would a forgotten warm start show.</summary>
    [Theory]
    [MemberData(nameof(Recorded))]
    public void A_restored_state_goes_on_bit_for_bit(string recording)
    {
        var tensors = new FixtureTensors(recording);
        string name = Path.GetFileName(recording).Split('.')[0];
        using Model model = Model.Load(Fixtures.Require($"simulation/models/{name}.xml"));
        using PhysicsView first = new(model), second = new(model);
        Begin(first);
        double[] controls = tensors.Names.Contains("controls") ? tensors.Doubles("controls") : [];
        for (int step = 0; step < 90; step++) Step(first, step, controls);
        var snapshot = new Snapshot();
        PhysicsState.Save(snapshot, [first]);
        second.Step(3);
        PhysicsState.Load(snapshot, [second]);
        for (int step = 90; step < 160; step++)
        {
            Step(first, step, controls);
            Step(second, step, controls);
            Assert.Equal(first.Positions.ToArray(), second.Positions.ToArray());
            Assert.Equal(first.Velocities.ToArray(), second.Velocities.ToArray());
        }
    }

    public static TheoryData<string> OtherVersions => [.. Fixtures.Family("simulation", "mujoco-*.safetensors")];

    [Theory]
    [MemberData(nameof(OtherVersions))]
    public void Another_version_of_the_library_runs_as_it_was_recorded(string recording)
    {
        var tensors = new FixtureTensors(recording);
        string version = Path.GetFileNameWithoutExtension(recording)["mujoco-".Length..];
        Assert.SkipUnless(MuJoCoLibrary.Version == version, $"MuJoCo {version} is not the one in use; set {MuJoCoLibrary.Variable} to its folder.");
        foreach (string name in tensors.Names.Where(key => key.EndsWith(".controls", StringComparison.Ordinal)).Select(key => key.Split('.')[0]))
        {
            using Model model = Model.Load(Fixtures.Require($"simulation/models/{name}.xml"));
            OpenLoop run = OpenLoop.Run(model, tensors.Doubles($"{name}.controls"), (int)tensors.Shape($"{name}.controls")[0], default, default);
            AssertClose(tensors.Doubles($"{name}.qpos"), run.Positions, Tolerance, $"{name} qpos");
            AssertClose(tensors.Doubles($"{name}.qvel"), run.Velocities, Tolerance, $"{name} qvel");
            AssertClose(tensors.Doubles($"{name}.sensordata"), run.Sensors, Tolerance, $"{name} sensordata");
            AssertClose(tensors.Doubles($"{name}.body_mass"), model.Array<double>("body_mass"), Tolerance, $"{name} body_mass");
        }
    }

    private static void Begin(PhysicsView physics)
    {
        if (physics.Model.Size("nkey") > 0) physics.Reset(new KeyframeId(0));
        else physics.Reset();
        Span<double> velocities = physics.Velocities;
        for (int i = 0; i < velocities.Length; i++) velocities[i] += 0.25 * Math.Sin(1 + i);
    }

    private static void Step(PhysicsView physics, int step, double[] controls)
    {
        int width = physics.Model.ControlCount;
        controls.AsSpan(step * width, width).CopyTo(physics.Controls);
        if (physics.Model.Size("nmocap") > 0)
        {
            Span<double> mocap = physics.Position(new MocapId(default, 0));
            double swing = Math.Cos(0.1 * step);
            mocap[0] += 0.001 * swing;
            mocap[1] += -0.0005 * swing;
            mocap[2] += 0.0015 * swing;
        }

        Assert.True(physics.Step(1));
    }

    private static void AssertClose(ReadOnlySpan<double> expected, ReadOnlySpan<double> found, double tolerance, string what)
    {
        Assert.Equal(expected.Length, found.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - found[i]) <= tolerance * (1 + Math.Abs(expected[i])), $"{what}, value {i}: expected {expected[i]:R}, found {found[i]:R}");
    }
}
