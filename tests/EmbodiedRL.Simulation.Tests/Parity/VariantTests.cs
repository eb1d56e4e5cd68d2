using System.Text.Json;
using EmbodiedRL.Contracts;
using EmbodiedRL.Simulation.Physics;

namespace EmbodiedRL.Simulation.Tests.Parity;

/// <summary>Integrators, solvers, cones and switches of the engine; keyframes; applied forces; derivatives.</summary>
[Trait("Category", "Parity")]
public sealed class VariantTests
{
    private static readonly int[] Rows = [20, 40, 60];

    public static TheoryData<string> Recorded => Recording.All;

    [Theory]
    [MemberData(nameof(Recorded))]
    public void Every_option_changes_the_run_as_recorded(string file)
    {
        var recording = new Recording(file);
        Assert.SkipWhen(recording.IsChaotic, "A chaotic model's later rows are not to be compared closely.");
        using MujocoModel model = recording.Load();
        int telling = 0;
        foreach (JsonProperty variant in recording.Facts.GetProperty("variants").GetProperty("list").EnumerateObject())
        {
            string name = $"variant.{variant.Name.Replace(' ', '_')}";
            using EditableModel edited = Edited(model, variant.Value.GetProperty("set"));
            using var physics = new PhysicsView(edited.Model);
            recording.Restore(physics, "at90");
            double[] qpos = recording.Tensors.Doubles($"{name}.qpos"), qvel = recording.Tensors.Doubles($"{name}.qvel");
            for (int step = 0; step < Rows[^1]; step++)
            {
                // The input state holds the controls and the mocap body of its first step.
                if (step > 0) recording.Act(physics, 90 + step);
                physics.Step(1);
                int row = Array.IndexOf(Rows, step + 1);
                if (row < 0) continue;
                AssertRow(qpos, row, physics.Positions, $"{recording.Name} {name}.qpos");
                AssertRow(qvel, row, physics.Velocities, $"{recording.Name} {name}.qvel");
            }

            JsonElement residuals = variant.Value.GetProperty("solver_fwdinv");
            if (residuals.ValueKind == JsonValueKind.Array)
                foreach (double residual in physics.Numbers<double>("solver_fwdinv")) Assert.InRange(residual, 0, 1e-10);
            telling += variant.Value.EnumerateObject()
                .First(entry => entry.Name.StartsWith("max |qpos|", StringComparison.Ordinal)).Value.Numbers()[^1]
                > 1e-6
                ? 1
                : 0;
        }

        Assert.True(telling > 0, $"{recording.Name}: no variant differs from the main run.");
    }

    [Theory]
    [MemberData(nameof(Recorded))]
    public void Keyframes_set_the_recorded_states(string file)
    {
        var recording = new Recording(file);
        using MujocoModel model = recording.Load();
        using var physics = new PhysicsView(model);
        for (int key = 0; key < model.Count("keyframe"); key++)
        {
            physics.Reset(new KeyframeId(key));
            foreach (string array in new[] { "qpos", "qvel", "act", "ctrl", "mocap_pos", "mocap_quat" })
                if (recording.Tensors.Has($"key{key}.{array}"))
                    Assert.Equal(recording.Tensors.Doubles($"key{key}.{array}"), physics.Array<double>(array).ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(Recorded))]
    public void Forces_of_the_callers_own_push_as_recorded(string file)
    {
        var recording = new Recording(file);
        using MujocoModel model = recording.Load();
        using var physics = new PhysicsView(model);
        Recording.Begin(physics);
        var last = new BodyId(model.BodyCount - 1);
        for (int step = 0; step < 30; step++)
        {
            recording.Act(physics, step, movesMocap: false);
            physics.StepBeforeControls();
            for (int i = 0; i < model.VelocityCount; i++) physics.AppliedForces[i] = 0.05 * Math.Sin((0.2 * step) + i);
            new[] { 0.1, 0.2, -0.1, 0.01, 0, 0.02 }.CopyTo(physics.AppliedForce(last));
            Assert.True(physics.StepAfterControls());
        }

        Recording.AssertClose(recording.Tensors.Doubles("applied.qpos_after30"), physics.Positions, Recording.Tolerance,
            $"{recording.Name} applied qpos");
        Recording.AssertClose(recording.Tensors.Doubles("applied.qvel_after30"), physics.Velocities, Recording.Tolerance,
            $"{recording.Name} applied qvel");

        Recording.Begin(physics);
        physics.Forward();
        double[] forces = new double[model.VelocityCount];
        physics.AddForce(last, [1, -2, 0.5], [0.1, 0, -0.2], [0.1, 0.2, 0.3], forces);
        Recording.AssertClose(recording.Tensors.Doubles("applyFT.qfrc"), forces, Recording.SnapshotTolerance, $"{recording.Name} applyFT");
    }

    [Theory]
    [MemberData(nameof(Recorded))]
    public void Derivatives_of_a_step_are_as_recorded(string file)
    {
        var recording = new Recording(file);
        Assert.SkipUnless(recording.Tensors.Has("transitionFD.A"), "No derivatives were recorded of this model.");
        using MujocoModel model = recording.Load();
        using var physics = new PhysicsView(model);
        recording.Restore(physics, "at90");
        int width = (2 * model.VelocityCount) + model.Size("na");
        double[] a = new double[width * width], b = new double[width * model.ControlCount], before = physics.SaveState();
        physics.ReadTransition(1e-6, isCentered: true, a, b);
        Recording.AssertClose(recording.Tensors.Doubles("transitionFD.A"), a, Recording.DerivativeTolerance,
            $"{recording.Name} A", ofLargest: true);
        Recording.AssertClose(recording.Tensors.Doubles("transitionFD.B"), b, Recording.DerivativeTolerance,
            $"{recording.Name} B", ofLargest: true);
        Assert.Equal(before, physics.SaveState());
    }

    private static void AssertRow(double[] rows, int row, ReadOnlySpan<double> found, string what) =>
        Recording.AssertClose(rows.AsSpan(row * found.Length, found.Length), found, Recording.Tolerance,
            $"{what}, row {row}", ofLargest: true);

    private static EditableModel Edited(MujocoModel model, JsonElement options)
    {
        EditableModel edited = model.Copy();
        foreach (JsonProperty option in options.EnumerateObject())
        {
            Span<int> value = edited.Numbers<int>($"opt.{option.Name}");
            value[0] = option.Name.EndsWith("flags", StringComparison.Ordinal)
                ? value[0] | option.Value.GetInt32()
                : option.Value.GetInt32();
        }

        return edited;
    }
}
