using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Core.Contracts;

/// <summary>Environments that draw themselves, e.g. grid worlds: they need no scene and no renderer.</summary>
public interface IFrameSource
{
    /// <summary>Sizes and cameras that it can draw; cameras are named as in <see cref="FrameSpec.Camera"/>, the empty name is the usual view.</summary>
    IReadOnlyList<string> Cameras { get; }

    /// <summary>Draws what the last step or reset led to, before any auto-reset.</summary>
    /// <param name="spec">Size and camera.</param>
    /// <param name="frames">uint8 [N, H, W, 3], overwritten, row 0 at the top.</param>
    /// <exception cref="SpecMismatchException">It cannot draw this size or camera.</exception>
    void DrawFrames(FrameSpec spec, Span<byte> frames);
}
