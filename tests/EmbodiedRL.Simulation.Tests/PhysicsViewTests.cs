using EmbodiedRL.Simulation.Native;
using EmbodiedRL.Simulation.Physics;

namespace EmbodiedRL.Simulation.Tests;

public sealed class PhysicsViewTests
{
    [Fact]
    public void A_falling_ball_falls_as_the_integrator_says()
    {
        // Symplectic Euler from rest: v_n = -g h n, z_n = z_0 - g h^2 n (n + 1) / 2.
        using MujocoModel model = MujocoModel.Parse("ball",
            "<mujoco><option timestep='0.01' gravity='0 0 -10'/><worldbody><body pos='0 0 5'><freejoint name='root'/><geom "
                + "size='0.1'/></body></worldbody></mujoco>");
        using var physics = new PhysicsView(model);
        Assert.True(physics.Step(30));
        JointId root = model.Joint("root");
        Assert.Equal(5 - (10 * 0.01 * 0.01 * 30 * 31 / 2), physics.Positions[root.Position + 2], 1e-12);
        Assert.Equal(-10 * 0.01 * 30, physics.Velocities[root.Velocity + 2], 1e-12);
        Assert.Equal(0.3, physics.Time, 1e-12);
    }

    [Fact]
    public void Positions_in_the_world_follow_joints_once_kinematics_are_updated()
    {
        using MujocoModel model = MujocoModel.Parse("point", PointTask.Scene);
        using var physics = new PhysicsView(model);
        physics.Position(model.Joint("rail")) = 0.25;
        physics.UpdateKinematics();
        Assert.Equal([0.25, 0, 0.5], physics.Position(model.Body("mass")).ToArray());
        Assert.Equal([0.25, 0, 0.8], physics.Position(model.Site("top")).ToArray());
        physics.Reset(model.Keyframe("right"));
        Assert.Equal(1, physics.Positions[0]);
        physics.Reset();
        Assert.Equal(0, physics.Positions[0]);
    }

    [Fact]
    public void Looking_at_a_state_changes_none_of_its_bits()
    {
        using MujocoModel model = MujocoModel.Parse("two",
            "<mujoco><worldbody><body><freejoint/><geom size='0.1'/><body><joint type='ball'/><geom name='end' size='0.1' pos='0 0 "
                + "1'/></body></body></worldbody></mujoco>");
        using var physics = new PhysicsView(model);
        double[] positions = [1, 2, 3, 0.5, 0, 0, 0.5, 0, 3, 0, 0]; // neither quaternion has unit length
        positions.CopyTo(physics.Positions);
        physics.UpdateKinematics();
        Assert.Equal(positions, physics.Positions.ToArray());
        Assert.Equal(2, physics.Position(model.Geom("end"))[2], 1e-12); // half a turn about x hangs it down
    }

    [Fact]
    public void A_state_that_goes_bad_is_reported_once()
    {
        using MujocoModel model = MujocoModel.Parse("point", PointTask.Scene);
        using var physics = new PhysicsView(model);
        physics.Velocities[0] = double.NaN;
        Assert.False(physics.Step(1));
        Assert.True(physics.Step(1));
        Assert.False(File.Exists("MUJOCO_LOG.TXT"), "MuJoCo wrote its log into the working directory.");
    }

    [Fact]
    public void Warnings_are_kept_and_never_written_into_the_working_directory()
    {
        const string two = "<mujoco><size njmax='8' nconmax='1'/><worldbody><geom type='plane' size='9 9 1'/>"
            + "<body pos='0 0 0.05'><freejoint/><geom size='0.1'/></body><body pos='1 0 0.05'><freejoint/><geom "
            + "size='0.1'/></body></worldbody></mujoco>";
        Assert.SkipUnless(MuJoCoLibrary.Version == "2.2.2", "Newer versions make room for contacts as they need it.");
        using MujocoModel model = MujocoModel.Parse("full", two);
        using var physics = new PhysicsView(model);
        Assert.True(physics.Step(3));
        Assert.Equal(1, physics.Contacts.Count);
        Assert.Contains(model.Warnings, warning => warning.Contains("nconmax", StringComparison.Ordinal));
        Assert.Equal(3, physics.Warnings("mjWARN_CONTACTFULL"));
        physics.Reset();
        Assert.Equal(0, physics.Warnings("mjWARN_CONTACTFULL"));
        Assert.False(File.Exists("MUJOCO_LOG.TXT"), "MuJoCo wrote its log into the working directory.");
    }
}
