using System.Collections.Immutable;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Rendering.Headless;
using EmbodiedRL.Rendering.Painting;
using Silk.NET.OpenGL;

namespace EmbodiedRL.Rendering;

/// <summary>
/// Batch renderer: renders one scene in many states at once, without a display; every environment is a tile of one framebuffer.
/// </summary>
/// <remarks>
/// May be called from any thread; calls are served one after another. Round shapes are ray-cast to their exact surface and lit per pixel.
/// Size 64 is what a small image model sees; 16 to 1,024 are possible.
/// </remarks>
public sealed class BatchRenderer : IDisposable
{
    private readonly SceneDescription _scene;
    private readonly HeadlessContext _context;
    private readonly Lock _calls = new();
    private readonly Action<GL> _draw;
    private TilePainter? _painter;
    private PaintRequest _request;
    private readonly UnchangedFrames _unchanged;

    /// <summary>Opens a context of its own and uploads the scene.</summary>
    /// <param name="scene">Copied to the device; later changes are not seen.</param>
    /// <param name="camera">Name of the camera that renders.</param>
    /// <param name="size">Width and height of an image in pixels, 16 to 1,024.</param>
    /// <param name="effects">What is drawn beside lit geoms; null for <see cref="RenderEffects.Plain"/>.</param>
    /// <exception cref="UnknownNameException">The scene has no such camera.</exception>
    /// <exception cref="AssetMissingException">No EGL or GL driver; names the Debian packages.</exception>
    public BatchRenderer(SceneDescription scene, string camera, int size, RenderEffects? effects = null)
        : this(scene, [scene.Camera(camera)], size, effects)
    {
    }

    /// <summary>The same for several cameras at once.</summary>
    /// <param name="scene">Copied to the device; later changes are not seen.</param>
    /// <param name="cameras">C cameras of the scene, or fixed ones of the caller's own.</param>
    /// <param name="size">Width and height of an image in pixels, 16 to 1,024.</param>
    /// <param name="effects">What is drawn beside lit geoms; null for <see cref="RenderEffects.Plain"/>.</param>
    /// <param name="device">Which of EGL's devices draws; null for a GPU if there is one, else the processor.</param>
    /// <exception cref="AssetMissingException">No EGL or GL driver; names the Debian packages.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size or device that there is not.</exception>
    public BatchRenderer(SceneDescription scene, ImmutableArray<SceneCamera> cameras, int size, RenderEffects? effects = null,
        int? device = null) : this(scene, cameras, size, effects, device, null)
    {
    }

    /// <summary>Reads back in a way that is not the device's usual.</summary>
    internal BatchRenderer(SceneDescription scene, ImmutableArray<SceneCamera> cameras, int size, RenderEffects? effects,
        int? device, ReadBack? readBack)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 16);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, 1024);
        ArgumentOutOfRangeException.ThrowIfZero(cameras.Length);
        _scene = scene;
        _draw = gl => _painter!.Paint(_request);
        (Size, Cameras) = (size, cameras);
        _unchanged = new UnchangedFrames(scene, FrameBytes);
        _context = new HeadlessContext(device);
        try
        {
            _context.Run(gl => _painter = new TilePainter(gl, (effects ?? RenderEffects.Plain).Choose(scene), cameras, size,
                effects ?? RenderEffects.Plain, readBack));
        }
        catch
        {
            _context.Dispose();
            throw;
        }
    }

    /// <summary>Width and height of an image in pixels.</summary>
    public int Size { get; }

    /// <summary>Cameras, in the order of the images.</summary>
    public ImmutableArray<SceneCamera> Cameras { get; }

    /// <summary>Bytes of one environment's images, C H W 3.</summary>
    public int FrameBytes => Cameras.Length * Size * Size * 3;

    /// <summary>The device that draws, as the driver names itself (GL_RENDERER).</summary>
    public string Device => _context.Device;

    /// <summary>Whether the processor draws, for want of a GPU.</summary>
    public bool IsSoftware => HeadlessContext.IsSoftware(Device);

    /// <summary>For tests that take it away.</summary>
    internal HeadlessContext Context => _context;

    /// <summary>Seconds spent so far, by phase: preparing and uploading, issuing draws, waiting for pixels.</summary>
    public (double Prepare, double Draw, double Read) Phases => _painter is { } painter ? painter.Phases : default;

    /// <summary>
    /// Whether images of environments that have not changed are returned again. The others are then drawn at other places of the
    /// framebuffer, where a pixel may come out a level or two different: false where a run that is resumed, and
    /// remembers no images, must see the same bits.
    /// </summary>
    public bool ReusesUnchanged { get; init; } = true;

    /// <summary>
    /// Images drawn so far. Those of environments that have not changed since the call before are handed out
    /// again without being drawn, and not counted.
    /// </summary>
    public long FramesDrawn { get; private set; }

    /// <summary>Draws <paramref name="count"/> states of the scene.</summary>
    /// <param name="poses">[N, P, 12]; see <see cref="SceneDescription"/>.</param>
    /// <param name="count">N.</param>
    /// <param name="pixels">[N, C, H, W, 3], row 0 at the top; overwritten, owned by the caller.</param>
    /// <param name="variations">Visual variations of the environments; null if there are none.</param>
    /// <exception cref="SpecMismatchException">A length is not what the scene, size and count ask for.</exception>
    public void Render(ReadOnlySpan<float> poses, int count, Span<byte> pixels, SceneVariations? variations = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        SpecMismatchException.ThrowIfLength("pixels [N, C, H, W, 3]", pixels.Length, checked(count * FrameBytes));
        Render(poses, count, new RenderOutputs { Rgb = pixels }, variations);
    }

    /// <summary>
    /// The same while the caller goes on, e.g. with the next step of physics. Calls are served one after another, in any order.
    /// </summary>
    /// <param name="poses">[N, P, 12]; not to be changed until the task has ended.</param>
    /// <param name="count">N.</param>
    /// <param name="pixels">[N, C, H, W, 3]; not to be read or freed until the task has ended.</param>
    /// <param name="variations">Visual variations of the environments; null if there are none. Not to be
    /// changed until the task has ended.</param>
    /// <returns>Ends when the images have arrived, or with what
    /// <see cref="Render(ReadOnlySpan{float}, int, Span{byte}, SceneVariations?)"/> throws.</returns>
    public Task RenderAsync(ReadOnlyMemory<float> poses, int count, Memory<byte> pixels, SceneVariations? variations = null) =>
        Task.Run(() => Render(poses.Span, count, pixels.Span, variations));

    /// <summary>The same with depth, segmentation and normals.</summary>
    /// <param name="poses">[N, P, 12]; see <see cref="SceneDescription"/>.</param>
    /// <param name="count">N.</param>
    /// <param name="outputs">What is made.</param>
    /// <param name="variations">Visual variations of the environments; null if there are none.</param>
    /// <exception cref="SpecMismatchException">A length is not what the scene, size and count ask for.</exception>
    public void Render(ReadOnlySpan<float> poses, int count, RenderOutputs outputs, SceneVariations? variations = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        SpecMismatchException.ThrowIfLength("poses [N, P, 12]", poses.Length, checked(count * _scene.PoseLength));
        int pixels = checked(count * Cameras.Length * Size * Size);
        Require("rgb [N, C, H, W, 3]", outputs.Rgb.Length, checked(3 * pixels));
        Require("depth [N, C, H, W]", outputs.Depth.Length, pixels);
        Require("segments [N, C, H, W]", outputs.Segments.Length, pixels);
        Require("normals [N, C, H, W, 3]", outputs.Normals.Length, checked(3 * pixels));
        if (variations is not null) SceneEncoding.Check(variations, count, _scene);
        if (count == 0) return;
        lock (_calls)
        {
            if (ReusesUnchanged && outputs.Depth.IsEmpty && outputs.Segments.IsEmpty && outputs.Normals.IsEmpty)
                RenderMoved(poses, count, outputs, variations);
            else
            {
                _unchanged.Forget();
                Paint(poses, count, outputs, variations, []);
            }
        }

        static void Require(string what, int length, int expected)
        {
            if (length > 0) SpecMismatchException.ThrowIfLength(what, length, expected);
        }
    }

    private void RenderMoved(ReadOnlySpan<float> poses, int count, RenderOutputs outputs, SceneVariations? variations)
    {
        if (outputs.Rgb.IsEmpty) return;
        _unchanged.Compare(poses, count, variations);
        try
        {
            ReadOnlySpan<int> moved = _unchanged.Moved;
            if (moved.Length == count) Paint(poses, count, outputs, variations, []);
            else if (moved.Length > 0)
                Paint(_unchanged.MovedPoses(poses), moved.Length, outputs, _unchanged.MovedVariations(variations), moved);
        }
        catch
        {
            _unchanged.Forget();
            throw;
        }

        _unchanged.Complete(outputs.Rgb);
    }

    private unsafe void Paint(ReadOnlySpan<float> poses, int count, RenderOutputs outputs,
        SceneVariations? variations, ReadOnlySpan<int> places)
    {
        fixed (float* pose = poses, depth = outputs.Depth, normals = outputs.Normals)
        fixed (byte* rgb = outputs.Rgb)
        fixed (int* segments = outputs.Segments, place = places)
        {
            _request = new PaintRequest((nint)pose, count, variations, (nint)rgb, (nint)depth, (nint)segments, (nint)normals,
                outputs.ByBody)
            { Places = (nint)place };
            try
            {
                _context.Run(_draw);
                FramesDrawn += (long)count * Cameras.Length;
            }
            finally
            {
                _request = default;
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
}
