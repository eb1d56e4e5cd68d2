using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Rendering;

namespace EmbodiedRL.Training.Loop;

/// <summary>
/// Camera of single steps: draws frames of N environments, by a renderer where there is a scene, else by the environment
/// itself. For films, recordings and checks.
/// </summary>
/// <remarks>Owns its renderer; the environment is lent. Not thread-safe.</remarks>
public sealed class StepCamera : IDisposable
{
    private readonly IVectorEnvironment _environment;
    private readonly IFrameSource? _source;
    private readonly BatchRenderer? _renderer;
    private readonly FrameSpec _spec;
    private SceneVariations? _variations;

    /// <summary>Makes what draws.</summary>
    /// <param name="environment">Whose steps are drawn. Lent.</param>
    /// <param name="camera">Of the scene or among the environment's own views; empty takes the task's own.</param>
    /// <param name="size">Width and height in pixels.</param>
    /// <param name="effects">What a renderer draws beside lit geoms, null for the renderer's usual; an
    /// environment that draws itself has none.</param>
    /// <exception cref="SpecMismatchException">The environment has neither a scene nor frames of its own.</exception>
    /// <exception cref="UnknownNameException">It has no such camera.</exception>
    public StepCamera(IVectorEnvironment environment, string camera, int size, RenderEffects? effects = null)
    {
        (_environment, _source) = (environment, FrameSources.Of(environment));
        _spec = new FrameSpec(size, size, FrameSources.CameraOf(environment, camera));
        if (_source is null) _renderer = new BatchRenderer(environment.Info.RequiredScene, _spec.Camera, size, effects);
    }

    /// <summary>What is looked through.</summary>
    public string Camera => _spec.Camera;

    /// <summary>Bytes of one frame, [H, W, 3].</summary>
    public int FrameBytes => _spec.FrameBytes;

    /// <summary>What the last frames were drawn with; null if nothing varies.</summary>
    public SceneVariations? Variations => _variations;

    /// <summary>Draws what the last step, reset or placement led to.</summary>
    /// <param name="buffer">What it wrote, of the N environments.</param>
    /// <param name="frames">uint8 [N, H, W, 3], overwritten.</param>
    public void Draw(StepBuffer buffer, Span<byte> frames)
    {
        if (_source is not null)
        {
            _source.DrawFrames(_spec, frames);
            return;
        }

        _variations = _environment.Info.VisualRandomization.Unpack(buffer.VisualParameters, buffer.Count, _spec.Camera);
        _renderer!.Render(buffer.Poses, buffer.Count, frames, _variations);
    }

    /// <summary>Frees the renderer.</summary>
    public void Dispose() => _renderer?.Dispose();
}
