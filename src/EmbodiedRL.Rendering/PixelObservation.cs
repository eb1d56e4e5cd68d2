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

/// <summary>Shows the agent what a camera sees: H W 3 numbers in [0, 1], row 0 at the top, instead of the inner observation or behind it.</summary>
/// <remarks>
/// A frame is drawn as bytes and divided by 255. The last frame of an episode and the first of the next are both drawn. GL is opened with the
/// first frame, so that an environment can be described where nothing can be drawn.
/// </remarks>
[NoPaper("renders the scene")]
public sealed class PixelObservation : EnvironmentWrapper
{
    private readonly string _camera;
    private readonly int _size;
    private readonly int _kept;
    private readonly float[] _poses;
    private readonly float[] _looks;
    private readonly byte[] _frames;
    private readonly bool[] _begins;
    private BatchRenderer? _renderer;
    private SceneVariations? _variations;

    /// <summary>Wraps an environment.</summary>
    /// <param name="inner">Owned from here on.</param>
    /// <param name="camera">A camera of its scene.</param>
    /// <param name="size">Width and height in pixels, 16 to 1,024.</param>
    /// <param name="appends">Whether the inner observation stays, before the pixels.</param>
    /// <exception cref="UnknownNameException">The scene has no such camera.</exception>
    public PixelObservation(IVectorEnvironment inner, string camera, int size, bool appends)
        : base(inner, inner.Info with { Observations = Seen(inner.Info.Observations, inner.Info.RequiredScene.Camera(camera).Name, size, appends) }, isReshaped: true)
    {
        (_camera, _size, _kept) = (camera, size, appends ? inner.Info.Observations.Length : 0);
        (_poses, _looks) = (new float[inner.Count * inner.Info.RequiredScene.PoseLength], new float[inner.Count * inner.Info.VisualRandomization.Length]);
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
    protected override void OnStep(StepBuffer under, StepBuffer into, ReadOnlySpan<bool> resting)
    {
        Draw(under.Poses, under.VisualParameters, Count);
        bool any = false;
        for (int row = 0; row < Count; row++)
        {
            bool ends = _begins[row] = !Rests(resting, row) && under.Kinds[row].Ends();
            any |= ends;
            if (!Rests(resting, row)) Show(row, row, ends ? under.FinalObservations : under.Observations, ends ? into.FinalObservations : into.Observations);
        }

        if (any) ShowNext(under, into);
    }

    /// <inheritdoc/>
    protected override void OnRestart(ReadOnlySpan<bool> rows, StepBuffer under, StepBuffer into)
    {
        rows.CopyTo(_begins);
        ShowNext(under, into);
    }

    private static ObservationSpec Seen(ObservationSpec inner, string camera, int size, bool appends)
    {
        if (size is < 16 or > 1024) throw new SpecMismatchException("size of the pixels", "16 to 1024", $"{size}");
        var pixels = new FieldSpec("pixels", size * size * 3, 0, 1, Meaning: $"what camera '{camera}' sees, {size} by {size}, red, green, blue");
        return appends ? new ObservationSpec([.. inner.Fields, pixels]) : new ObservationSpec(pixels);
    }

    private void ShowAll(StepBuffer under, StepBuffer into)
    {
        Draw(under.Poses, under.VisualParameters, Count);
        for (int row = 0; row < Count; row++) Show(row, row, under.Observations, into.Observations);
    }

    /// <summary>Shows the first frames of the episodes that have just begun.</summary>
    private void ShowNext(StepBuffer under, StepBuffer into)
    {
        int poses = Info.RequiredScene.PoseLength, looks = Info.VisualRandomization.Length, begun = 0;
        for (int row = 0; row < Count; row++)
        {
            if (!_begins[row]) continue;
            Array.Copy(under.NextPoses, row * poses, _poses, begun * poses, poses);
            Array.Copy(under.NextVisualParameters, row * looks, _looks, begun * looks, looks);
            begun++;
        }

        Draw(_poses.AsSpan(0, begun * poses), _looks.AsSpan(0, begun * looks), begun);
        for (int row = 0, frame = 0; row < Count; row++)
            if (_begins[row]) Show(row, frame++, under.Observations, into.Observations);
    }

    private void Draw(ReadOnlySpan<float> poses, ReadOnlySpan<float> looks, int count)
    {
        _renderer ??= new BatchRenderer(Info.RequiredScene, _camera, _size) { ReusesUnchanged = false };
        _variations = Info.VisualRandomization.Unpack(looks, count, _camera, _variations);
        _renderer.Render(poses, count, _frames.AsSpan(0, count * FrameLength), _variations);
    }

    private void Show(int row, int picture, float[] inner, float[] into)
    {
        Span<float> shown = into.AsSpan(row * Info.Observations.Length, Info.Observations.Length);
        int width = Inner.Info.Observations.Length;
        inner.AsSpan(row * width, _kept).CopyTo(shown);
        ReadOnlySpan<byte> frame = _frames.AsSpan(picture * FrameLength, FrameLength);
        for (int i = 0; i < frame.Length; i++) shown[_kept + i] = frame[i] / 255f;
    }
}
