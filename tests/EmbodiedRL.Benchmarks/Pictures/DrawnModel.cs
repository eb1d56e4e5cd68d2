using EmbodiedRL.App.Reporting.Sections;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Simulation;
using EmbodiedRL.Simulation.Native;
using EmbodiedRL.Simulation.Physics;
using EmbodiedRL.Simulation.Scenes;

namespace EmbodiedRL.Benchmarks.Pictures;

/// <summary>A model whose states are drawn: where it is, and through which camera it is seen.</summary>
/// <param name="Name">The first part of a row's name.</param>
/// <param name="File">MJCF.</param>
/// <param name="Camera">By name.</param>
internal sealed record DrawnModel(string Name, string File, string Camera)
{
    // radians of hinges, meters of bodies: enough for every picture to differ, little enough to stay in view
    private const double Sway = 0.4, Drift = 0.15;

    /// <summary>
    /// What can be drawn: environments, and meshes. A camera that stands still sees a ground and a sky that need not be
    /// drawn again; one that follows does not.
    /// </summary>
    public static IReadOnlyList<DrawnModel> All { get; } =
    [
        new("humanoid", Envs.EnvironmentCatalog.SceneOf("gym/humanoid"), "side"),
        new("humanoid-track", Envs.EnvironmentCatalog.SceneOf("gym/humanoid"), "track"),
        new("mesh", Path.Combine(AppContext.BaseDirectory, "scenes", "meshes.xml"), "main"),
        new("cartpole", Envs.EnvironmentCatalog.SceneOf("cartpole"), "front"),
    ];

    /// <summary>The one of this name.</summary>
    public static DrawnModel Named(string name) => All.Single(model => model.Name == name);

    /// <summary>States around the model's default one.</summary>
    /// <param name="count">N.</param>
    /// <param name="draw">Which draw: each is different.</param>
    public DrawnStates States(int count, long draw)
    {
        using MujocoModel model = MujocoModel.Load(File);
        var map = SceneMap.Of(model);
        using var physics = new PhysicsView(model);
        int length = map.Description.PoseLength;
        double[] positions = new double[count * model.PositionCount];
        float[] poses = new float[count * length];
        for (int row = 0; row < count; row++)
        {
            physics.Reset();
            var rng = Rng.For(1, "drawn states", (draw << 32) + row);
            Move(model, physics.Positions, ref rng);
            physics.UpdateKinematics();
            physics.Positions.CopyTo(positions.AsSpan(row * model.PositionCount));
            map.Read(physics, poses.AsSpan(row * length, length));
        }

        return new DrawnStates(map.Description, positions, poses, model.Names("camera").ToList().IndexOf(Camera));
    }

    private static void Move(MujocoModel model, Span<double> positions, ref Rng rng)
    {
        ReadOnlySpan<int> types = model.Array<int>("jnt_type"), first = model.Array<int>("jnt_qposadr");
        for (int joint = 0; joint < types.Length; joint++)
        {
            bool hinges = types[joint] == MuJoCoLibrary.Table.Constant("mjJNT_HINGE"),
                slides = types[joint] == MuJoCoLibrary.Table.Constant("mjJNT_SLIDE");
            if (hinges) positions[first[joint]] += rng.Uniform(-Sway, Sway);
            else if (slides) positions[first[joint]] += rng.Uniform(-Drift, Drift);
            else if (types[joint] == MuJoCoLibrary.Table.Constant("mjJNT_FREE"))
                // MuJoCo makes quaternions unit ones itself
                for (int i = 0; i < 7; i++) positions[first[joint] + i] += rng.Uniform(-Drift, Drift);
        }
    }
}

/// <summary>States to draw, for both renderers.</summary>
/// <param name="Scene">For ours.</param>
/// <param name="Positions">[N, nq], for the reference.</param>
/// <param name="Poses">[N, P, 12], for ours.</param>
/// <param name="Camera">Number of the camera in the model.</param>
internal sealed record DrawnStates(SceneDescription Scene, double[] Positions, float[] Poses, int Camera);
