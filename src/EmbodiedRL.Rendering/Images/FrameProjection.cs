using System.Numerics;
using EmbodiedRL.Core.Scenes;

namespace EmbodiedRL.Rendering.Images;

/// <summary>Where points of the world fall in a square picture: what is drawn over frames must lie where the renderer put things.</summary>
/// <param name="Position">Of the camera, m.</param>
/// <param name="Right">Unit length.</param>
/// <param name="Up">Unit length.</param>
/// <param name="FieldOfViewDegrees">Vertical.</param>
/// <param name="Size">Pixels a side.</param>
public sealed record FrameProjection(Vector3 Position, Vector3 Right, Vector3 Up, float FieldOfViewDegrees, int Size)
{
    private const float Nearest = 1e-3f;

    /// <summary>Along the view, unit length.</summary>
    private Vector3 Forward => Vector3.Cross(Up, Right);

    /// <summary>Through a camera of the scene.</summary>
    public static FrameProjection Of(SceneCamera camera, int size) =>
        new(camera.Position, Vector3.Transform(Vector3.UnitX, camera.Orientation), Vector3.Transform(Vector3.UnitY, camera.Orientation), camera.FieldOfViewDegrees, size);

    /// <summary>The pixel of a point, x to the right and y down, fractions included; null if it lies behind the camera.</summary>
    /// <param name="point">m.</param>
    public Vector2? Find(Vector3 point)
    {
        Vector3 seen = point - Position;
        float depth = Vector3.Dot(seen, Forward);
        if (depth < Nearest) return null;
        float scale = Size / (2 * depth * MathF.Tan(FieldOfViewDegrees * MathF.PI / 360));
        return new Vector2((Size / 2f) + (scale * Vector3.Dot(seen, Right)), (Size / 2f) - (scale * Vector3.Dot(seen, Up)));
    }

    /// <summary>How many pixels a metre is at a point; 0 behind the camera.</summary>
    public float PixelsPerMetre(Vector3 point)
    {
        float depth = Vector3.Dot(point - Position, Forward);
        return depth < Nearest ? 0 : Size / (2 * depth * MathF.Tan(FieldOfViewDegrees * MathF.PI / 360));
    }
}
