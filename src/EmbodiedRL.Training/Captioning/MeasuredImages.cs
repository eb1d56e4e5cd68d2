using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Rendering;

namespace EmbodiedRL.Training.Captioning;

/// <summary>Renders the states of a measurement under a condition. Owns its renderer.</summary>
/// <param name="states">What is shown.</param>
/// <param name="side">H = W, pixels.</param>
/// <param name="seed">Of what the conditions vary.</param>
internal sealed class MeasuredImages(MeasuredStates states, int side, ulong seed) : IDisposable
{
    private readonly SceneDescription _scene = states.Info.RequiredScene;
    private readonly SceneChanges _changes = new(states.Info, seed);
    private BatchRenderer? _renderer;
    private int _renderedSide;

    /// <summary>Bytes of one image of the model's own size.</summary>
    public int FrameBytes => side * side * 3;

    /// <summary>Renders some states.</summary>
    /// <param name="condition">How they look.</param>
    /// <param name="first">Row of the first.</param>
    /// <param name="frames">uint8 [N, side, side, 3], the condition's scale times the model's side; overwritten.</param>
    public void Render(ImageCondition condition, int first, Span<byte> frames)
    {
        int drawn = side * condition.Scale, count = frames.Length / (drawn * drawn * 3);
        ReadOnlySpan<float> poses = states.Poses.AsSpan(first * _scene.PoseLength, count * _scene.PoseLength);
        RendererOf(condition.Camera, drawn).Render(poses, count, frames, _changes.Of(condition.Change, first, poses));
        PixelChanges.Apply(condition.Change, seed, first, frames, drawn);
    }

    /// <summary>Renders states spread over all sources, plain or without anything that can move.</summary>
    /// <param name="count">How many.</param>
    /// <param name="withoutBodies">Whether what moves is put out of sight.</param>
    /// <returns>uint8 [count, side, side, 3], fresh.</returns>
    public byte[] RenderSpread(int count, bool withoutBodies)
    {
        int length = _scene.PoseLength;
        float[] poses = new float[count * length];
        for (int row = 0; row < count; row++)
        {
            Span<float> pose = poses.AsSpan(row * length, length);
            states.Poses.AsSpan((int)((long)row * states.Count / count) * length, length).CopyTo(pose);
            if (withoutBodies) EmptyScene.Hide(_scene, pose);
        }

        byte[] frames = new byte[count * FrameBytes];
        RendererOf(states.Info.Camera, side).Render(poses, count, frames);
        return frames;
    }

    /// <summary>Frees the renderer.</summary>
    public void Dispose() => _renderer?.Dispose();

    private BatchRenderer RendererOf(string camera, int drawn)
    {
        if (_renderer?.Cameras[0].Name == camera && _renderedSide == drawn) return _renderer;
        _renderer?.Dispose();
        _renderedSide = drawn;
        return _renderer = new BatchRenderer(_scene, camera, drawn);
    }
}
