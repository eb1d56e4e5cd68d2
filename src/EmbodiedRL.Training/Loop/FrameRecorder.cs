using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Training.Loop;

/// <summary>
/// Fills the frame blocks of a batch while a rollout goes on, whoever draws: a renderer for each
/// size and camera, or the environment itself.
/// </summary>
/// <remarks>Renderers are shared by specs of one size and camera. Not thread-safe.</remarks>
public sealed class FrameRecorder
{
    private readonly TrajectoryBatch _batch;
    private readonly IFrameSource? _source;
    private readonly string _camera = "";
    private readonly RolloutCamera[] _cameras = [];

    /// <summary>Makes what draws.</summary>
    /// <param name="environment">Whose steps are drawn. Lent.</param>
    /// <param name="batch">Whose frame blocks are filled.</param>
    /// <param name="camera">Stands for the empty camera of a spec; empty takes the task's own.</param>
    /// <param name="renderers">Makes and keeps renderers; lent. Null where the environment draws itself or nothing is drawn.</param>
    /// <exception cref="SpecMismatchException">Frames are read and the environment has neither a scene nor frames of its own.</exception>
    /// <exception cref="UnknownNameException">A camera is not there.</exception>
    public FrameRecorder(IVectorEnvironment environment, TrajectoryBatch batch, string camera, RendererPool? renderers)
    {
        _batch = batch;
        if (batch.FrameBlocks.Count == 0) return;
        _source = FrameSources.Of(environment);
        _camera = FrameSources.CameraOf(environment, camera);
        foreach (FrameBlock block in batch.FrameBlocks) FrameSources.CameraOf(environment, block.Spec.Camera);
        if (_source is not null) return;
        ArgumentNullException.ThrowIfNull(renderers);
        _cameras = [.. batch.FrameBlocks.Select(block =>
        {
            string seen = block.Spec.Camera.Length > 0 ? block.Spec.Camera : _camera;
            return new RolloutCamera(renderers.Get(environment.Info.RequiredScene, seen, block.Spec), environment.Info, block, seen);
        })];
    }

    /// <summary>Takes what a step led to.</summary>
    public void Take(int step, StepBuffer buffer)
    {
        if (_source is not null)
        {
            foreach (FrameBlock block in _batch.FrameBlocks)
                if (block.Spec.Renders(step))
                    _source.DrawFrames(block.Spec.Camera.Length > 0 ? block.Spec : block.Spec with { Camera = _camera },
                        block.Step(step / block.Spec.Every).Span);
        }

        foreach (RolloutCamera camera in _cameras) camera.Take(step, buffer);
    }

    /// <summary>Waits for the frames of all steps.</summary>
    public async Task FinishAsync()
    {
        foreach (RolloutCamera camera in _cameras) await camera.FinishAsync();
    }
}
