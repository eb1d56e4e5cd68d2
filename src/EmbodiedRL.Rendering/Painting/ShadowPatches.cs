using System.Numerics;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Rendering.Headless;
using Silk.NET.OpenGL;

namespace EmbodiedRL.Rendering.Painting;

/// <summary>Shadow patches: the part of every image where shadows can fall on a plane; elsewhere shadow maps are not sampled.</summary>
internal sealed class ShadowPatches(GL gl, SceneDescription scene, LightEncoding lights)
{
    private const int FloatsPerRow = 6; // least x and y, most x; most y, two of padding

    private readonly SceneGeom[] _geoms = [.. scene.Geoms, .. scene.Marks];
    private readonly Dictionary<int, DeviceBuffer> _buffers = Planes(scene).ToDictionary(plane => plane, _ => new DeviceBuffer(gl));
    private readonly float[] _reaches = [.. scene.Geoms.Concat(scene.Marks).Select(geom => SceneEncoding.Reach(scene, geom))];
    private float[] _rows = [];

    /// <summary>Finds the patches of all planes in the views of a call.</summary>
    public void Place(PaintRequest request, ViewRows views)
    {
        if (_rows.Length < request.Count * FloatsPerRow) _rows = new float[request.Count * FloatsPerRow];
        foreach ((int plane, DeviceBuffer buffer) in _buffers)
        {
            for (int row = 0; row < request.Count; row++)
            {
                (Vector2 least, Vector2 most) = Patch(plane, request.PoseRow(row, scene.PoseLength), request.Variations, row, views[row]);
                Span<float> into = _rows.AsSpan(row * FloatsPerRow, FloatsPerRow);
                (into[0], into[1], into[2], into[3]) = (least.X, least.Y, most.X, most.Y);
            }

            buffer.Upload<float>(_rows.AsSpan(0, request.Count * FloatsPerRow));
        }
    }

    /// <summary>The patches of a plane, [N, 6].</summary>
    public uint this[int plane] => _buffers[plane].Name;

    public void Delete()
    {
        foreach (DeviceBuffer buffer in _buffers.Values) buffer.Delete();
    }

    private static IEnumerable<int> Planes(SceneDescription scene) =>
        scene.Geoms.Select((geom, index) => (geom, index))
            .Where(item => item.geom is { Shape: GeomShape.Plane, Color.W: >= TransparentGeoms.Opaque }).Select(item => item.index);

    private (Vector2 Least, Vector2 Most) Patch(int plane, ReadOnlySpan<float> poses, SceneVariations? variations, int row, View view)
    {
        const int pose = SceneDescription.FloatsPerPose;
        var place = new Vector3(poses[(plane * pose)..]);
        var normal = new Vector3(poses[(plane * pose) + 5], poses[(plane * pose) + 8], poses[(plane * pose) + 11]);
        (Vector2 least, Vector2 most) = (Vector2.One, -Vector2.One);
        for (int light = 0; light < scene.Lights.Length; light++)
        {
            if ((lights.Shades >> light & 1) == 0) continue;
            (Vector3 position, Vector3 direction) = lights.Place(scene.Lights[light], poses);
            if (light == 0 && variations?.Lights is { } own) direction = Vector3.Normalize(new Vector3(own.AsSpan(row * 12, 3)));
            for (int geom = 0; geom < _geoms.Length; geom++)
            {
                if (_geoms[geom].Shape is GeomShape.Plane or GeomShape.Line || _geoms[geom].Color.W <= 0) continue;
                ReadOnlySpan<float> at = poses.Slice(geom * pose, pose);
                float reach = _geoms[geom].Shape is GeomShape.Segment or GeomShape.Rod
                    ? _geoms[geom].Size.X + new Vector3(at[5], at[8], at[11]).Length()
                    : _reaches[geom];
                if (!Widen(ref least, ref most, new Vector3(at), reach, place, normal, position, direction,
                    scene.Lights[light].IsDirectional, view)) return (-Vector2.One,
                    Vector2.One);
            }
        }

        return (Vector2.Max(least, -Vector2.One), Vector2.Min(most, Vector2.One));
    }

    /// <summary>Adds the shadow of a ball; false if it may reach anywhere.</summary>
    private static bool Widen(
        ref Vector2 least, ref Vector2 most, Vector3 center, float reach, Vector3 place, Vector3 normal, Vector3 position,
        Vector3 direction, bool directional, View view)
    {
        float height = Vector3.Dot(center - place, normal);
        if (height < -reach) return true; // below the plane
        Vector3 ray = directional ? direction : Vector3.Normalize(center - position);
        float slope = -Vector3.Dot(ray, normal);
        if (slope < 0.05f) return false;
        float away = directional ? 1 : Vector3.Distance(center, position), along = height / slope;
        if (!directional && away <= 1.5f * reach) return false;
        // The farther the plane behind it the larger the shadow, and the flatter the longer.
        float spread = reach * (directional ? 1 : (away + MathF.Max(along, 0) + reach) / (away - reach)) / slope * 1.1f;
        Vector3 shadow = center + (along * ray) - view.Eye;
        float depth = Vector3.Dot(shadow, view.Forward);
        if (depth + spread <= 0) return true;
        if (depth - spread <= 1e-3f) return false;
        Vector2 middle = new(Vector3.Dot(shadow, view.Right), Vector3.Dot(shadow, view.Up));
        Vector2 low = middle - new Vector2(spread), high = middle + new Vector2(spread), shift = new(view.Lens.CenterX, view.Lens.CenterY),
            half = new(view.Lens.HalfWidth, view.Lens.HalfHeight);
        least = Vector2.Min(least, (Vector2.Min(low / (depth - spread), low / (depth + spread)) - shift) / half);
        most = Vector2.Max(most, (Vector2.Max(high / (depth - spread), high / (depth + spread)) - shift) / half);
        return true;
    }
}
