using EmbodiedRL.Core;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rendering;

namespace EmbodiedRL.Training.Loop;

/// <summary>The renderers of a run, one for each scene, camera and size. Owns them.</summary>
public sealed class RendererPool : IDisposable
{
    private readonly Dictionary<(SceneDescription Scene, string Camera, int Width, int Height), BatchRenderer> _renderers = [];

    /// <summary>Any renderer that was made, to name the device that draws; null if none was.</summary>
    public BatchRenderer? First => _renderers.Values.FirstOrDefault();

    /// <summary>The renderer of a camera and size; made at first, the same ever after. Owned by the pool.</summary>
    /// <exception cref="SpecMismatchException">The size is not square.</exception>
    public BatchRenderer Get(SceneDescription scene, string camera, FrameSpec spec)
    {
        if (spec.Width != spec.Height)
            throw new SpecMismatchException("frames", "a square size, which is what the renderer draws", $"{spec}");
        (SceneDescription, string, int, int) key = (scene, camera, spec.Width, spec.Height);
        if (!_renderers.TryGetValue(key, out BatchRenderer? renderer))
            _renderers[key] = renderer = new BatchRenderer(scene, camera, spec.Width) { ReusesUnchanged = false };
        return renderer;
    }

    /// <summary>Frees all renderers.</summary>
    public void Dispose()
    {
        foreach (BatchRenderer renderer in _renderers.Values) renderer.Dispose();
        _renderers.Clear();
    }
}
