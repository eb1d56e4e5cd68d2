using EmbodiedRL.Core;
using EmbodiedRL.Core.Scenes;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary>
/// Grounds, walls and sky in any colors, another set for every picture: nothing that a goal speaks of, and
/// nothing that a model of plain scenes has seen.
/// </summary>
internal static class Repainting
{
    /// <summary>Looks of N pictures; those of draw k are a function of seed, k and the picture's number.</summary>
    public static SceneVariations Draw(SceneDescription scene, int count, ulong seed, long draw)
    {
        int geoms = scene.Geoms.Length;
        float[] colors = new float[count * geoms * 4], skies = new float[count * 6];
        for (int row = 0; row < count; row++)
        {
            var rng = Rng.For(seed, "paint", (draw << 32) + row);
            for (int geom = 0; geom < geoms; geom++)
            {
                Span<float> into = colors.AsSpan(((row * geoms) + geom) * 4, 4);
                scene.Geoms[geom].Color.CopyTo(into);
                if (scene.Geoms[geom].Shape == GeomShape.Plane) Any(into[..3], ref rng);
            }

            Any(skies.AsSpan(row * 6, 6), ref rng);
        }

        return new SceneVariations { Colors = colors, Backgrounds = skies };
    }

    private static void Any(Span<float> channels, ref Rng rng)
    {
        foreach (ref float channel in channels) channel = (float)rng.NextDouble();
    }
}
