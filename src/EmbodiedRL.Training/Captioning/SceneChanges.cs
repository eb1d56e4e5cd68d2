using System.Numerics;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Scenes;

namespace EmbodiedRL.Training.Captioning;

/// <summary>Scene changes of a measurement: one aspect of the visuals at a time, all others as the scene has them.</summary>
/// <remarks>
/// Row i is a function of (seed, change, i) alone; what training varies has no part in it, so that figures stay comparable.
/// </remarks>
internal sealed class SceneChanges(EnvironmentInfo info, ulong seed)
{
    private const double Shift = 0.05;   // of the camera's distance from the middle of the scene
    private const double Roll = Math.PI / 18;
    private const double Shade = 0.1;    // of a geom's color
    private const double Tilt = 0.5;     // of the light's direction, before it is made a unit vector again
    private const int Background = 6, Light = 12, View = 13;

    private readonly SceneDescription _scene = info.RequiredScene;
    private readonly SceneCamera _camera = info.RequiredScene.Camera(info.Camera);
    private readonly VisualVariation _training = new(info, seed);

    /// <summary>The visuals of some rows.</summary>
    /// <param name="change">Of the scene; changes of pixels leave the scene as it is.</param>
    /// <param name="first">Number of the first row.</param>
    /// <param name="poses">[N, P, 12], where cameras that move are.</param>
    /// <returns>Null if the scene is as it is.</returns>
    public SceneVariations? Of(ImageChange change, int first, ReadOnlySpan<float> poses)
    {
        int count = poses.Length / _scene.PoseLength, colors = _scene.Geoms.Length * 4;
        SceneVariations? made = change switch
        {
            ImageChange.Varied => _training.Draw(first, poses),
            ImageChange.Backgrounds =>
                new SceneVariations { Colors = new float[count * colors], Backgrounds = new float[count * Background] },
            ImageChange.BodyColors => new SceneVariations { Colors = new float[count * colors] },
            ImageChange.Light => new SceneVariations { Lights = new float[count * Light] },
            ImageChange.CameraShift or ImageChange.CameraRoll => new SceneVariations { Cameras = new float[count * View] },
            _ => null,
        };
        if (made is null || change == ImageChange.Varied) return made;
        for (int row = 0; row < count; row++)
        {
            var rng = Rng.For(seed, change.ToString(), first + row);
            if (made.Colors is { } some) Color(change, ref rng, some.AsSpan(row * colors, colors));
            if (made.Backgrounds is { } skies)
                for (int end = 0; end < 2; end++) Pale(ref rng).CopyTo(skies.AsSpan((row * Background) + (end * 3)));
            if (made.Lights is { } lights) Illuminate(ref rng, lights.AsSpan(row * Light, Light));
            if (made.Cameras is { } cameras)
            {
                SceneCamera placed = _scene.Placed(_camera, poses.Slice(row * _scene.PoseLength, _scene.PoseLength));
                VisualLayout.WriteCamera(Move(change, placed, ref rng), cameras.AsSpan(row * View, View));
            }
        }

        return made;
    }

    private void Color(ImageChange change, ref Rng rng, Span<float> into)
    {
        for (int i = 0; i < _scene.Geoms.Length; i++)
        {
            SceneGeom geom = _scene.Geoms[i];
            bool ground = geom.Shape == GeomShape.Plane;
            Vector3 color = geom.Color.AsVector3();
            if (ground && change == ImageChange.Backgrounds) color = Pale(ref rng);
            if (!ground && change == ImageChange.BodyColors)
                color = Vector3.Clamp(color + Jitter(Shade, ref rng), Vector3.Zero, Vector3.One);
            new Vector4(color, geom.Color.W).CopyTo(into[(i * 4)..]);
        }
    }

    private void Illuminate(ref Rng rng, Span<float> into)
    {
        SceneLight? light = _scene.Lights.FirstOrDefault();
        Vector3 own = light is { } first && first.Direction.LengthSquared() > 0 ? Vector3.Normalize(first.Direction) : -Vector3.UnitZ;
        float strength = (float)rng.Uniform(0.6, 1.4), around = (float)rng.Uniform(0.75, 1.25);
        Vector3.Normalize(own + Jitter(Tilt, ref rng)).CopyTo(into);
        ((light?.Diffuse ?? default) * strength).CopyTo(into[3..]);
        (_scene.AmbientLight * around).CopyTo(into[6..]);
        (_scene.Headlight.Diffuse * around).CopyTo(into[9..]);
    }

    private SceneCamera Move(ImageChange change, SceneCamera placed, ref Rng rng)
    {
        if (change == ImageChange.CameraShift)
            return placed with { Position = placed.Position + Jitter(Shift * Vector3.Distance(placed.Position, _scene.Center), ref rng) };
        var roll = Quaternion.CreateFromAxisAngle(Vector3.UnitZ, (float)rng.Uniform(-Roll, Roll));
        return placed with { Orientation = Quaternion.Normalize(placed.Orientation * roll) };
    }

    /// <summary>Any brightness, little color: never to be taken for a colored geom.</summary>
    private static Vector3 Pale(ref Rng rng) =>
        Vector3.Clamp(new Vector3((float)rng.Uniform(0.25, 1)) + Jitter(0.15, ref rng), Vector3.Zero, Vector3.One);

    private static Vector3 Jitter(double most, ref Rng rng) =>
        new((float)rng.Uniform(-most, most), (float)rng.Uniform(-most, most), (float)rng.Uniform(-most, most));
}
