using EmbodiedRL.Core;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Rendering.Headless;
using Silk.NET.OpenGL;

namespace EmbodiedRL.Rendering;

/// <summary>Draws one scene in many states at once, without a display: every environment is a tile of one framebuffer.</summary>
/// <remarks>
/// May be called from any thread; calls are served one after another. Shapes are ray-cast to their exact surface and lit per pixel.
/// Size 64 is what a small image model sees; 16 to 1,024 are possible.
/// </remarks>
public sealed class BatchRenderer : IDisposable
{
    private readonly SceneDescription _scene;
    private readonly SceneCamera _camera;
    private readonly HeadlessContext _context = new();
    private readonly Lock _calls = new();
    private readonly Action<GL> _draw;
    private TilePainter? _painter;
    private Request _request;

    /// <summary>Opens a context of its own and uploads the scene.</summary>
    /// <param name="scene">Copied to the device; later changes are not seen.</param>
    /// <param name="camera">Name of the camera to look through.</param>
    /// <param name="size">Width and height of a picture in pixels, 16 to 1,024.</param>
    /// <exception cref="UnknownNameException">The scene has no such camera.</exception>
    /// <exception cref="AssetMissingException">No EGL or GL driver; names the Debian packages.</exception>
    public BatchRenderer(SceneDescription scene, string camera, int size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 16);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, 1024);
        _scene = scene;
        _draw = Draw;
        Size = size;
        try
        {
            _camera = scene.Camera(camera);
            _context.Run(gl => _painter = new TilePainter(gl, scene, size));
        }
        catch
        {
            _context.Dispose();
            throw;
        }
    }

    /// <summary>Width and height of a picture in pixels.</summary>
    public int Size { get; }

    /// <summary>Bytes of one picture, H W 3.</summary>
    public int FrameBytes => Size * Size * 3;

    /// <summary>The device that draws, as the driver names itself (GL_RENDERER).</summary>
    public string Device => _context.Device;

    /// <summary>Whether the processor draws, for want of a GPU.</summary>
    public bool IsSoftware =>
        Device.Contains("llvmpipe", StringComparison.OrdinalIgnoreCase) || Device.Contains("softpipe", StringComparison.OrdinalIgnoreCase);

    /// <summary>Draws <paramref name="count"/> states of the scene.</summary>
    /// <param name="poses">[N, G, 12]: position in metres, rotation matrix row-major; see <see cref="SceneDescription"/>.</param>
    /// <param name="count">N.</param>
    /// <param name="pixels">[N, H, W, 3], row 0 at the top; overwritten, owned by the caller.</param>
    /// <param name="variations">How environments differ in looks; null if they do not.</param>
    /// <exception cref="SpecMismatchException">A length is not what the scene, size and count ask for.</exception>
    public unsafe void Render(ReadOnlySpan<float> poses, int count, Span<byte> pixels, SceneVariations? variations = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        SpecMismatchException.ThrowIfLength("poses [N, G, 12]", poses.Length, checked(count * _scene.PoseLength));
        SpecMismatchException.ThrowIfLength("pixels [N, H, W, 3]", pixels.Length, checked(count * FrameBytes));
        if (variations is not null) SceneEncoding.Check(variations, count, _scene.Geoms.Length);
        if (count == 0) return;
        lock (_calls)
        {
            fixed (float* firstPose = poses)
            fixed (byte* firstPixel = pixels)
            {
                _request = new Request((nint)firstPose, (nint)firstPixel, count, variations);
                try
                {
                    _context.Run(_draw);
                }
                finally
                {
                    _request = default;
                }
            }
        }
    }

    /// <summary>Frees the device's memory and ends the owning thread.</summary>
    public void Dispose()
    {
        lock (_calls)
        {
            if (_painter is { } painter) _context.Run(_ => painter.Delete());
            _painter = null;
            _context.Dispose();
        }
    }

    private unsafe void Draw(GL gl)
    {
        (nint poses, nint pixels, int count, SceneVariations? variations) = _request;
        _painter!.Paint(
            new ReadOnlySpan<float>((void*)poses, count * _scene.PoseLength), count,
            new Span<byte>((void*)pixels, count * FrameBytes), _camera, variations);
    }

    /// <summary>A call on its way to the owning thread; the caller keeps the memory pinned.</summary>
    private readonly record struct Request(nint Poses, nint Pixels, int Count, SceneVariations? Variations);
}
