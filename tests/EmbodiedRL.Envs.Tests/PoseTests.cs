using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Simulation;
using EmbodiedRL.Simulation.Physics;
using EmbodiedRL.Simulation.Tasks;

namespace EmbodiedRL.Envs.Tests;

/// <summary>That what is said of a pose is so: each named pose shows what it is named for, and nothing that would contradict it.</summary>
public sealed class PoseTests
{
    [Theory]
    [InlineData("gym/half-cheetah", "standing", "upright")]
    [InlineData("gym/half-cheetah", "crouching", "upright")]
    [InlineData("gym/half-cheetah", "on_back", "flipped")]
    [InlineData("gym/half-cheetah", "rearing", "rearing")]
    [InlineData("gym/half-cheetah", "nose_down", "nose-down")]
    [InlineData("gym/humanoid", "standing", "standing")]
    [InlineData("gym/humanoid", "hands_raised", "standing", "hands-raised")]
    [InlineData("gym/humanoid", "kneeling", "kneeling")]
    [InlineData("gym/humanoid", "half_kneeling", "half-kneeling")]
    [InlineData("gym/humanoid", "squatting", "squatting")]
    [InlineData("gym/humanoid", "sitting", "sitting")]
    [InlineData("gym/humanoid", "splits", "sitting", "splits")]
    [InlineData("gym/humanoid", "on_back", "lying", "on-back")]
    [InlineData("gym/humanoid", "on_front", "lying", "on-front")]
    [InlineData("gym/humanoid", "on_side", "lying", "on-side")]
    [InlineData("gym/humanoid", "one_hand_raised", "standing", "one-hand-raised")]
    [InlineData("gym/humanoid", "bending", "bending")]
    [InlineData("gym/humanoid", "one_leg", "standing", "one-leg")]
    public void A_named_pose_meets_the_measures_it_is_named_for_and_no_others(string name, string pose, params string[] met)
    {
        using MujocoModel model = MujocoModel.Load(EnvironmentCatalog.SceneOf(name));
        using var physics = new PhysicsView(model);
        ITask task = EnvironmentCatalog.CreateTask(name, model);
        physics.Reset(model.Keyframe(pose));
        physics.UpdateKinematics();
        float[] state = new float[task.Info.State.Length];
        task.ReadState(physics, state);
        Assert.Equal(met, task.Info.Measures.Where(measure => measure.Holds(state) > 0.5f).Select(measure => measure.Name));
        foreach (Fact fact in task.Info.Facts.Where(fact => fact.Measure is not null))
        {
            float truth = fact.Truth(state);
            Assert.True(met.Contains(fact.Measure) ? truth > 0.8f : truth < 0.8f, $"{pose}: '{fact.Name}' is {truth} true.");
        }
    }

    /// <summary>MuJoCo's azimuth 180, elevation -10, distance 3.5, look at (0, 0, 1): the camera of arXiv 2310.12921.</summary>
    [Fact]
    public void The_papers_camera_stands_before_the_humanoid_and_looks_down_at_it()
    {
        using MujocoModel model = MujocoModel.Load(EnvironmentCatalog.SceneOf("gym/humanoid"));
        int camera = model.Names("camera").Index().Single(one => one.Item == "vlm-rm").Index;
        ReadOnlySpan<double> place = model.Array<double>("cam_pos").Slice(3 * camera, 3);
        double down = 10 * Math.PI / 180;
        Assert.Equal([3.5 * Math.Cos(down), 0, 1 + (3.5 * Math.Sin(down))], place.ToArray(), (one, other) => Math.Abs(one - other) < 1e-3);
        ReadOnlySpan<double> turn = model.Array<double>("cam_mat0").Slice(9 * camera, 9);
        // it looks along its -z, with +y of the world to the right
        Assert.Equal([Math.Cos(down), 0, Math.Sin(down)], [turn[2], turn[5], turn[8]], (one, other) => Math.Abs(one - other) < 1e-3);
        Assert.Equal([0, 1, 0], [turn[0], turn[3], turn[6]], (one, other) => Math.Abs(one - other) < 1e-9);
    }

    [Fact]
    public void A_fall_ends_an_episode_from_the_tasks_own_start_alone()
    {
        foreach (StartDistribution start in Enum.GetValues<StartDistribution>())
        {
            using IVectorEnvironment environment = EnvironmentCatalog.Create("gym/humanoid", 4, 2);
            var buffer = new StepBuffer(4, environment.Info);
            environment.Reset(1, start, buffer);
            float[] still = new float[4 * environment.Info.Actions.Length];
            int ends = 0;
            for (int step = 0; step < 150; step++)
            {
                environment.Step(still, buffer);
                ends += buffer.Kinds.Count(kind => kind.Ends());
                Assert.DoesNotContain(StepKind.Truncated, buffer.Kinds);
            }

            Assert.True(start == StartDistribution.Task ? ends >= 4 : ends == 0, $"{start}: {ends} ends.");
        }
    }

    /// <summary>
    /// A bad state puts back what the task noted, too: otherwise the way from the origin would count as gained in one step.
    /// </summary>
    [Fact]
    public void A_state_that_went_bad_gains_no_ground()
    {
        using IVectorEnvironment environment = EnvironmentCatalog.Create("gym/half-cheetah", 1, 1);
        var buffer = new StepBuffer(1, environment.Info);
        environment.Reset(1, StartDistribution.Task, buffer);
        var snapshot = new Snapshot();
        environment.Save(snapshot);
        double[] positions = snapshot.GetAll<double>("qpos"), velocities = snapshot.GetAll<double>("qvel");
        positions[0] = 30;
        velocities[3] = 1e9; // a thigh that spins so is too much for MuJoCo in the next physics step
        snapshot.Put<double>("qpos", positions);
        snapshot.Put<double>("qvel", velocities);
        snapshot.Put<double>("userdata", [30, 30]);
        environment.Load(snapshot);
        environment.Step(new float[6], buffer);
        Assert.Equal(StepKind.Truncated, buffer.Kinds[0]);
        Assert.Equal(0, buffer.Rewards[0]);
    }
}
