using EmbodiedRL.Core;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rendering;
using EmbodiedRL.Training.Captioning;
using EmbodiedRL.Training.Loop;

namespace EmbodiedRL.Training.Auditing;

/// <summary>Frames of an audit's trajectories: rendered once for each size and camera, whoever reads them.</summary>
/// <param name="info">Whose scene.</param>
/// <param name="trajectories">All of the audit.</param>
/// <param name="camera">What a spec without a camera looks through.</param>
/// <param name="seed">Of what is changed.</param>
/// <param name="renderers">Lent.</param>
internal sealed class AuditFrames(EnvironmentInfo info, IReadOnlyList<AuditTrajectory> trajectories, string camera, ulong seed,
    RendererPool renderers)
{
    private const long CachedMost = 1L << 28; // bytes; what would be more is rendered again

    private readonly Dictionary<string, SceneChanges> _changes = new(StringComparer.Ordinal); // by the camera that they move
    private readonly Dictionary<(string Camera, int Size), byte[]?[]> _rendered = [];
    private long _cached;

    /// <summary>The device that renders; null if nothing was.</summary>
    public DrawingDevice? Drawing =>
        renderers.First is { } renderer ? new DrawingDevice(renderer.Device, renderer.IsSoftware) : null;

    /// <summary>uint8 [T, size, size, 3] of a trajectory as the scene has it.</summary>
    /// <param name="trajectory">Index.</param>
    /// <param name="spec">Size and camera; a square.</param>
    public byte[] Of(int trajectory, FrameSpec spec)
    {
        (string Camera, int Size) key = (CameraOf(spec), spec.Width);
        if (!_rendered.TryGetValue(key, out byte[]?[]? kept)) kept = _rendered[key] = new byte[trajectories.Count][];
        if (kept[trajectory] is { } known) return known;
        byte[] frames = Render(trajectory, spec, null);
        if (_cached + frames.Length > CachedMost) return frames;
        _cached += frames.Length;
        return kept[trajectory] = frames;
    }

    /// <summary>The same under a change of the scene, which is one for all frames of the trajectory.</summary>
    public byte[] Changed(int trajectory, FrameSpec spec, ImageChange change)
    {
        float[] poses = trajectories[trajectory].Poses;
        int length = info.RequiredScene.PoseLength, steps = trajectories[trajectory].Steps;
        if (!_changes.TryGetValue(CameraOf(spec), out SceneChanges? changes))
            changes = _changes[CameraOf(spec)] = new SceneChanges(info with { Camera = CameraOf(spec) }, seed);
        return Render(trajectory, spec,
            Join([.. Enumerable.Range(0, steps).Select(t => changes.Of(change, trajectory, poses.AsSpan(t * length, length))!)]));
    }

    private string CameraOf(FrameSpec spec) => spec.Camera.Length > 0 ? spec.Camera : camera;

    private byte[] Render(int trajectory, FrameSpec spec, SceneVariations? variations)
    {
        AuditTrajectory shown = trajectories[trajectory];
        byte[] frames = new byte[shown.Steps * spec.FrameBytes];
        BatchRenderer renderer = renderers.Get(info.RequiredScene, CameraOf(spec), spec);
        renderer.Render(shown.Poses, shown.Steps, frames,
            variations ?? info.VisualRandomization.Unpack(shown.Visuals, shown.Steps, CameraOf(spec)));
        return frames;
    }

    private static SceneVariations Join(SceneVariations[] rows) => new()
    {
        Colors = Joined(rows, row => row.Colors),
        Backgrounds = Joined(rows, row => row.Backgrounds),
        Lights = Joined(rows, row => row.Lights),
        Cameras = Joined(rows, row => row.Cameras),
    };

    private static float[]? Joined(SceneVariations[] rows, Func<SceneVariations, float[]?> block) =>
        block(rows[0]) is null ? null : [.. rows.SelectMany(row => block(row)!)];
}
