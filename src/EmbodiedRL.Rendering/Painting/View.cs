using System.Numerics;
using EmbodiedRL.Core.Scenes;

namespace EmbodiedRL.Rendering.Painting;

/// <summary>View: position and direction of a camera, its mirror image, or a light.</summary>
/// <param name="Eye">Meters.</param>
/// <param name="Right">Unit.</param>
/// <param name="Up">Unit.</param>
/// <param name="Forward">Unit.</param>
/// <param name="Lens">How wide.</param>
internal readonly record struct View(Vector3 Eye, Vector3 Right, Vector3 Up, Vector3 Forward, View.Tangents Lens)
{
    /// <summary>Floats of one view.</summary>
    public const int Floats = 16;

    /// <summary>A camera in one environment.</summary>
    /// <param name="scene">Whose camera.</param>
    /// <param name="camera">Used where nothing varies.</param>
    /// <param name="poses">The environment's pose row.</param>
    /// <param name="variations">Null for the scene as it is.</param>
    /// <param name="row">Which environment of the variations.</param>
    public static View Of(SceneDescription scene, SceneCamera camera, ReadOnlySpan<float> poses, SceneVariations? variations, int row)
    {
        if (variations?.Cameras is { } cameras)
        {
            ReadOnlySpan<float> own = cameras.AsSpan(row * 13, 13);
            return OfPose(own, Tangents.Of(own[12]));
        }

        Tangents lens = camera.Lens is { } given
            ? new(given.HalfWidth, given.HalfHeight, given.CenterX, given.CenterY)
            : Tangents.Of(camera.FieldOfViewDegrees);
        if (camera.Moving >= 0) return OfPose(poses[scene.MovingAt(camera.Moving)..], lens);
        return new View(
            camera.Position, Vector3.Transform(Vector3.UnitX, camera.Orientation), Vector3.Transform(Vector3.UnitY, camera.Orientation),
            Vector3.Transform(-Vector3.UnitZ, camera.Orientation), lens);
    }

    /// <summary>A view from a position in a direction; its up axis is arbitrary.</summary>
    public static View Toward(Vector3 eye, Vector3 forward, float tangent)
    {
        Vector3 right = Vector3.Normalize(Vector3.Cross(forward, MathF.Abs(forward.Z) < 0.9f ? Vector3.UnitZ : Vector3.UnitX));
        return new View(eye, right, Vector3.Cross(right, forward), forward, new(tangent, tangent, 0, 0));
    }

    /// <summary>What a mirror makes of it.</summary>
    /// <param name="point">Of the mirror.</param>
    /// <param name="normal">Unit.</param>
    public View Mirrored(Vector3 point, Vector3 normal) => new(
        point + Vector3.Reflect(Eye - point, normal), Vector3.Reflect(Right, normal), Vector3.Reflect(Up, normal),
        Vector3.Reflect(Forward, normal), Lens);

    /// <summary>Writes it as the shaders have it.</summary>
    public void Write(Span<float> into)
    {
        Put(into, Eye, Lens.HalfWidth);
        Put(into[4..], Right, Lens.HalfHeight);
        Put(into[8..], Up, Lens.CenterX);
        Put(into[12..], Forward, Lens.CenterY);

        static void Put(Span<float> into, Vector3 xyz, float w)
        {
            xyz.CopyTo(into);
            into[3] = w;
        }
    }

    private static View OfPose(ReadOnlySpan<float> pose, Tangents lens) =>
        new(new(pose), new(pose[3], pose[6], pose[9]), new(pose[4], pose[7], pose[10]), -new Vector3(pose[5], pose[8], pose[11]), lens);

    /// <summary>See <see cref="SceneLens"/>.</summary>
    internal readonly record struct Tangents(float HalfWidth, float HalfHeight, float CenterX, float CenterY)
    {
        public static Tangents Of(float fieldOfViewDegrees)
        {
            float tangent = MathF.Tan(fieldOfViewDegrees * MathF.PI / 360);
            return new(tangent, tangent, 0, 0);
        }
    }
}
