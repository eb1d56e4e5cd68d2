using System.Collections.Immutable;
using System.Numerics;

namespace EmbodiedRL.Core.Scenes;

/// <summary>Layout of a row of visual parameters [L]: which of them vary from episode to episode, and where each block lies.</summary>
/// <remarks>
/// Blocks in order: colors [G, 4], textures [G], background [6], light [12], cameras [C, 13], as <see cref="SceneVariations"/> has them.
/// </remarks>
public sealed record VisualLayout
{
    private const int Background = 6, Light = 12, Camera = 13;

    /// <summary>Nothing changes; rows are empty.</summary>
    public static VisualLayout None { get; } = new();

    /// <summary>G, the geoms of the scene.</summary>
    public int Geoms { get; init; }

    /// <summary>Whether colors change.</summary>
    public bool HasColors { get; init; }

    /// <summary>Whether textures change.</summary>
    public bool HasTextures { get; init; }

    /// <summary>Whether the sky changes.</summary>
    public bool HasBackground { get; init; }

    /// <summary>Whether the light changes.</summary>
    public bool HasLight { get; init; }

    /// <summary>Cameras that change, by name.</summary>
    public ImmutableArray<string> Cameras { get; init; } = [];

    /// <summary>L.</summary>
    public int Length => CamerasAt + (Camera * Cameras.Length);

    /// <summary>Where textures begin; colors begin at 0.</summary>
    public int TexturesAt => HasColors ? 4 * Geoms : 0;

    /// <summary>Where the sky begins.</summary>
    public int BackgroundAt => TexturesAt + (HasTextures ? Geoms : 0);

    /// <summary>Where the light begins.</summary>
    public int LightAt => BackgroundAt + (HasBackground ? Background : 0);

    /// <summary>Where the first camera begins.</summary>
    public int CamerasAt => LightAt + (HasLight ? Light : 0);

    /// <summary>Writes the scene's own visual parameters.</summary>
    /// <param name="scene">The scene.</param>
    /// <param name="row">[L], overwritten in full.</param>
    public void WriteOwn(SceneDescription scene, Span<float> row)
    {
        for (int geom = 0; geom < Geoms; geom++)
        {
            if (HasColors) scene.Geoms[geom].Color.CopyTo(row[(4 * geom)..]);
            if (HasTextures) row[TexturesAt + geom] = scene.Geoms[geom].Texture;
        }

        if (HasBackground) Put(row[BackgroundAt..], scene.BackgroundTop, scene.BackgroundBottom);
        if (HasLight)
        {
            SceneLight? light = scene.Lights.FirstOrDefault();
            Put(row[LightAt..], light?.Direction ?? -Vector3.UnitZ, light?.Diffuse ?? Vector3.Zero,
                scene.AmbientLight, scene.Headlight.Diffuse);
        }

        for (int i = 0; i < Cameras.Length; i++) WriteCamera(scene.Camera(Cameras[i]), row.Slice(CamerasAt + (Camera * i), Camera));
    }

    /// <summary>Look rows as the renderer reads them.</summary>
    /// <param name="visuals">[N, L].</param>
    /// <param name="count">N.</param>
    /// <param name="camera">The camera that renders.</param>
    /// <param name="reuse">What an earlier call returned: if it is of the same size, its arrays are
    /// written anew and nothing is allocated.</param>
    /// <returns>Null if nothing varies.</returns>
    /// <exception cref="SpecMismatchException">The rows are not of this layout.</exception>
    public SceneVariations? Unpack(ReadOnlySpan<float> visuals, int count, string camera, SceneVariations? reuse = null)
    {
        if (Length == 0) return null;
        SpecMismatchException.ThrowIfLength("visual parameters [N, L]", visuals.Length, count * Length);
        int seen = Cameras.IndexOf(camera);
        SceneVariations into = reuse is not null && IsFor(reuse, count, seen >= 0) ? reuse : Make(count, seen >= 0);
        for (int row = 0; row < count; row++)
        {
            ReadOnlySpan<float> look = visuals.Slice(row * Length, Length);
            if (into.Colors is { } colors) look[..TexturesAt].CopyTo(colors.AsSpan(row * 4 * Geoms));
            for (int geom = 0; geom < Geoms && into.Textures is not null; geom++)
                into.Textures[(row * Geoms) + geom] = (int)look[TexturesAt + geom];
            if (into.Backgrounds is { } skies) look.Slice(BackgroundAt, Background).CopyTo(skies.AsSpan(row * Background));
            if (into.Lights is { } lights) look.Slice(LightAt, Light).CopyTo(lights.AsSpan(row * Light));
            if (into.Cameras is { } cameras) look.Slice(CamerasAt + (Camera * seen), Camera).CopyTo(cameras.AsSpan(row * Camera));
        }

        return into;
    }

    /// <summary>
    /// A camera's axes as <see cref="SceneVariations.Cameras"/> has them: the rotation matrix from camera to world, row-major.
    /// </summary>
    /// <param name="orientation">From camera axes to world axes.</param>
    /// <param name="axes">[9], overwritten.</param>
    public static void WriteAxes(Quaternion orientation, Span<float> axes)
    {
        Vector3 x = Vector3.Transform(Vector3.UnitX, orientation), y = Vector3.Transform(Vector3.UnitY, orientation),
            z = Vector3.Transform(Vector3.UnitZ, orientation);
        Put(axes, new Vector3(x.X, y.X, z.X), new Vector3(x.Y, y.Y, z.Y), new Vector3(x.Z, y.Z, z.Z));
    }

    /// <summary>A camera as a row of <see cref="SceneVariations.Cameras"/>.</summary>
    /// <param name="camera">Its lens, if it has one, is left out: a row knows a field of view alone.</param>
    /// <param name="row">[13], overwritten.</param>
    public static void WriteCamera(SceneCamera camera, Span<float> row)
    {
        camera.Position.CopyTo(row);
        WriteAxes(camera.Orientation, row[3..]);
        row[Camera - 1] = camera.FieldOfViewDegrees;
    }

    /// <summary>The camera that a row of <see cref="SceneVariations.Cameras"/> stands for.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="row">[13].</param>
    public static SceneCamera ReadCamera(string name, ReadOnlySpan<float> row)
    {
        // System.Numerics multiplies rows by matrices: hence transposed.
        var axes = new Matrix4x4(row[3], row[6], row[9], 0, row[4], row[7], row[10], 0, row[5], row[8], row[11], 0, 0, 0, 0, 1);
        return new SceneCamera(name, new Vector3(row), Quaternion.Normalize(Quaternion.CreateFromRotationMatrix(axes)), row[Camera - 1]);
    }

    private static void Put(Span<float> into, params ReadOnlySpan<Vector3> vectors)
    {
        for (int i = 0; i < vectors.Length; i++) vectors[i].CopyTo(into[(3 * i)..]);
    }

    private SceneVariations Make(int count, bool hasCamera) => new()
    {
        Colors = HasColors ? new float[count * 4 * Geoms] : null,
        Textures = HasTextures ? new int[count * Geoms] : null,
        Backgrounds = HasBackground ? new float[count * Background] : null,
        Lights = HasLight ? new float[count * Light] : null,
        Cameras = hasCamera ? new float[count * Camera] : null,
    };

    private bool IsFor(SceneVariations made, int count, bool hasCamera) =>
        (made.Colors?.Length ?? 0) == (HasColors ? count * 4 * Geoms : 0)
            && (made.Textures?.Length ?? 0) == (HasTextures ? count * Geoms : 0)
        && (made.Backgrounds?.Length ?? 0) == (HasBackground ? count * Background : 0)
        && (made.Lights?.Length ?? 0) == (HasLight ? count * Light : 0)
        && (made.Cameras?.Length ?? 0) == (hasCamera ? count * Camera : 0);
}
