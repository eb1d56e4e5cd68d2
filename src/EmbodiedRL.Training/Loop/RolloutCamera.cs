using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Rendering;

namespace EmbodiedRL.Training.Loop;

/// <summary>Draws the steps of a rollout: on a GPU while later ones are still being played, on the processor when all have been, since it is busy until then.</summary>
/// <remarks>Which steps are drawn together follows from their number alone, so that pictures never depend on the machine's speed. Not thread-safe.</remarks>
internal sealed class RolloutCamera
{
    private const int PicturesAtOnce = 512; // several passes of the renderer, so that their overlap pays

    private readonly BatchRenderer _renderer;
    private readonly EnvironmentInfo _info;
    private readonly TrajectoryBatch _batch;
    private readonly string _camera;
    private readonly int _stepsAtOnce;
    private readonly float[] _poses, _looks;
    private readonly SceneVariations?[] _variations;
    private Task _drawing = Task.CompletedTask;

    /// <param name="renderer">Draws; stays the caller's.</param>
    /// <param name="info">Of the environment that is played.</param>
    /// <param name="batch">Whose frames are drawn.</param>
    /// <param name="camera">Which camera looks.</param>
    /// <param name="whilePlaying">Null for what suits the renderer's device.</param>
    public RolloutCamera(BatchRenderer renderer, EnvironmentInfo info, TrajectoryBatch batch, string camera, bool? whilePlaying = null)
    {
        (_renderer, _info, _batch, _camera) = (renderer, info, batch, camera);
        _stepsAtOnce = whilePlaying ?? !renderer.IsSoftware ? Math.Max(1, PicturesAtOnce / batch.Count) : batch.Steps;
        (_poses, _looks) = (new float[batch.Rows * info.Scene.PoseLength], new float[batch.Rows * info.VisualRandomization.Length]);
        _variations = new SceneVariations?[(batch.Steps + _stepsAtOnce - 1) / _stepsAtOnce];
    }

    /// <summary>Takes what a step looks like; begins to draw when there are enough.</summary>
    public void Take(int step, StepBuffer buffer)
    {
        buffer.Poses.CopyTo(_poses, step * buffer.Poses.Length);
        buffer.VisualParameters.CopyTo(_looks, step * buffer.VisualParameters.Length);
        if ((step + 1) % _stepsAtOnce == 0 || step + 1 == _batch.Steps) _drawing = DrawAsync(_drawing, step / _stepsAtOnce, step + 1);
    }

    /// <summary>Waits for the pictures of all steps that were taken.</summary>
    /// <exception cref="EmbodiedException">They could not be drawn.</exception>
    public async Task FinishAsync()
    {
        Task drawing = _drawing;
        _drawing = Task.CompletedTask;
        await drawing;
    }

    private async Task DrawAsync(Task before, int chunk, int end)
    {
        int first = chunk * _stepsAtOnce * _batch.Count, rows = (end * _batch.Count) - first, frame = _batch.FrameSize * _batch.FrameSize * 3;
        SceneVariations? looks = _variations[chunk] = _info.VisualRandomization.Unpack(_looks.AsSpan(first * _info.VisualRandomization.Length, rows * _info.VisualRandomization.Length), rows, _camera, _variations[chunk]);
        await before;
        await _renderer.RenderAsync(_poses.AsMemory(first * _info.Scene.PoseLength, rows * _info.Scene.PoseLength), rows, _batch.Frames.AsMemory(first * frame, rows * frame), looks);
    }
}
