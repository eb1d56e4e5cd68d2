using System.Numerics;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Scenes;

namespace EmbodiedRL.Training.Captioning;

/// <summary>Visual augmentation: samples how images of one scene vary, so that a model learns objects rather than exact shades.</summary>
/// <remarks>
/// What a sentence may name is kept: where sentences name colors, geoms keep nearly their own; grounds and walls stay paler than any
/// thing; and cameras move so little that left stays left. Row i is a function of (seed, i) and of its poses alone.
/// </remarks>
/// <param name="info">Whose scene varies.</param>
/// <param name="seed">Of all draws.</param>
internal sealed class VisualVariation(EnvironmentInfo info, ulong seed)
{
    private const double OtherCameraShare = 0.4;   // of varied images, where the scene has other cameras
    private const double Turn = 0.04;              // radians about the two axes across the view
    private const double Roll = 0.17;              // radians about the view axis
    private const double Shift = 0.03;             // of the camera's distance from what it looks at
    private const double Zoom = 0.08;              // of the field of view
    private const double Tilt = 0.6;               // of the light's direction, before it is made a unit vector again
    private const double Shade = 0.08;             // of a geom's color
    private const double RecolorShare = 0.3;       // of varied images, where no sentence speaks of colors

    // Where sentences name these, things keep their colors.
    private static readonly string[] ColorNames = ["red", "green", "blue", "yellow", "orange", "purple", "black", "white", "pink", "brown"];

    private readonly SceneDescription _scene = info.RequiredScene;
    private readonly SceneCamera _camera = info.RequiredScene.Camera(info.Camera);
    private readonly SceneCamera[] _others = [.. info.RequiredScene.Cameras.Where(other => other.Name != info.Camera)];
    private readonly bool _keepsColors = new CaptionGrammar(info).Vocabulary.Intersect(ColorNames).Any();

    /// <summary>Looks of N pictures.</summary>
    /// <param name="first">Number of the first.</param>
    /// <param name="poses">[N, P, 12]: a camera may move with a body.</param>
    /// <param name="cameraAlone">Whether everything but the camera is as the scene has it.</param>
    /// <returns>Fresh.</returns>
    public SceneVariations Draw(long first, ReadOnlySpan<float> poses, bool cameraAlone = false)
    {
        int count = poses.Length / _scene.PoseLength;
        var variations = new SceneVariations
        {
            Colors = cameraAlone ? null : new float[count * _scene.Geoms.Length * 4],
            Backgrounds = cameraAlone ? null : new float[count * 6],
            Lights = cameraAlone ? null : new float[count * 12],
            Cameras = new float[count * 13],
        };
        for (int row = 0; row < count; row++)
        {
            var rng = Rng.For(seed, "looks", first + row);
            View(ref rng, poses.Slice(row * _scene.PoseLength, _scene.PoseLength), variations.Cameras.AsSpan(row * 13, 13));
            if (cameraAlone) continue;
            bool recolored = !_keepsColors && rng.NextDouble() < RecolorShare;
            for (int geom = 0; geom < _scene.Geoms.Length; geom++)
                ColorOf(_scene.Geoms[geom], recolored, ref rng).CopyTo(variations.Colors!, ((row * _scene.Geoms.Length) + geom) * 4);
            for (int end = 0; end < 2; end++) Pale(ref rng).CopyTo(variations.Backgrounds.AsSpan((row * 6) + (3 * end)));
            Light(ref rng, variations.Lights.AsSpan(row * 12, 12));
        }

        return variations;
    }

    private static Vector4 ColorOf(SceneGeom geom, bool recolored, ref Rng rng)
    {
        Vector3 own = new(geom.Color.X, geom.Color.Y, geom.Color.Z);
        Vector3 color = geom.Shape == GeomShape.Plane
            ? Pale(ref rng)
            : recolored
                ? new Vector3((float)rng.NextDouble(), (float)rng.NextDouble(), (float)rng.NextDouble())
                : own + Jitter(Shade, ref rng);
        return new Vector4(Vector3.Clamp(color, Vector3.Zero, Vector3.One), geom.Color.W);
    }

    private void Light(ref Rng rng, Span<float> into)
    {
        (Vector3 direction,
            Vector3 diffuse) = _scene.Lights is [var first, ..] ? (first.Direction, first.Diffuse) : (-Vector3.UnitZ, default);
        Vector3 own = direction.LengthSquared() > 0 ? Vector3.Normalize(direction) : -Vector3.UnitZ;
        float light = (float)rng.Uniform(0.5, 1.5), around = (float)rng.Uniform(0.7, 1.3);
        Vector3.Normalize(own + Jitter(Tilt, ref rng)).CopyTo(into);
        (diffuse * light).CopyTo(into[3..]);
        (_scene.AmbientLight * around).CopyTo(into[6..]);
        (_scene.Headlight.Diffuse * around).CopyTo(into[9..]);
    }

    private void View(ref Rng rng, ReadOnlySpan<float> poses, Span<float> into)
    {
        bool other = _others.Length > 0 && rng.NextDouble() < OtherCameraShare;
        SceneCamera seen = _scene.Placed(other ? _others[rng.Below(_others.Length)] : _camera, poses);
        Vector3 position = seen.Position + Jitter(Shift * Vector3.Distance(seen.Position, _scene.Center), ref rng);
        Vector3 turn = Jitter(Turn, ref rng);
        float roll = rng.NextDouble() < 0.5 ? (float)rng.Uniform(-Roll, Roll) : turn.Z;
        Quaternion orientation =
            Quaternion.Normalize(seen.Orientation * Quaternion.CreateFromYawPitchRoll(turn.Y, turn.X, roll));
        position.CopyTo(into);
        // Columns of the matrix are the camera's axes in the world; rows are written.
        (Vector3 x, Vector3 y,
            Vector3 z) = (Vector3.Transform(Vector3.UnitX, orientation), Vector3.Transform(Vector3.UnitY, orientation),
                Vector3.Transform(Vector3.UnitZ, orientation));
        new Vector3(x.X, y.X, z.X).CopyTo(into[3..]);
        new Vector3(x.Y, y.Y, z.Y).CopyTo(into[6..]);
        new Vector3(x.Z, y.Z, z.Z).CopyTo(into[9..]);
        into[12] = seen.FieldOfViewDegrees * (float)rng.Uniform(1 - Zoom, 1 + Zoom);
    }

    /// <summary>Any brightness, little color: never to be taken for a colored geom.</summary>
    private static Vector3 Pale(ref Rng rng) =>
        Vector3.Clamp(new Vector3((float)rng.Uniform(0.25, 1)) + Jitter(0.15, ref rng), Vector3.Zero, Vector3.One);

    private static Vector3 Jitter(double most, ref Rng rng) =>
        new((float)rng.Uniform(-most, most), (float)rng.Uniform(-most, most), (float)rng.Uniform(-most, most));
}
