using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Simulation.Physics;

namespace EmbodiedRL.Simulation.Scenes;

/// <summary>Path of a spatial tendon: straight segments between the points it runs through.</summary>
/// <param name="Tendon">Its number.</param>
/// <param name="Segments">The most pieces it can have.</param>
internal sealed record TendonPath(int Tendon, int Segments)
{
    private const double InsideShare = 0.5; // of its width that MuJoCo draws a piece with that lies around a wrapping geom

    public static TendonPath[] Of(MujocoModel model)
    {
        var paths = new List<TendonPath>();
        int wrapsJoints = MujocoModel.Table.Constant("mjWRAP_JOINT");
        for (int tendon = 0; tendon < model.Size("ntendon"); tendon++)
        {
            int first = model.Array<int>("tendon_adr")[tendon], count = model.Array<int>("tendon_num")[tendon];
            if (model.Array<int>("wrap_type")[first] == wrapsJoints || !SceneAppearance.IsShown(model, "tendon", tendon)) continue;
            paths.Add(new TendonPath(tendon, (2 * count) - 1)); // a wrapping geom adds two points
        }

        return [.. paths];
    }

    /// <summary>Writes the pieces; those that the present path lacks are hidden.</summary>
    /// <returns>What of the row follows.</returns>
    public unsafe Span<float> Read(ScenePointers at, Span<float> into)
    {
        (int count, nint points, nint objects) = at.Path(Tendon);
        var point = (double*)points;
        var wrapped = (int*)objects;
        int written = 0;
        for (int i = 0; i + 1 < count && written < Segments; i++)
        {
            if (wrapped[i] == -2 || wrapped[i + 1] == -2) continue;
            bool inside = wrapped[i] >= 0 && wrapped[i + 1] >= 0;
            Write(new ReadOnlySpan<double>(point + (3 * i), 3), new ReadOnlySpan<double>(point + (3 * (i + 1)), 3),
                inside ? InsideShare : 1, into.Slice(written++ * SceneDescription.FloatsPerPose, SceneDescription.FloatsPerPose));
        }

        into[(written * SceneDescription.FloatsPerPose)..(Segments * SceneDescription.FloatsPerPose)].Clear();
        return into[(Segments * SceneDescription.FloatsPerPose)..];
    }

    /// <summary>A capsule from point to point: see <see cref="GeomShape.Segment"/>.</summary>
    public static void Write(ReadOnlySpan<double> from, ReadOnlySpan<double> to, double width, Span<float> pose)
    {
        double x = (to[0] - from[0]) / 2, y = (to[1] - from[1]) / 2, z = (to[2] - from[2]) / 2,
            half = Math.Max(Math.Sqrt((x * x) + (y * y) + (z * z)), 1e-9);
        for (int i = 0; i < 3; i++) pose[i] = (float)((from[i] + to[i]) / 2);
        // Any two axes that are square to the piece will do.
        double level = Math.Sqrt((x * x) + (y * y));
        (double sideX, double sideY) = level > 1e-12 ? (-y / level, x / level) : (1, 0);
        (pose[3], pose[6], pose[9]) = ((float)(sideX * width), (float)(sideY * width), 0);
        (pose[4], pose[7], pose[10]) =
            ((float)(-z / half * sideY * width), (float)(z / half * sideX * width), (float)(((x * sideY) - (y * sideX)) / half * width));
        (pose[5], pose[8], pose[11]) = ((float)x, (float)y, (float)z);
    }
}
