using System.Numerics;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Rendering.Headless;
using Silk.NET.OpenGL;

namespace EmbodiedRL.Rendering.Painting;

/// <summary>Transparent geoms, and their render order in every environment.</summary>
/// <remarks>
/// As MuJoCo does, they are drawn from the nearest to the farthest and then the other way round; planes seen from behind are among them.
/// </remarks>
internal sealed class TransparentGeoms(GL gl, SceneDescription scene)
{
    /// <summary>Opacity from which on a geom hides what is behind it.</summary>
    public const float Opaque = 0.995f;

    private readonly SceneGeom[] _geoms = [.. scene.Geoms, .. scene.Marks];
    private readonly int[] _clear = [.. Candidates(scene, geom => geom.Color.W is > 0 and < Opaque)];
    private readonly int[] _planes = [.. Candidates(scene, geom => geom.Shape == GeomShape.Plane && geom.Color.W >= Opaque)];
    private readonly float[] _reaches = [.. scene.Geoms.Concat(scene.Marks).Select(geom => SceneEncoding.Reach(scene, geom))];
    private readonly DeviceBuffer _ranks = new(gl);
    private readonly List<(int Geom, bool Back)> _present = [];
    private float[] _distances = [], _rankRows = [];
    private int[] _order = [];

    /// <summary>What may be seen: geoms, and whether as a plane from behind.</summary>
    public IReadOnlyList<(int Geom, bool Back)> Present => _present;

    /// <summary>Whether their order can differ.</summary>
    public bool Ranked => _present.Count > 1;

    /// <summary>[N, present]: of each geom how many are nearer.</summary>
    public uint Ranks => _ranks.Name;

    /// <summary>Orders them for the views of a call.</summary>
    public void Sort(ReadOnlySpan<float> poses, int count, ViewRows views)
    {
        _present.Clear();
        foreach (int geom in _clear) _present.Add((geom, false));
        foreach (int plane in _planes)
            if (IsSeenFromBehind(plane, poses, count, views)) _present.Add((plane, true));
        int present = _present.Count;
        if (present < 2) return;
        if (_rankRows.Length < count * present) _rankRows = new float[count * present];
        if (_order.Length < present) (_order, _distances) = (new int[present], new float[present]);
        for (int row = 0; row < count; row++)
        {
            ReadOnlySpan<float> pose = poses.Slice(row * scene.PoseLength, scene.PoseLength);
            for (int i = 0; i < present; i++) (_order[i], _distances[i]) = (i, Distance(_present[i].Geom, pose, views[row].Eye));
            _distances.AsSpan(0, present).Sort(_order.AsSpan(0, present));
            for (int rank = 0; rank < present; rank++) _rankRows[(row * present) + _order[rank]] = rank;
        }

        _ranks.Upload<float>(_rankRows.AsSpan(0, count * present));
    }

    public void Delete() => _ranks.Delete();

    private bool IsSeenFromBehind(int plane, ReadOnlySpan<float> poses, int count, ViewRows views)
    {
        for (int row = 0; row < count; row++)
        {
            ReadOnlySpan<float> pose =
                poses.Slice((row * scene.PoseLength) + (plane * SceneDescription.FloatsPerPose), SceneDescription.FloatsPerPose);
            if (Vector3.Dot(views[row].Eye - new Vector3(pose), new Vector3(pose[5], pose[8], pose[11])) < 0) return true;
        }

        return false;
    }

    private float Distance(int geom, ReadOnlySpan<float> pose, Vector3 eye) => _geoms[geom].Shape == GeomShape.Plane
        ? 1e10f
        : Vector3.Distance(new Vector3(pose[(geom * SceneDescription.FloatsPerPose)..]), eye) - _reaches[geom];

    private static IEnumerable<int> Candidates(SceneDescription scene, Func<SceneGeom, bool> choose) =>
        scene.Geoms.Concat(scene.Marks)
            .Select((geom, index) => (geom, index))
            .Where(item => choose(item.geom))
            .Select(item => item.index);
}
