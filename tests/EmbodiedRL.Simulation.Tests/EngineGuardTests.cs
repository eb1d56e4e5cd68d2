using System.Runtime.InteropServices;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Simulation.Native;
using EmbodiedRL.Simulation.Physics;
using EmbodiedRL.Simulation.Tasks;

namespace EmbodiedRL.Simulation.Tests;

/// <summary>Errors of the engine in the middle of a step.</summary>
public sealed class EngineGuardTests
{
    // In the air nothing needs the stack; on the ground, with 40 boxes, everything does.
    private static readonly string Boxes = $"""
        <mujoco>
          <size njmax="800" nconmax="200" nstack="20000"/>
          <worldbody>
            <geom type="plane" size="20 20 1"/>
            {string.Concat(Enumerable.Range(0, 40).Select(BoxAt))}
          </worldbody>
        </mujoco>
        """;

    private static string BoxAt(int index) =>
        $"<body pos='{index % 8} {index / 8} 0.11'><freejoint/><geom type='box' size='0.1 0.1 0.1'/></body>";

    [Fact]
    public void An_error_comes_back_to_the_thread_it_was_made_on_again_and_again()
    {
        nint raise = EngineErrors.Function();
        Assert.SkipUnless(EngineGuard.IsAvailable, "Errors come back on x86-64 only.");
        Parallel.For(0, 8, worker =>
        {
            nint message = Marshal.StringToCoTaskMemUTF8($"worker {worker}");
            for (int i = 0; i < 2000; i++)
            {
                string[] garbage = [.. Enumerable.Range(0, 10).Select(number => $"{number}")]; // the collector runs meanwhile
                Assert.Equal($"worker {worker}", EngineGuard.Call(raise, message, 0));
                GC.KeepAlive(garbage);
            }

            Marshal.FreeCoTaskMem(message);
        });
        Assert.Contains("outside", EngineCall.Run(() => EngineErrors.Raise("outside")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_that_asks_for_too_little_memory_gets_what_MuJoCo_would_choose()
    {
        Assert.SkipUnless(MuJoCoLibrary.Version == "2.2.2", "Newer versions have one memory for all.");
        using MujocoModel model = MujocoModel.Parse("boxes", Boxes);
        Assert.True(model.Size("nstack") > 20_000);
        using var physics = new PhysicsView(model);
        Assert.True(physics.Step(200));
        Assert.Equal(160, physics.Contacts.Count);
    }

    [Fact]
    public void A_step_that_runs_out_of_memory_is_an_exception_and_the_state_can_be_used_again()
    {
        Assert.SkipUnless(EngineGuard.IsAvailable, "Errors come back on x86-64 only.");
        Assert.SkipUnless(MuJoCoLibrary.Version == "2.2.2", "Newer versions leave contacts out instead.");
        using MujocoModel model = MujocoModel.Parse("boxes", Boxes);
        using EditableModel edited = model.Copy();
        edited.Model.WritableNumbers<int>("nstack")[0] = 20_000;
        using var physics = new PhysicsView(edited.Model);
        for (int times = 0; times < 3; times++)
        {
            string said = Assert.Throws<EmbodiedException>(() => physics.Step(200)).Message;
            Assert.StartsWith("boxes: MuJoCo gave up: Stack overflow", said, StringComparison.Ordinal);
            Assert.Equal(0, physics.Time);
        }

        for (int box = 0; box < 40; box++) physics.Positions[(7 * box) + 2] = 100 + box;
        Assert.True(physics.Step(2)); // in the air it still has enough
    }

    [Fact]
    public void An_environment_that_runs_out_of_memory_fails_on_the_callers_thread()
    {
        Assert.SkipUnless(EngineGuard.IsAvailable, "Errors come back on x86-64 only.");
        using var environment = new VectorEnvironment(Starved(), own => new PointTask(own), 8, 2);
        var buffer = new StepBuffer(8, environment.Info);
        environment.Reset(1, StartDistribution.Task, buffer);
        for (int times = 0; times < 3; times++)
        {
            string said = Assert.Throws<EmbodiedException>(() => environment.Step(new float[8], buffer)).Message;
            Assert.Contains("MuJoCo gave up", said, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', said);
        }
    }

    /// <summary>Memory for looking at a state but not for a Runge-Kutta step, which holds several.</summary>
    private static MujocoModel Starved()
    {
        using MujocoModel model = MujocoModel.Parse("point", PointTask.Scene);
        bool isOld = MuJoCoLibrary.Table.Number < 3000000;
        for (int numbers = 10; ; numbers += 2)
        {
            MujocoModel starved = model.Copy().Model;
            starved.WritableNumbers<int>("opt.integrator")[0] = MuJoCoLibrary.Table.Constant("mjINT_RK4");
            if (isOld) starved.WritableNumbers<int>("nstack")[0] = numbers;
            else starved.WritableNumbers<long>("narena")[0] = 8 * numbers;
            try
            {
                using var physics = new PhysicsView(starved);
                physics.Forward();
                return starved;
            }
            catch (EmbodiedException)
            {
                starved.Dispose();
            }
        }
    }
}
