using System.Numerics;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Training.Tests;

/// <summary>
/// The point of <see cref="FastEnv"/> as a red ball on gray ground: something that can be filmed without a physics engine.
/// </summary>
internal sealed class DrawnPoint(int count, float radius = 0.3f) : IVectorEnvironment
{
    private static readonly Quaternion FromTheFront = Quaternion.CreateFromAxisAngle(Vector3.UnitX, MathF.PI / 2);

    private readonly FastEnv _point = new(count);

    public EnvironmentInfo Info { get; } = FastEnv.Describe() with
    {
        Name = "drawn",
        Camera = "front",
        Scene = new SceneDescription
        {
            Geoms = [new SceneGeom("ball", GeomShape.Sphere, new Vector3(radius), new Vector4(1, 0.1f, 0.1f, 1))],
            Cameras = [new SceneCamera("front", new Vector3(0, -5, 0), FromTheFront, 45)],
            Lights = [new SceneLight(Vector3.UnitY, Vector3.One, new Vector3(0.3f), Vector3.Zero)],
            BackgroundTop = new Vector3(0.4f),
            BackgroundBottom = new Vector3(0.6f),
        },
        Measures = [new SuccessMeasure("centered", "the point within 20 cm of the origin",
            state => Math.Abs(state[0]) < 0.2f ? 1 : 0, Window: 10)],
    };

    public int Count => count;

    public void Reset(ulong seed, StartDistribution start, StepBuffer into)
    {
        _point.Reset(seed, start, into);
        Pose(into);
    }

    public void Step(ReadOnlySpan<float> actions, StepBuffer into)
    {
        _point.Step(actions, into);
        Pose(into);
    }

    /// <summary>Every source draws other states of the same kind.</summary>
    public void SampleStates(ulong seed, long draw, StateSource source, StepBuffer into)
    {
        _point.SampleStates(seed + (1000 * (ulong)source), draw, source, into);
        Pose(into);
    }

    public void Save(Snapshot into) => _point.Save(into);

    public void Load(Snapshot from) => _point.Load(from);

    public void Dispose() => _point.Dispose();

    private void Pose(StepBuffer into)
    {
        for (int row = 0; row < count; row++)
        {
            float[] pose = [into.States[row * 2], 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1];
            pose.CopyTo(into.Poses, row * pose.Length);
        }
    }
}

/// <summary>Pushes toward the origin and brakes.</summary>
internal sealed class Spring : EmbodiedRL.Contracts.FunctionPolicy
{
    protected override void Choose(ReadOnlySpan<float> observations, Span<float> actions, ActorMode mode)
    {
        for (int row = 0; row < actions.Length; row++) actions[row] = -(2 * observations[row * 2]) - (1.5f * observations[(row * 2) + 1]);
    }
}

/// <summary>Scores an image by how red its middle column is.</summary>
internal sealed class RedInTheMiddle() : Reward(new RewardSpec("red", BatchFields.Frames, 0, 1, FrameSpec.Square(32)))
{
    public override ValueTask ScoreAsync(RewardBatch batch, Memory<float> scores, ScoreContext context)
    {
        FrameBlock frames = batch.As<TrajectoryBatch>().Frames(Spec.Frames!.Value);
        int side = frames.Spec.Width;
        for (int i = 0; i < batch.Rows; i++)
        {
            ReadOnlySpan<byte> frame = frames.Frame(i);
            int red = 0;
            for (int y = 0; y < side; y++)
                red += frame[((y * side) + (side / 2)) * 3] > 2 * frame[(((y * side) + (side / 2)) * 3) + 1] ? 1 : 0;
            scores.Span[i] = (float)red / side;
        }

        return ValueTask.CompletedTask;
    }
}
