using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Models.Weights;
using EmbodiedRL.Rendering;
using EmbodiedRL.Rendering.Images;
using EmbodiedRL.Simulation;
using EmbodiedRL.Simulation.Physics;
using EmbodiedRL.Simulation.Scenes;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.Training.Films;

/// <summary>Film of recorded states, e.g. of those that <c>simulate</c> wrote.</summary>
/// <param name="Model">Path of the MJCF whose states they are.</param>
/// <param name="States">A safetensors file with <c>qpos</c> [T, nq], one row a physics step.</param>
public sealed record StateFilm(string Model, string States)
{
    private const double FramesPerSecond = 30;

    /// <summary>Of the model; null for its first, or one that shows all of it where it has none.</summary>
    public string? Camera { get; init; }

    /// <summary>Pixels a side.</summary>
    public int Size { get; init; } = 256;

    /// <summary>What is drawn beside lit geoms.</summary>
    public RenderEffects Effects { get; init; } = RenderEffects.Full;

    /// <summary>Writes an .mp4 that lasts as long as the states did, or a .png with so many of them side by side, evenly spread.</summary>
    /// <param name="path">Overwritten.</param>
    /// <param name="count">States in a .png.</param>
    /// <param name="cancel">Stops between two frames.</param>
    /// <returns>The camera, the number of frames, and their picture's width and height.</returns>
    /// <exception cref="CorruptFileException">A state is no number.</exception>
    /// <exception cref="SpecMismatchException">The states are not the model's.</exception>
    /// <exception cref="UnknownNameException">The model has no such camera.</exception>
    public (string Camera, int Frames, int Width, int Height) Write(string path, int count, CancellationToken cancel)
    {
        using MujocoModel model = MujocoModel.Load(Model);
        double[] positions = Read(model, out int rows);
        var scene = SceneMap.Of(model);
        SceneCamera camera = scene.Description.Camera(Camera ?? scene.Description.Cameras[0].Name);
        using var physics = new PhysicsView(model);
        using var renderer = new BatchRenderer(scene.Description, camera.Name, Size, Effects);
        if (!path.EndsWith(".mp4", StringComparison.OrdinalIgnoreCase))
        {
            int[] shown = [.. Enumerable.Range(0, Math.Min(count, rows))
                .Select(i => rows == 1 ? 0 : (int)((long)i * (rows - 1) / Math.Max(1, Math.Min(count, rows) - 1)))];
            byte[] frames = [.. shown.SelectMany(Draw)];
            RgbImage grid = FrameGrid.Compose(frames, shown.Length, Size, Size);
            ImageFile.WritePng(path, grid);
            return (camera.Name, shown.Length, grid.Width, grid.Height);
        }

        int stride = Math.Max(1, (int)Math.Round(1 / (FramesPerSecond * model.Timestep))), written = 0;
        using var writer = new VideoWriter(path, Size, Size, 1 / (stride * model.Timestep));
        for (int row = 0; row < rows; row += stride, written++)
        {
            cancel.ThrowIfCancellationRequested();
            writer.Write(Draw(row));
        }

        writer.Finish();
        return (camera.Name, written, Size, Size);

        byte[] Draw(int row)
        {
            positions.AsSpan(row * model.PositionCount, model.PositionCount).CopyTo(physics.Positions);
            physics.UpdateKinematics();
            float[] poses = new float[scene.Description.PoseLength];
            scene.Read(physics, poses);
            byte[] frame = new byte[renderer.FrameBytes];
            renderer.Render(poses, 1, frame);
            return frame;
        }
    }

    private double[] Read(MujocoModel model, out int rows)
    {
        InputFile.Require(States, "The file of states",
            "It should be a safetensors file that holds qpos [T, nq], as ./embodied simulate writes it.");
        StoredTensor qpos = Safetensors.Read(States)["qpos"];
        if (qpos.Shape.Count != 2 || qpos.Shape[1] != model.PositionCount || qpos.Shape[0] == 0)
            throw new SpecMismatchException($"qpos in {States}",
                $"[T, {model.PositionCount}] for {Model}, T at least 1",
                $"[{string.Join(", ", qpos.Shape)}]");
        rows = checked((int)qpos.Shape[0]);
        double[] values = qpos.Type == StoredType.F64
            ? qpos.Values<double>().ToArray()
            : Array.ConvertAll(qpos.Floats(), value => (double)value);
        int bad = Array.FindIndex(values, value => !double.IsFinite(value));
        return bad < 0
            ? values
            : throw new CorruptFileException(States, "finite numbers in qpos",
                $"{values[bad]} in row {bad / model.PositionCount}, column {bad % model.PositionCount}");
    }
}
