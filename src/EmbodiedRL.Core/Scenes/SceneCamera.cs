using System.Numerics;

namespace EmbodiedRL.Core.Scenes;

/// <summary>Camera; its view direction is local -z, local y is up.</summary>
/// <param name="Name">As in the model.</param>
/// <param name="Position">Meters; where it is in the model's default state, if it moves.</param>
/// <param name="Orientation">From camera axes to world axes.</param>
/// <param name="FieldOfViewDegrees">Vertical, degrees.</param>
public sealed record SceneCamera(string Name, Vector3 Position, Quaternion Orientation, float FieldOfViewDegrees)
{
    /// <summary>Index among the moving elements of a pose row (see <see cref="SceneDescription"/>); -1 if it stands still.</summary>
    public int Moving { get; init; } = -1;

    /// <summary>A lens given by intrinsics; null if it is the symmetric one of the field of view.</summary>
    public SceneLens? Lens { get; init; }

    /// <summary>A camera aimed at a point from a direction, with z up.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="target">The point it is aimed at, meters.</param>
    /// <param name="distance">Meters from there.</param>
    /// <param name="azimuthDegrees">Azimuth of the view direction: 0 along x, 90 along y.</param>
    /// <param name="elevationDegrees">Elevation of the view direction; negative is downwards.</param>
    /// <param name="fieldOfViewDegrees">Vertical.</param>
    public static SceneCamera Around(string name, Vector3 target, float distance, float azimuthDegrees,
        float elevationDegrees, float fieldOfViewDegrees)
    {
        (float sinA, float cosA) = MathF.SinCos(azimuthDegrees * MathF.PI / 180);
        (float sinE, float cosE) = MathF.SinCos(elevationDegrees * MathF.PI / 180);
        var forward = new Vector3(cosE * cosA, cosE * sinA, sinE);
        var up = new Vector3(-sinE * cosA, -sinE * sinA, cosE);
        Vector3 right = Vector3.Cross(forward, up);
        var axes = new Matrix4x4(right.X, right.Y, right.Z, 0, up.X, up.Y, up.Z, 0, -forward.X, -forward.Y, -forward.Z, 0, 0, 0, 0, 1);
        return new SceneCamera(name, target - (distance * forward), Quaternion.CreateFromRotationMatrix(axes), fieldOfViewDegrees);
    }
}

/// <summary>Lens of a camera: what it sees at distance 1, in its own axes, from center minus half to center plus half.</summary>
/// <param name="HalfWidth">Tangent.</param>
/// <param name="HalfHeight">Tangent.</param>
/// <param name="CenterX">Tangent; positive lies right of the view direction.</param>
/// <param name="CenterY">Tangent; positive lies above.</param>
public sealed record SceneLens(float HalfWidth, float HalfHeight, float CenterX = 0, float CenterY = 0)
{
    /// <summary>From focal lengths and principal point, all in pixels, of a picture of so many pixels.</summary>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="focalX">Pixels.</param>
    /// <param name="focalY">Pixels.</param>
    /// <param name="principalX">Pixels from the left.</param>
    /// <param name="principalY">Pixels from the top.</param>
    public static SceneLens FromIntrinsics(int width, int height, float focalX, float focalY, float principalX, float principalY) =>
        new(width / (2 * focalX), height / (2 * focalY), ((width / 2f) - principalX) / focalX, (principalY - (height / 2f)) / focalY);
}
