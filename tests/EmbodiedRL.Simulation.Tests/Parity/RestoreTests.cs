using System.Text.Json;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Simulation.Physics;

namespace EmbodiedRL.Simulation.Tests.Parity;

/// <summary>States that are saved and brought back, and states that go bad.</summary>
[Trait("Category", "Parity")]
public sealed class RestoreTests
{
    private const int From = 90, To = 160; // constraints act at 90; in free fall a forgotten warm start would not show

    public static TheoryData<string> Recorded => Recording.All;

    [Theory]
    [MemberData(nameof(Recorded))]
    public void A_restored_state_goes_on_bit_for_bit(string file)
    {
        var recording = new Recording(file);
        using MujocoModel model = recording.Load();
        using PhysicsView first = Run(recording, model), second = new(model), third = new(model);
        Assert.Equal(recording.Facts.GetProperty("restore").GetProperty("nefc at that step").GetInt32(),
            At(recording, model).ConstraintCount);
        double[] saved = first.SaveState();
        var snapshot = new Snapshot();
        PhysicsState.Save(snapshot, [first]);
        second.Step(3);
        second.RestoreState(saved);
        PhysicsState.Load(snapshot, [third]);
        Assert.Equal(saved, second.SaveState());
        for (int step = From; step < To; step++)
        {
            foreach (PhysicsView physics in new[] { first, second, third }) recording.Step(physics, step);
            Assert.Equal(first.SaveState(), second.SaveState());
            Assert.Equal(first.SaveState(), third.SaveState());
        }
    }

    [Theory]
    [MemberData(nameof(Recorded))]
    public void A_forgotten_warm_start_shows_where_it_was_recorded_to(string file)
    {
        var recording = new Recording(file);
        using MujocoModel model = recording.Load();
        using PhysicsView first = Run(recording, model), second = new(model);
        second.RestoreState(first.SaveState());
        second.Array<double>("qacc_warmstart").Clear();
        double difference = 0;
        for (int step = From; step < To; step++)
        {
            recording.Step(first, step);
            recording.Step(second, step);
            difference = Difference(first, second);
        }

        double recorded = recording.Facts.GetProperty("restore")
            .EnumerateObject()
            .First(entry => entry.Name.StartsWith("when qacc_warmstart", StringComparison.Ordinal)).Value
            .Numbers()[^1];
        if (recorded > 1e-6) Assert.InRange(difference, 1e-6, 1);
        else Assert.InRange(difference, 0, Math.Max(1e-9, 100 * recorded));
    }

    [Theory]
    [MemberData(nameof(Recorded))]
    public void A_state_that_is_not_finite_is_told_and_reset(string file)
    {
        var recording = new Recording(file);
        using MujocoModel model = recording.Load();
        foreach ((string array, double value,
            string suffix) in new[] { ("qpos", double.NaN, "NaN in qpos[0]"), ("qvel", 1e11, "1e11 in qvel[0]") })
        {
            JsonElement expected = recording.Facts.GetProperty($"{suffix}, then mj_step");
            using var physics = new PhysicsView(model);
            Recording.Begin(physics);
            physics.Array<double>(array)[0] = value;
            Assert.False(physics.Step(1));
            Assert.Equal(expected.GetProperty("time").GetDouble(), physics.Time, 1e-12);
            Assert.DoesNotContain(physics.Positions.ToArray(), position => !double.IsFinite(position));
            Assert.True(physics.Step(1));
        }
    }

    [Theory]
    [MemberData(nameof(Recorded))]
    public void A_control_that_is_not_a_number_is_warned_of_and_counts_as_none(string file)
    {
        var recording = new Recording(file);
        Assert.SkipUnless(recording.Facts.TryGetProperty("NaN in ctrl[0], then mj_step", out JsonElement expected),
            "This model has no actuators.");
        using MujocoModel model = recording.Load();
        using PhysicsView physics = new(model), skipped = new(model);
        Recording.Begin(physics);
        Recording.Begin(skipped);
        physics.Controls[0] = double.NaN;
        skipped.Controls.Clear();
        Assert.True(physics.Step(1)); // no reset
        Assert.True(skipped.Step(1));
        Assert.Equal(1, physics.Warnings("mjWARN_BADCTRL"));
        Assert.Equal(expected.GetProperty("time").GetDouble(), physics.Time, 1e-12);
        Assert.Equal(expected.GetProperty("ctrl_after").Numbers(), physics.Controls.ToArray());
        Assert.Equal(skipped.Positions.ToArray(), physics.Positions.ToArray());
        Assert.Equal(skipped.Velocities.ToArray(), physics.Velocities.ToArray());
    }

    private static PhysicsView Run(Recording recording, MujocoModel model)
    {
        var physics = new PhysicsView(model);
        Recording.Begin(physics);
        for (int step = 0; step < From; step++) recording.Step(physics, step);
        return physics;
    }

    private static PhysicsView At(Recording recording, MujocoModel model)
    {
        var physics = new PhysicsView(model);
        recording.Restore(physics, "at90");
        physics.Forward();
        return physics;
    }

    private static double Difference(PhysicsView one, PhysicsView other)
    {
        double largest = 0;
        for (int i = 0; i < one.Positions.Length; i++) largest = Math.Max(largest, Math.Abs(one.Positions[i] - other.Positions[i]));
        return largest;
    }
}
