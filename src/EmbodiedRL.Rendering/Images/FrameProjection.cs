using System.Numerics;
using EmbodiedRL.Core.Scenes;

namespace EmbodiedRL.Rendering.Images;

/// <summary>Projection of world points to pixels of a square image, consistent with the renderer.</summary>
/// <param name="camera">Where it stands in the state that is shown; see <see cref="SceneDescription.Placed"/>.</param>
/// <param name="size">Pixels a side.</param>
public sealed class FrameProjection(SceneCamera camera, int size)
{
    private const float Nearest = 1e-3f;

    private readonly Quaternion _toCamera = Quaternion.Conjugate(camera.Orientation);
    private readonly SceneLens _lens = camera.Lens ?? Symmetric(MathF.Tan(camera.FieldOfViewDegrees * MathF.PI / 360));

    /// <summary>Pixels a side.</summary>
    public int Size => size;

    /// <summary>The pixel of a point, x to the right and y down, fractions included; null if it lies behind the camera.</summary>
    /// <param name="point">m.</param>
    public Vector2? Find(Vector3 point)
    {
        Vector3 seen = Vector3.Transform(point - camera.Position, _toCamera);
        if (-seen.Z < Nearest) return null;
        (float x, float y) =
            (((seen.X / -seen.Z) - _lens.CenterX) / _lens.HalfWidth, ((seen.Y / -seen.Z) - _lens.CenterY) / _lens.HalfHeight);
        return new Vector2((1 + x) * size / 2, (1 - y) * size / 2);
    }

    private static SceneLens Symmetric(float half) => new(half, half);
}
