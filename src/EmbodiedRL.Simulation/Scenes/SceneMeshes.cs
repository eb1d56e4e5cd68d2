using System.Collections.Immutable;
using System.Numerics;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Simulation.Physics;

namespace EmbodiedRL.Simulation.Scenes;

/// <summary>Triangle meshes of a model: its meshes, then its height fields.</summary>
internal static class SceneMeshes
{
    private const float Sharp = 0.8f; // cosine between a vertex's normal and its triangle's below which MuJoCo draws an edge

    /// <summary>Index of a geom's triangles in what <see cref="Of"/> returns; -1 if it has none.</summary>
    public static int IndexOf(MujocoModel model, int geom)
    {
        int type = model.Array<int>("geom_type")[geom], data = model.Array<int>("geom_dataid")[geom];
        if (data < 0) return -1;
        if (type == MujocoModel.Table.Constant("mjGEOM_MESH")) return data;
        return type == MujocoModel.Table.Constant("mjGEOM_HFIELD") ? model.Size("nmesh") + data : -1;
    }

    public static ImmutableArray<SceneMesh> Of(MujocoModel model) =>
        [
            .. Enumerable.Range(0, model.Size("nmesh")).Select(mesh => Mesh(model, mesh)),
            .. Enumerable.Range(0, model.Size("nhfield")).Select(field => HeightField(model, field))
        ];

    private static SceneMesh Mesh(MujocoModel model, int mesh)
    {
        var builder = new TriangleBuilder();
        int vertices = model.Array<int>("mesh_vertadr")[mesh], coordinates = model.Array<int>("mesh_texcoordadr")[mesh];
        int first = model.Array<int>("mesh_faceadr")[mesh], count = model.Array<int>("mesh_facenum")[mesh];
        // Newer versions number normals and texture coordinates for themselves.
        bool separate = model.Has("mesh_facenormal");
        int normals = separate ? model.Array<int>("mesh_normaladr")[mesh] : vertices;
        ReadOnlySpan<int> faces = model.Array<int>("mesh_face"), faceNormals = separate ? model.Array<int>("mesh_facenormal") : faces;
        ReadOnlySpan<int> faceCoordinates = separate ? model.Array<int>("mesh_facetexcoord") : faces;
        ReadOnlySpan<float> places = model.Array<float>("mesh_vert"), directions = model.Array<float>("mesh_normal"),
            wraps = model.Array<float>("mesh_texcoord");
        for (int face = 3 * first; face < 3 * (first + count); face += 3)
        {
            Vector3 a = At(places, vertices + faces[face]), b = At(places, vertices + faces[face + 1]),
                c = At(places, vertices + faces[face + 2]);
            Vector3 flat = Unit(Vector3.Cross(b - a, c - a));
            for (int corner = face; corner < face + 3; corner++)
            {
                Vector3 normal = At(directions, normals + faceNormals[corner]);
                if (coordinates < 0 && Vector3.Dot(normal, flat) < Sharp) normal = flat;
                Vector2 wrap = coordinates < 0
                    ? default
                    : new(wraps[2 * (coordinates + faceCoordinates[corner])], wraps[(2 * (coordinates + faceCoordinates[corner])) + 1]);
                builder.Add(At(places, vertices + faces[corner]), normal, wrap);
            }
        }

        return builder.Build(coordinates >= 0);
    }

    private static SceneMesh HeightField(MujocoModel model, int field)
    {
        int rows = model.Array<int>("hfield_nrow")[field], columns = model.Array<int>("hfield_ncol")[field];
        ReadOnlySpan<double> size = model.Array<double>("hfield_size").Slice(4 * field, 4);
        ReadOnlySpan<float> heights = model.Array<float>("hfield_data").Slice(model.Array<int>("hfield_adr")[field], rows * columns);
        (float width, float depth, float high, float low) = ((float)size[0], (float)size[1], (float)size[2], -(float)size[3]);
        var top = new Vector3[rows * columns];
        for (int row = 0; row < rows; row++)
            for (int column = 0; column < columns; column++)
                top[(row * columns) + column] = new Vector3(((2f * column / (columns - 1)) - 1) * width,
                    ((2f * row / (rows - 1)) - 1) * depth, heights[(row * columns) + column] * high);
        var builder = new TriangleBuilder();
        for (int row = 0; row + 1 < rows; row++)
            for (int column = 0; column + 1 < columns; column++)
            {
                Vector3 a = top[(row * columns) + column], b = top[(row * columns) + column + 1], c = top[((row + 1) * columns) + column],
                    d = top[((row + 1) * columns) + column + 1];
                builder.AddFlat(c, a, d);
                builder.AddFlat(d, a, b);
            }

        for (int row = 0; row + 1 < rows; row++)
        {
            builder.AddWall(top[(row + 1) * columns], top[row * columns], low);
            builder.AddWall(top[(row * columns) + columns - 1], top[((row + 1) * columns) + columns - 1], low);
        }

        for (int column = 0; column + 1 < columns; column++)
        {
            builder.AddWall(top[column], top[column + 1], low);
            builder.AddWall(top[((rows - 1) * columns) + column + 1], top[((rows - 1) * columns) + column], low);
        }

        Vector3 corner = new(-width, -depth, low), along = new(2 * width, 0, 0), across = new(0, 2 * depth, 0);
        builder.AddFlat(corner, corner + across, corner + along);
        builder.AddFlat(corner + along, corner + across, corner + along + across);
        return builder.Build(hasCoordinates: false);
    }

    private static Vector3 At(ReadOnlySpan<float> values, int row) => new(values[3 * row], values[(3 * row) + 1], values[(3 * row) + 2]);

    private static Vector3 Unit(Vector3 vector) => vector.LengthSquared() > 0 ? Vector3.Normalize(vector) : Vector3.UnitZ;

    /// <summary>Triangles that share vertices where these are equal in everything.</summary>
    private sealed class TriangleBuilder
    {
        private readonly Dictionary<(Vector3 Place, Vector3 Normal, Vector2 Wrap), int> _known = [];
        private readonly ImmutableArray<float>.Builder _vertices = ImmutableArray.CreateBuilder<float>();
        private readonly ImmutableArray<int>.Builder _triangles = ImmutableArray.CreateBuilder<int>();

        public void Add(Vector3 place, Vector3 normal, Vector2 wrap)
        {
            if (!_known.TryGetValue((place, normal, wrap), out int index))
            {
                _known[(place, normal, wrap)] = index = _known.Count;
                foreach (float value in new[] { place.X, place.Y, place.Z, normal.X, normal.Y, normal.Z, wrap.X, wrap.Y })
                    _vertices.Add(value);
            }

            _triangles.Add(index);
        }

        public void AddFlat(Vector3 a, Vector3 b, Vector3 c)
        {
            Vector3 normal = Unit(Vector3.Cross(b - a, c - a));
            Add(a, normal, default);
            Add(b, normal, default);
            Add(c, normal, default);
        }

        /// <summary>From an edge straight down.</summary>
        public void AddWall(Vector3 start, Vector3 end, float low)
        {
            Vector3 below = start with { Z = low }, after = end with { Z = low };
            AddFlat(below, after, end);
            AddFlat(below, end, start);
        }

        public SceneMesh Build(bool hasCoordinates) => new(_vertices.ToImmutable(), _triangles.ToImmutable(), hasCoordinates);
    }
}
