using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Rendering;

namespace EmbodiedRL.Training.Loop;

/// <summary>
/// Renders the frames of one spec during a rollout: on a GPU while later steps are still being simulated, on the processor when all
/// have been, since it is busy until then.
/// </summary>
/// <remarks>
/// Which steps are rendered together follows from their number alone, so that frames never depend on the machine's speed. Not thread-safe.
/// </remarks>
internal sealed class RolloutCamera
{
    private const int FramesAtOnce = 512; // several passes of the renderer, so that their overlap pays

    private readonly BatchRenderer _renderer;
    private readonly EnvironmentInfo _info;
    private readonly FrameBlock _frames;
    private readonly FrameSpec _spec;
    private readonly string _camera;
    private readonly int _stepsAtOnce;
    private readonly float[] _poses, _visuals;
    private readonly SceneVariations?[] _variations;
    private Task _rendering = Task.CompletedTask;

    /// <param name="renderer">Renders; stays the caller's.</param>
    /// <param name="info">Of the environment that is stepped.</param>
    /// <param name="frames">Where frames go.</param>
    /// <param name="camera">Which camera variations.</param>
    /// <param name="whileStepping">Null for what suits the renderer's device.</param>
    public RolloutCamera(BatchRenderer renderer, EnvironmentInfo info, FrameBlock frames, string camera, bool? whileStepping = null)
    {
        (_renderer, _info, _frames, _spec, _camera) = (renderer, info, frames, frames.Spec, camera);
        _stepsAtOnce = whileStepping ?? !renderer.IsSoftware ? Math.Max(1, FramesAtOnce / frames.Count) : frames.RenderedSteps;
        (_poses, _visuals) =
            (new float[frames.Frames * info.RequiredScene.PoseLength], new float[frames.Frames * info.VisualRandomization.Length]);
        _variations = new SceneVariations?[(frames.RenderedSteps + _stepsAtOnce - 1) / _stepsAtOnce];
    }

    /// <summary>Takes what a step looks like, if it is one that is rendered; begins to render when there are enough.</summary>
    public void Take(int step, StepBuffer buffer)
    {
        if (!_spec.Renders(step)) return;
        int rendered = step / _spec.Every;
        buffer.Poses.CopyTo(_poses, rendered * buffer.Poses.Length);
        buffer.VisualParameters.CopyTo(_visuals, rendered * buffer.VisualParameters.Length);
        if ((rendered + 1) % _stepsAtOnce == 0 || rendered + 1 == _frames.RenderedSteps)
            _rendering = RenderAsync(_rendering, rendered / _stepsAtOnce, rendered + 1);
    }

    /// <summary>Waits for the frames of all steps that were taken.</summary>
    /// <exception cref="EmbodiedException">They could not be rendered.</exception>
    public async Task FinishAsync()
    {
        Task rendering = _rendering;
        _rendering = Task.CompletedTask;
        await rendering;
    }

    private async Task RenderAsync(Task before, int chunk, int end)
    {
        int first = chunk * _stepsAtOnce * _frames.Count, last = end * _frames.Count, pose = _info.RequiredScene.PoseLength,
            visual = _info.VisualRandomization.Length;
        await before;
        for (int rows; first < last; first += rows)
        {
            rows = Math.Min(last - first, _frames.Run(first));
            ReadOnlySpan<float> visuals = _visuals.AsSpan(first * visual, rows * visual);
            SceneVariations? variations = _variations[chunk] =
                _info.VisualRandomization.Unpack(visuals, rows, _camera, _variations[chunk]);
            await _renderer.RenderAsync(_poses.AsMemory(first * pose, rows * pose), rows, _frames.Slice(first, rows), variations);
        }
    }
}
