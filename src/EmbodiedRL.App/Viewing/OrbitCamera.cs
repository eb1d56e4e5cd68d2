using System.Numerics;
using EmbodiedRL.Core.Scenes;

namespace EmbodiedRL.App.Viewing;

/// <summary>Orbit camera: on a sphere around a point, turned with the mouse. Angles in degrees, z is up.</summary>
/// <param name="Target">What it looks at, m.</param>
/// <param name="Azimuth">Around z; 0 looks along y, i.e. from the front of most scenes.</param>
/// <param name="Elevation">Above the horizon, in [-89, 89].</param>
/// <param name="Distance">From the target, m.</param>
/// <param name="FieldOfView">Vertical, degrees.</param>
internal sealed record OrbitCamera(Vector3 Target, float Azimuth, float Elevation, float Distance, float FieldOfView)
{
    private const float Highest = 89, Nearest = 0.05f, Farthest = 1000;
    private const int Numbers = 13; // of a row of SceneVariations.Cameras

    /// <summary>Where the camera stands, m.</summary>
    public Vector3 Position => Camera.Position;

    /// <summary>Along the view, unit length.</summary>
    public Vector3 Forward => Vector3.Transform(-Vector3.UnitZ, Camera.Orientation);

    /// <summary>To the right in the picture, unit length.</summary>
    public Vector3 Right => Vector3.Transform(Vector3.UnitX, Camera.Orientation);

    /// <summary>Upwards in the picture, unit length.</summary>
    public Vector3 Up => Vector3.Transform(Vector3.UnitY, Camera.Orientation);

    private SceneCamera Camera => SceneCamera.Around("orbit", Target, Distance, Azimuth + 90, -Elevation, FieldOfView);

    /// <summary>Begins where a camera of the scene stands, around the point in front of it that is nearest to what is drawn.</summary>
    /// <param name="camera">Of the scene.</param>
    /// <param name="center">Of what is drawn, m.</param>
    public static OrbitCamera From(SceneCamera camera, Vector3 center)
    {
        Vector3 forward = Vector3.Transform(-Vector3.UnitZ, camera.Orientation);
        float distance = Math.Clamp(Vector3.Dot(center - camera.Position, forward), 0.5f, Farthest);
        float elevation = Math.Clamp(MathF.Asin(Math.Clamp(-forward.Z, -1, 1)) * 180 / MathF.PI, -Highest, Highest);
        return new OrbitCamera(camera.Position + (distance * forward), MathF.Atan2(-forward.X, forward.Y) * 180 / MathF.PI, elevation,
            distance, camera.FieldOfViewDegrees);
    }

    /// <summary>Turned, tilted and moved nearer (factor below 1) or farther.</summary>
    public OrbitCamera Turned(float azimuth, float elevation, float factor) => this with
    {
        Azimuth = MathF.IEEERemainder(Azimuth + azimuth, 360),
        Elevation = Math.Clamp(Elevation + elevation, -Highest, Highest),
        Distance = Math.Clamp(Distance * factor, Nearest, Farthest),
    };

    /// <summary>For the renderer: a row of <see cref="SceneVariations.Cameras"/>.</summary>
    public float[] ToCameras()
    {
        float[] row = new float[Numbers];
        VisualLayout.WriteCamera(Camera, row);
        return row;
    }
}
