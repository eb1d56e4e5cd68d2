using EmbodiedRL.Core;
using EmbodiedRL.Rendering.Headless;

namespace EmbodiedRL.Rendering;

/// <summary>Device that renders.</summary>
/// <param name="Name">As the driver names itself (GL_RENDERER).</param>
/// <param name="IsSoftware">Whether it is the processor, for want of a GPU.</param>
public readonly record struct DrawingDevice(string Name, bool IsSoftware)
{
    /// <summary>Opens and closes a context to see.</summary>
    /// <param name="device">Which of EGL's devices; null for a GPU if there is one, else the processor.</param>
    /// <exception cref="AssetMissingException">No EGL or GL driver; names the Debian packages.</exception>
    public static DrawingDevice Find(int? device = null)
    {
        using var context = new HeadlessContext(device);
        return new DrawingDevice(context.Device, HeadlessContext.IsSoftware(context.Device));
    }
}
