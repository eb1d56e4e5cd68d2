using System.Numerics;
using EmbodiedRL.Core.Scenes;

namespace EmbodiedRL.Rendering.Painting;

/// <summary>
/// Shape of sky and haze: as in MuJoCo, the sky is a cylinder around the camera, as wide as high, and haze a cone
/// that rises inwards from an infinite plane.
/// </summary>
internal sealed class SkyShape(SceneDescription scene)
{
    private const float Side = MathF.Tau / 28; // of MuJoCo's cylinder, seen from its axis

    private readonly float _nearest = 1 / scene.Near, _span = (1 / scene.Near) - (1 / scene.Far);
    private readonly int _plane = scene.Sky >= 0 && scene.Haze is not null ? scene.Geoms.ToList().FindIndex(SceneEncoding.IsEndless) : -1;

    /// <summary>Meters from the camera to the sky, level: near enough that no corner of the cylinder is cut off by the far plane.</summary>
    public float Radius { get; } = scene.Far * 0.7f;

    /// <summary>The same half-way between the circle and its sides.</summary>
    public float MeanRadius => Radius * (1 + MathF.Cos(Side / 2)) / 2;

    /// <summary>Meters around the camera within which neither haze nor sky lies before a plane without end.</summary>
    public float ClearReach => MeanRadius * (1 - (scene.Haze?.Share ?? 0));

    /// <summary>
    /// Height of the densest haze, as a share of the camera's height above the plane: where the cone's slope meets the line to the middle.
    /// </summary>
    public float HazeHeight
    {
        get
        {
            float share = scene.Haze?.Share ?? 0, alpha = MathF.Atan2(1, share), beta = (0.75f * MathF.PI) - alpha;
            return MathF.Sqrt(0.5f) * share * MathF.Sin(alpha) / MathF.Sin(beta);
        }
    }

    /// <summary>Depth as the device keeps it, in meters along the viewing axis.</summary>
    /// <param name="depth">[H, W] in [0, 1].</param>
    /// <param name="view">The view.</param>
    /// <param name="poses">The environment's pose row.</param>
    /// <param name="isDrawn">Whether there is a sky, with haze if the scene has any.</param>
    /// <param name="meters">[H, W], overwritten.</param>
    public void ToMeters(ReadOnlySpan<float> depth, View view, ReadOnlySpan<float> poses, bool isDrawn, Span<float> meters)
    {
        for (int i = 0; i < depth.Length; i++) meters[i] = depth[i] < 1 ? 1 / (_nearest - (depth[i] * _span)) : scene.Far;
        if (!isDrawn || scene.Sky < 0) return;
        int size = (int)Math.Sqrt(depth.Length);
        (Vector3 normal, float height) = Plane(view, poses);
        for (int i = 0; i < depth.Length; i++)
        {
            (float x, float y) = (((2 * ((i % size) + 0.5f)) / size) - 1, 1 - (2 * ((i / size) + 0.5f) / size));
            Vector3 ray = view.Forward + (((x * view.Lens.HalfWidth) + view.Lens.CenterX) * view.Right)
                + (((y * view.Lens.HalfHeight) + view.Lens.CenterY) * view.Up);
            meters[i] = MathF.Min(meters[i], MathF.Min(SkyAt(ray), HazeAt(ray, normal, height)));
        }
    }

    private (Vector3 Normal, float Height) Plane(View view, ReadOnlySpan<float> poses)
    {
        if (_plane < 0) return (Vector3.UnitZ, -1);
        ReadOnlySpan<float> pose = poses[(_plane * SceneDescription.FloatsPerPose)..];
        var normal = new Vector3(pose[5], pose[8], pose[11]);
        return (normal, Vector3.Dot(view.Eye - new Vector3(pose), normal));
    }

    private float SkyAt(Vector3 ray)
    {
        float angle = MathF.Atan2(ray.Y, ray.X);
        float off = angle - (MathF.Floor(angle / Side) * Side) - (Side / 2);
        float wall = Radius * MathF.Cos(Side / 2) / MathF.Cos(off) / MathF.Max(new Vector2(ray.X, ray.Y).Length(), 1e-9f);
        return MathF.Min(wall, Radius / MathF.Max(MathF.Abs(ray.Z), 1e-9f));
    }

    private float HazeAt(Vector3 ray, Vector3 normal, float height)
    {
        float down = -Vector3.Dot(ray, normal);
        if (height < 0 || down <= 0) return float.PositiveInfinity;
        float fall = down * Radius / MathF.Max(height, 1e-6f), level = (ray + (down * normal)).Length();
        float away = 1 / (level + (scene.Haze!.Share * fall));
        return 1 - (fall * away) > 0 ? away * Radius : float.PositiveInfinity;
    }
}
