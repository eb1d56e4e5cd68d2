using System.Text.Json;
using EmbodiedRL.Contracts;
using EmbodiedRL.Simulation.Native;
using EmbodiedRL.Simulation.Physics;

namespace EmbodiedRL.Simulation.Tests.Parity;

/// <summary>What MuJoCo 2.2.2 was recorded to do with one model: <c>NAME.expected.json</c> and <c>NAME.expected.safetensors</c>.</summary>
internal sealed class Recording
{
    // Recorded by another build of the same version: equal in most models. Elliptic cones are rounded
    // otherwise, and a pile of bodies is chaotic.
    public const double Tolerance = 1e-9, SnapshotTolerance = 1e-11, DerivativeTolerance = 1e-6;

    private readonly Lazy<JsonElement> _facts;

    public Recording(string relative)
    {
        Tensors = new FixtureTensors(relative);
        Assert.SkipUnless(MuJoCoLibrary.Version == "2.2.2", "These numbers were recorded with MuJoCo 2.2.2.");
        Name = Path.GetFileName(relative).Split('.')[0];
        _facts = new Lazy<JsonElement>(() => Fixtures.ReadJson($"simulation/{Name}.expected.json"));
    }

    public static TheoryData<string> All =>
        [.. Fixtures.Family("simulation", "*.expected.safetensors").Where(name => !name.Contains("helpers", StringComparison.Ordinal))];

    public string Name { get; }

    public FixtureTensors Tensors { get; }

    public JsonElement Facts => _facts.Value;

    /// <summary>Whether a push of 1e-13 grows until runs part: told by the recording itself.</summary>
    public bool IsChaotic => Facts.GetProperty("sensitivity").EnumerateObject().First().Value.Numbers().Max() > 1e-9;

    public double[] Controls => Tensors.Has("controls") ? Tensors.Doubles("controls") : [];

    /// <summary>Moments at which everything was recorded: at0, at20 and so on.</summary>
    public IEnumerable<string> Moments =>
        Tensors.Names.Where(name => name.StartsWith("at", StringComparison.Ordinal)).Select(name => name.Split('.')[0]).Distinct();

    public MujocoModel Load() => MujocoModel.Load(Fixtures.Require($"simulation/models/{Name}.xml"));

    /// <summary>Where every recorded run begins.</summary>
    public static void Begin(PhysicsView physics)
    {
        if (physics.Model.Size("nkey") > 0) physics.Reset(new KeyframeId(0));
        else physics.Reset();
        Span<double> velocities = physics.Velocities;
        for (int i = 0; i < velocities.Length; i++) velocities[i] += 0.25 * Math.Sin(1 + i);
    }

    /// <summary>What every recorded run does before a step.</summary>
    public void Act(PhysicsView physics, int step, bool movesMocap = true)
    {
        int width = physics.Model.ControlCount;
        if (width > 0) Controls.AsSpan(step * width, width).CopyTo(physics.Controls);
        if (!movesMocap || physics.Model.Size("nmocap") == 0) return;
        Span<double> mocap = physics.Position(new MocapId(default, 0));
        double swing = Math.Cos(0.1 * step);
        mocap[0] += 0.001 * swing;
        mocap[1] += -0.0005 * swing;
        mocap[2] += 0.0015 * swing;
    }

    public void Step(PhysicsView physics, int step)
    {
        Act(physics, step);
        Assert.True(physics.Step(1));
    }

    /// <summary>Puts the recorded input state of a moment into a state that was reset.</summary>
    public void Restore(PhysicsView physics, string moment)
    {
        physics.Reset();
        foreach (string name in new[] { "qpos", "qvel", "act", "qacc_warmstart", "ctrl", "qfrc_applied", "xfrc_applied",
            "mocap_pos", "mocap_quat", "userdata" })
            if (Tensors.Has($"{moment}.in.{name}")) Tensors.Doubles($"{moment}.in.{name}").CopyTo(physics.Array<double>(name));
        physics.Numbers<double>("time")[0] = Tensors.Doubles($"{moment}.in.time")[0];
    }

    /// <summary>Difference allowed in proportion to each value, or to the largest of the array where that is how it was measured.</summary>
    public static void AssertClose(ReadOnlySpan<double> expected, ReadOnlySpan<double> found, double tolerance,
        string what, bool ofLargest = false)
    {
        Assert.True(expected.Length == found.Length, $"{what}: expected {expected.Length} values, found {found.Length}");
        double largest = 0;
        foreach (double value in expected) largest = Math.Max(largest, Math.Abs(value));
        for (int i = 0; i < expected.Length; i++)
        {
            double scale = 1 + (ofLargest ? largest : Math.Abs(expected[i]));
            Assert.True(Math.Abs(expected[i] - found[i]) <= tolerance * scale,
                $"{what}, value {i}: expected {expected[i]:R}, found {found[i]:R}");
        }
    }
}
