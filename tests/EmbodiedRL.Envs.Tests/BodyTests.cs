using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Envs.Gym;
using EmbodiedRL.Simulation;
using EmbodiedRL.Simulation.Physics;
using EmbodiedRL.Simulation.Tasks;

namespace EmbodiedRL.Envs.Tests;

/// <summary>What holds for every body that stands on a floor.</summary>
public sealed class BodyTests
{
    public static TheoryData<string> Bodies =>
        [.. EnvironmentCatalog.Names.Where(name => name.StartsWith("gym/", StringComparison.Ordinal))];

    /// <summary>
    /// The scenes set aside little memory; a contact without room would be dropped in silence, a full stack would end the process.
    /// </summary>
    [Theory]
    [MemberData(nameof(Bodies))]
    public void There_is_room_for_every_contact_whatever_the_pose(string name)
    {
        using MujocoModel model = MujocoModel.Load(EnvironmentCatalog.SceneOf(name));
        using var physics = new PhysicsView(model);
        ITask task = EnvironmentCatalog.CreateTask(name, model);
        (int contacts, int rows, double stack) = (0, 0, 0);
        for (int draw = 0; draw < 600; draw++)
        {
            var rng = Rng.For(9, "room", draw);
            physics.Reset();
            task.Place(physics, (StateSource)(draw % 3), ref rng);
            for (int step = 0; step < 30; step++)
            {
                foreach (ref double control in physics.Controls) control = rng.Uniform(-1, 1);
                Assert.True(physics.Step(1));
                Assert.Equal((0, 0), (physics.Warnings("mjWARN_CONTACTFULL"), physics.Warnings("mjWARN_CNSTRFULL")));
            }

            contacts = Math.Max(contacts, (int)physics.Fields.Integer("maxuse_con"));
            rows = Math.Max(rows, (int)physics.Fields.Integer("maxuse_efc"));
            stack = Math.Max(stack, physics.Fields.Integer("maxuse_stack"));
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{name}: {contacts} contacts, {rows} rows, stack {stack}");
        if (!model.Has("nstack")) return; // newer versions grow both in one arena of their own
        Assert.True(stack < 0.8 * model.Size("nstack"), $"{name} needs {stack} of {model.Size("nstack")} numbers on MuJoCo's stack.");
    }

    [Theory]
    [MemberData(nameof(Bodies))]
    public void Named_poses_rest_on_the_floor(string name)
    {
        using MujocoModel model = MujocoModel.Load(EnvironmentCatalog.SceneOf(name));
        using var physics = new PhysicsView(model);
        var ground = new Ground(model);
        foreach (string pose in model.Names("keyframe"))
        {
            physics.Reset(model.Keyframe(pose));
            physics.UpdateKinematics();
            Assert.True(ground.Clearance(physics) is >= -0.001 and <= 0.02,
                $"{name}, {pose}: its lowest point is {ground.Clearance(physics):F4} m above the floor.");
        }
    }

    /// <summary>A pose or start below the floor would be thrown out of it by the first step.</summary>
    [Theory]
    [MemberData(nameof(Bodies))]
    public void Nothing_begins_below_the_floor(string name)
    {
        using MujocoModel model = MujocoModel.Load(EnvironmentCatalog.SceneOf(name));
        using var physics = new PhysicsView(model);
        ITask task = EnvironmentCatalog.CreateTask(name, model);
        var ground = new Ground(model);
        for (int draw = 0; draw < 300; draw++)
        {
            var rng = Rng.For(4, "floor", draw);
            physics.Reset();
            if (draw % 4 == 3) task.Start(physics, StartDistribution.WholeRange, ref rng);
            else task.Place(physics, (StateSource)(draw % 4), ref rng);
            physics.UpdateKinematics();
            Assert.True(ground.Clearance(physics) > -1e-6, $"{name}, draw {draw}: {ground.Clearance(physics):F4} m.");
        }
    }
}
