using System.Globalization;
using System.Runtime.InteropServices;
using EmbodiedRL.Simulation.Physics;
using EmbodiedRL.Simulation.Tasks;

namespace EmbodiedRL.Simulation.Tests;

[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

/// <summary>What MuJoCo allocates is invisible to the collector, so it is watched from outside, with nothing else running.</summary>
[Collection(nameof(Alone))]
public sealed partial class MemoryTests
{
    // Numbers of its own make a model large enough to be seen among what allocators and the collector keep for later.
    private const string Ball = "<mujoco><size njmax='20' nconmax='5'/><custom>" +
        "<numeric name='a' size='500'/><numeric name='b' size='500'/><numeric name='c' size='500'/><numeric name='d' size='500'/></custom>"
        +
        "<worldbody><body><freejoint/><geom size='0.1'/></body></worldbody></mujoco>";

    [Fact]
    public void Ten_thousand_vector_environments_leave_nothing_behind()
    {
        static void Cycle(int times)
        {
            for (int i = 0; i < times; i++)
            {
                using var environment = new VectorEnvironment(MujocoModel.Parse("point", PointTask.Scene), model => new PointTask(model),
                    2, 2);
            }
        }

        Cycle(2000); // the allocator's own reserves fill first
        long before = Resident();
        Cycle(8000); // a model and two states that stayed would be more than 100 kB each time
        Assert.InRange(Resident() - before, long.MinValue, 48 << 20);
    }

    [Fact]
    public void Ten_thousand_models_and_states_leave_nothing_behind()
    {
        static void Cycle(int times)
        {
            for (int i = 0; i < times; i++)
            {
                using MujocoModel model = MujocoModel.Parse("ball", Ball);
                using EditableModel edited = model.Copy();
                using PhysicsView physics = new(edited.Model);
                physics.Step(1);
            }
        }

        Cycle(5000);
        long before = Resident();
        Cycle(5000); // 16 kB a model, 45 kB a state: more than one of either in three that stayed would show
        Assert.InRange(Resident() - before, long.MinValue, 32 << 20);
    }

    [Fact]
    public void What_nobody_disposes_is_freed_by_the_collector()
    {
        static void Forget(int times)
        {
            for (int i = 0; i < times; i++) new PhysicsView(MujocoModel.Parse("ball", Ball)).Step(1);
        }

        static void Cycle(int times)
        {
            for (int i = 0; i < times; i++)
            {
                Forget(100);
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
        }

        Cycle(8);
        long before = Resident();
        Cycle(8); // 800 states of 45 kB and as many models of 16 kB
        Assert.InRange(Resident() - before, long.MinValue, 24 << 20);
    }

    [Fact]
    public void A_state_outlives_its_model_and_nothing_outlives_itself()
    {
        MujocoModel model = MujocoModel.Parse("point", PointTask.Scene);
        var physics = new PhysicsView(model);
        JointId rail = model.Joint("rail");
        model.Dispose();
        physics.Velocity(rail) = 1;
        Assert.True(physics.Step(10)); // the model's memory lives as long as a state of it
        Assert.Equal(0.1, physics.Position(rail), 1e-9);
        physics.Dispose();
        physics.Dispose();
        Assert.Throws<ObjectDisposedException>(() => physics.Step(1));
        Assert.Throws<ObjectDisposedException>(() => physics.Reset());
        Assert.Throws<ObjectDisposedException>(() => physics.ComputeEnergy());
        Assert.Throws<ObjectDisposedException>(() => new PhysicsView(model));
    }

    /// <summary>What is in use: the collector and the allocator first give back what they only keep.</summary>
    private static long Resident()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        _ = TrimAllocator(0);
        return long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1], CultureInfo.InvariantCulture) * 4096;
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int TrimAllocator(nint kept);
}
