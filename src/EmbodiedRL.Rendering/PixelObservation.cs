using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Core.Wrapping;

namespace EmbodiedRL.Rendering;

/// <summary>Options of <see cref="PixelObservation"/>.</summary>
public sealed record PixelObservationOptions : Options
{
    /// <summary>Width and height in pixels.</summary>
    [Range(16, 1024)]
    public int Size { get; init; } = 64;

    /// <summary>Whether the inner observation stays, before the pixels.</summary>
    public bool Append { get; init; }
}

/// <summary>
/// Image observations: shows the agent what a camera sees, uint8 [H, W, 3], row 0 at the top, instead of the
/// inner observation's numbers or beside them.
/// </summary>
/// <remarks>
/// Images stay the bytes that the renderer drew. The last image of an episode and the first of the next are both drawn. GL is opened with
/// the first image, so that an environment can be described where nothing can be drawn.
/// </remarks>
[NoPaper("renders the scene")]
public sealed class PixelObservation : EnvironmentWrapper
{
    private readonly string _camera;
    private readonly int _size;
    private readonly float[] _poses;
    private readonly float[] _visuals;
    private readonly byte[] _frames;
    private readonly bool[] _begins;
    private BatchRenderer? _renderer;
    private SceneVariations? _variations;

    /// <summary>Wraps an environment.</summary>
    /// <param name="inner">Owned from here on.</param>
    /// <param name="camera">A camera of its scene.</param>
    /// <param name="size">Width and height in pixels, 16 to 1,024.</param>
    /// <param name="appends">Whether the inner observation's numbers stay beside the image.</param>
    /// <exception cref="SpecMismatchException">It has no scene, or has an image already.</exception>
    /// <exception cref="SettingsException">The images of one step are more than this machine or an array can hold.</exception>
    /// <exception cref="UnknownNameException">The scene has no such camera.</exception>
    public PixelObservation(IVectorEnvironment inner, string camera, int size, bool appends)
        : base(inner, inner.Info with { Observations = Seen(inner.Info, camera, size, appends) }, isReshaped: true)
    {
        (_camera, _size) = (camera, size);
        (_poses, _visuals) =
            (new float[inner.Count * inner.Info.RequiredScene.PoseLength], new float[inner.Count * inner.Info.VisualRandomization.Length]);
        double bytes = (double)inner.Count * FrameLength;
        MemoryRoom.Require(FormattableString.Invariant($"One step of {inner.Count} environments with images of {size} pixels"),
            bytes,
            bytes,
            "Lower env:count or the size of the pixels.");
        _frames = new byte[inner.Count * FrameLength];
        _begins = new bool[inner.Count];
    }

    private int FrameLength => _size * _size * 3;

    /// <inheritdoc/>
    public override void Dispose()
    {
        _renderer?.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override void OnReset(ulong seed, StepBuffer under, StepBuffer into) => ShowAll(under, into);

    /// <inheritdoc/>
    protected override void OnPlace(StepBuffer under, StepBuffer into) => ShowAll(under, into);

    /// <inheritdoc/>
    protected override void OnStep(StepBuffer under, StepBuffer into, ReadOnlySpan<bool> skipped)
    {
        Draw(under.Poses, under.VisualParameters, Count);
        bool any = false;
        for (int row = 0; row < Count; row++)
        {
            bool ends = _begins[row] = !Skips(skipped, row) && under.Kinds[row].Ends();
            any |= ends;
            if (Skips(skipped, row)) continue;
            if (ends)
            {
                CopyNumbers(row, under.FinalObservations, into.FinalObservations);
                CopyImage(row, row, into.FinalImages);
            }
            else
            {
                CopyNumbers(row, under.Observations, into.Observations);
                CopyImage(row, row, into.Images);
            }
        }

        if (any) ShowNext(under, into);
    }

    /// <inheritdoc/>
    protected override void OnRestart(ReadOnlySpan<bool> rows, StepBuffer under, StepBuffer into)
    {
        rows.CopyTo(_begins);
        ShowNext(under, into);
    }

    private static ObservationSpec Seen(EnvironmentInfo inner, string camera, int size, bool appends)
    {
        inner.RequiredScene.Camera(camera);
        if (size is < 16 or > 1024) throw new SpecMismatchException("size of the pixels", "16 to 1024", $"{size}");
        if (inner.Observations.Image is not null)
            throw new SpecMismatchException($"what 'pixels' wraps ('{inner.Name}')",
                "observations without an image", "observations with one");
        return new ObservationSpec(appends ? inner.Observations.Fields : []) { Image = new ImageSpec(size, size, 3) };
    }

    private void ShowAll(StepBuffer under, StepBuffer into)
    {
        Draw(under.Poses, under.VisualParameters, Count);
        _frames.CopyTo(into.Images, 0);
        for (int row = 0; row < Count; row++) CopyNumbers(row, under.Observations, into.Observations);
    }

    /// <summary>Shows the first images of the episodes that have just begun.</summary>
    private void ShowNext(StepBuffer under, StepBuffer into)
    {
        int poses = Info.RequiredScene.PoseLength, visuals = Info.VisualRandomization.Length, begun = 0;
        for (int row = 0; row < Count; row++)
        {
            if (!_begins[row]) continue;
            Array.Copy(under.NextPoses, row * poses, _poses, begun * poses, poses);
            Array.Copy(under.NextVisualParameters, row * visuals, _visuals, begun * visuals, visuals);
            begun++;
        }

        Draw(_poses.AsSpan(0, begun * poses), _visuals.AsSpan(0, begun * visuals), begun);
        for (int row = 0, frame = 0; row < Count; row++)
        {
            if (!_begins[row]) continue;
            CopyNumbers(row, under.Observations, into.Observations);
            CopyImage(row, frame++, into.Images);
        }
    }

    private void Draw(ReadOnlySpan<float> poses, ReadOnlySpan<float> visuals, int count)
    {
        _renderer ??= new BatchRenderer(Info.RequiredScene, _camera, _size) { ReusesUnchanged = false };
        _variations = Info.VisualRandomization.Unpack(visuals, count, _camera, _variations);
        _renderer.Render(poses, count, _frames.AsSpan(0, count * FrameLength), _variations);
    }

    private void CopyNumbers(int row, float[] inner, float[] into)
    {
        int kept = Info.Observations.Length; // all of the inner ones or none
        inner.AsSpan(row * Inner.Info.Observations.Length, kept).CopyTo(into.AsSpan(row * kept, kept));
    }

    private void CopyImage(int row, int frame, byte[] into) =>
        _frames.AsSpan(frame * FrameLength, FrameLength).CopyTo(into.AsSpan(row * FrameLength));
}
