using System.Collections.Immutable;
using System.Numerics;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Scenes;

namespace EmbodiedRL.Training.Reasoning;

/// <summary>Placement: finds positions and a camera from which all things of a scene are seen apart from each other.</summary>
internal static class ShapePlacement
{
    private const int Tries = 400;
    private const double Radius = 0.52;     // meters, of the circle that things stand in
    private const float Gap = 0.03f;        // meters between two things
    private const float Apart = 0.8f;       // least distance of two centers in the image, as a share of the sum of their radii there

    /// <summary>Places things.</summary>
    /// <param name="things">What they are; where they are is overwritten.</param>
    /// <param name="fits">What else must hold of the scene.</param>
    /// <param name="size">Of the image in pixels.</param>
    /// <param name="rng">Of all draws.</param>
    /// <returns>Null if none of several hundred tries fits.</returns>
    public static ShapeScene? Find(ImmutableArray<SceneThing> things, Func<ShapeScene, bool> fits, int size, ref Rng rng)
    {
        var placed = new SceneThing[things.Length];
        for (int attempt = 0; attempt < Tries; attempt++)
        {
            if (!Scatter(things, placed, ref rng)) continue;
            var target = new Vector3((float)rng.Uniform(-0.05, 0.05), (float)rng.Uniform(-0.05, 0.05), 0.08f);
            var camera = SceneCamera.Around("view", target, (float)rng.Uniform(1.7, 1.95), (float)rng.Uniform(0, 360),
                (float)rng.Uniform(-62, -36), 45);
            Vector3[] seen = [.. placed.Select(thing =>
                ShapeGeometry.Project(camera, new Vector3(thing.X, thing.Y, ShapeGeometry.HalfHeight(thing)), size))];
            if (!AreVisible(placed, seen, size)) continue;
            var scene = new ShapeScene([.. placed], camera) { Seen = [.. seen] };
            if (fits(scene)) return scene;
        }

        return null;
    }

    private static bool Scatter(ImmutableArray<SceneThing> things, SceneThing[] placed, ref Rng rng)
    {
        for (int i = 0; i < things.Length; i++)
        {
            double angle = rng.Uniform(0, 2 * Math.PI), distance = Radius * Math.Sqrt(rng.NextDouble());
            placed[i] = things[i] with
            {
                X = (float)(distance * Math.Cos(angle)),
                Y = (float)(distance * Math.Sin(angle)),
                Yaw = (float)rng.Uniform(0, 2 * Math.PI),
            };
            for (int other = 0; other < i; other++)
            {
                float apart = ShapeGeometry.Footprint(placed[i]) + ShapeGeometry.Footprint(placed[other]) + Gap;
                (float dx, float dy) = (placed[i].X - placed[other].X, placed[i].Y - placed[other].Y);
                if ((dx * dx) + (dy * dy) < apart * apart) return false;
            }
        }

        return true;
    }

    private static bool AreVisible(SceneThing[] things, Vector3[] seen, int size)
    {
        for (int i = 0; i < seen.Length; i++)
        {
            float radius = PixelRadius(things[i], seen[i], size);
            if (seen[i].X < radius || seen[i].X > size - radius || seen[i].Y < radius || seen[i].Y > size - radius) return false;
            for (int other = 0; other < i; other++)
            {
                float apart = Apart * (radius + PixelRadius(things[other], seen[other], size));
                (float dx, float dy) = (seen[i].X - seen[other].X, seen[i].Y - seen[other].Y);
                if ((dx * dx) + (dy * dy) < apart * apart) return false;
            }
        }

        return true;
    }

    private static float PixelRadius(SceneThing thing, Vector3 seen, int size) =>
        Math.Max(ShapeGeometry.HalfHeight(thing), ShapeGeometry.Footprint(thing)) * size / (2 * seen.Z * 0.4142f);
}
