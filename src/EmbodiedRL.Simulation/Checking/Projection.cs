using System.Numerics;
using EmbodiedRL.Core.Scenes;

namespace EmbodiedRL.Simulation.Checking;

/// <summary>Coarse projection of a scene: which share of a square image geoms cover, every geom approximated by a few balls.</summary>
internal readonly struct Projection(SceneCamera camera)
{
    private const int Cells = 64;
    private const int Balls = 9;

    /// <summary>Share of the picture that geoms cover, in [0, 1].</summary>
    /// <param name="scene">What the geoms are of.</param>
    /// <param name="geoms">Indices; planes have no size to speak of and are left out.</param>
    /// <param name="poses">[G, 12], of one state.</param>
    public double Share(SceneDescription scene, ReadOnlySpan<int> geoms, ReadOnlySpan<float> poses)
    {
        Span<bool> covered = new bool[Cells * Cells];
        foreach (int geom in geoms)
            Cover(scene.Geoms[geom], poses.Slice(geom * SceneDescription.FloatsPerPose, SceneDescription.FloatsPerPose),
                scene.Near, covered);
        return (double)covered.Count(true) / covered.Length;
    }

    /// <summary>Balls along the longest axis of the shape: never larger than it is thick.</summary>
    private void Cover(SceneGeom geom, ReadOnlySpan<float> pose, float near, Span<bool> covered)
    {
        if (geom.Shape == GeomShape.Plane) return;
        Vector3 half = geom.Shape switch
        {
            GeomShape.Sphere => new Vector3(geom.Size.X),
            GeomShape.Capsule => new Vector3(geom.Size.X, geom.Size.X, geom.Size.Y + geom.Size.X),
            GeomShape.Cylinder => new Vector3(geom.Size.X, geom.Size.X, geom.Size.Y),
            _ => geom.Size,
        };
        int axis = half.Z >= half.X && half.Z >= half.Y ? 2 : half.Y >= half.X ? 1 : 0;
        float longest = half[axis], radius = Math.Min(half[(axis + 1) % 3], half[(axis + 2) % 3]), reach = Math.Max(0, longest - radius);
        var position = new Vector3(pose[0], pose[1], pose[2]);
        var direction = new Vector3(pose[3 + axis], pose[6 + axis], pose[9 + axis]); // a column of the rotation matrix
        for (int ball = 0; ball < Balls; ball++)
            CoverBall(position + (direction * (reach * ((2f * ball / (Balls - 1)) - 1))), radius, near, covered);
    }

    private void CoverBall(Vector3 center, float radius, float near, Span<bool> covered)
    {
        Vector3 seen = Vector3.Transform(center - camera.Position, Quaternion.Conjugate(camera.Orientation));
        float depth = -seen.Z;
        if (depth <= near) return;
        float scale = 1 / (depth * MathF.Tan(camera.FieldOfViewDegrees * MathF.PI / 360)); // half a picture a unit
        (float x, float y, float size) =
            (((seen.X * scale) + 1) / 2 * Cells, ((seen.Y * scale) + 1) / 2 * Cells, radius * scale / 2 * Cells);
        for (int row = Math.Max(0, (int)(y - size)); row <= Math.Min(Cells - 1, (int)(y + size)); row++)
            for (int column = Math.Max(0, (int)(x - size)); column <= Math.Min(Cells - 1, (int)(x + size)); column++)
                if (Vector2.Distance(new Vector2(column + 0.5f, row + 0.5f), new Vector2(x, y)) <= Math.Max(size, 0.71f))
                    covered[(row * Cells) + column] = true;
    }
}
