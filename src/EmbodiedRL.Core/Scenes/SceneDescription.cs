using System.Collections.Immutable;
using System.Numerics;

namespace EmbodiedRL.Core.Scenes;

/// <summary>Scene description: everything a renderer needs to know once, independent of task and physics engine.</summary>
/// <remarks>
/// A pose row [P, 12] holds for each geom, then for each mark, its position (3, meters) and its rotation matrix (9, row-major, local to
/// world); then for each moving camera the same; then for each moving light its position (3) and unit direction (3), and six zeros.
/// </remarks>
public sealed record SceneDescription
{
    /// <summary>Floats of one pose.</summary>
    public const int FloatsPerPose = 12;

    /// <summary>The name by which <see cref="Camera"/> knows the free camera, unless the model has a camera of this name.</summary>
    public const string FreeCameraName = "free";

    /// <summary>In pose order.</summary>
    public required ImmutableArray<SceneGeom> Geoms { get; init; }

    /// <summary>
    /// What is drawn and is no geom, sites, tendons and decorations; their poses follow those of the geoms, and their visuals never vary.
    /// </summary>
    public ImmutableArray<SceneGeom> Marks { get; init; } = [];

    /// <summary>Bitmaps that geoms refer to.</summary>
    public ImmutableArray<SceneTexture> Textures { get; init; } = [];

    /// <summary>Triangles that geoms refer to.</summary>
    public ImmutableArray<SceneMesh> Meshes { get; init; } = [];

    /// <summary>The lights that are on.</summary>
    public ImmutableArray<SceneLight> Lights { get; init; } = [];

    /// <summary>The light at the camera.</summary>
    public SceneHeadlight Headlight { get; init; } = SceneHeadlight.Off;

    /// <summary>All light that comes from everywhere: the headlight's and that of all lights, red, green, blue.</summary>
    public Vector3 AmbientLight => Lights.Aggregate(Headlight.Ambient, (sum, light) => sum + light.Ambient);

    /// <summary>All cameras of the model.</summary>
    public required ImmutableArray<SceneCamera> Cameras { get; init; }

    /// <summary>Index of a cube texture that surrounds everything; -1 for none.</summary>
    public int Sky { get; init; } = -1;

    /// <summary>Color of the sky at the top of the picture, red, green, blue, where there is no <see cref="Sky"/>.</summary>
    public Vector3 BackgroundTop { get; init; }

    /// <summary>Color of the sky at the bottom of the picture.</summary>
    public Vector3 BackgroundBottom { get; init; }

    /// <summary>The haze before the sky; null for none.</summary>
    public SceneHaze? Haze { get; init; }

    /// <summary>Drawn on request only; null for none.</summary>
    public SceneFog? Fog { get; init; }

    /// <summary>Drawn on request only.</summary>
    public SceneShadows Shadows { get; init; } = SceneShadows.Usual;

    /// <summary>Meters along the viewing axis; what is nearer is not drawn.</summary>
    public float Near { get; init; } = 0.01f;

    /// <summary>Meters along the viewing axis; what is farther is not drawn, so it is where an endless floor ends.</summary>
    public float Far { get; init; } = 200;

    /// <summary>The middle of the model, meters.</summary>
    public Vector3 Center { get; init; }

    /// <summary>About how large the model is, meters.</summary>
    public float Extent { get; init; } = 1;

    /// <summary>Vertical field of view of a free camera, degrees.</summary>
    public float FieldOfViewDegrees { get; init; } = 45;

    /// <summary>P: geoms, marks, moving cameras and moving lights.</summary>
    public int PoseCount
    {
        get
        {
            int count = Geoms.Length + Marks.Length;
            foreach (SceneCamera camera in Cameras)
                if (camera.Moving >= 0) count++;
            foreach (SceneLight light in Lights)
                if (light.Moving >= 0) count++;
            return count;
        }
    }

    /// <summary>Floats of one environment's poses, 12 P.</summary>
    public int PoseLength => PoseCount * FloatsPerPose;

    /// <summary>The camera of this name.</summary>
    /// <exception cref="UnknownNameException">There is none; names the ones there are.</exception>
    public SceneCamera Camera(string name) =>
        Cameras.FirstOrDefault(camera => camera.Name == name)
        ?? (name == FreeCameraName
            ? FreeCamera()
            : throw new UnknownNameException("camera", name, [.. Cameras.Select(camera => camera.Name), FreeCameraName]));

    /// <summary>A camera that shows the whole model, as MuJoCo's viewer begins with.</summary>
    /// <param name="azimuthDegrees">Azimuth of the view direction: 0 along x, 90 along y.</param>
    /// <param name="elevationDegrees">Elevation of the view direction; negative is downwards.</param>
    public SceneCamera FreeCamera(float azimuthDegrees = 90, float elevationDegrees = -45) =>
        SceneCamera.Around(FreeCameraName, Center, 1.5f * Extent, azimuthDegrees, elevationDegrees, FieldOfViewDegrees);

    /// <summary>A camera as it stands in a state: one that moves is where the state's poses say.</summary>
    /// <param name="camera">Of this scene.</param>
    /// <param name="poses">A pose row [P, 12].</param>
    public SceneCamera Placed(SceneCamera camera, ReadOnlySpan<float> poses)
    {
        if (camera.Moving < 0) return camera;
        SceneCamera placed =
            VisualLayout.ReadCamera(camera.Name, [.. poses.Slice(MovingAt(camera.Moving), FloatsPerPose), camera.FieldOfViewDegrees]);
        return camera with { Position = placed.Position, Orientation = placed.Orientation };
    }

    /// <summary>The floats of a moving element in a pose row.</summary>
    /// <param name="moving">Its number; cameras are counted first.</param>
    public int MovingAt(int moving) => (Geoms.Length + Marks.Length + moving) * FloatsPerPose;
}
