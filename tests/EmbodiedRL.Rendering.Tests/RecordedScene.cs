using System.Collections.Immutable;
using System.Numerics;
using System.Text.Json;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core.Scenes;

namespace EmbodiedRL.Rendering.Tests;

/// <summary>A scene as MuJoCo's own renderer was given it, painted by number: colour c of geom i is (i + 1) / 255, and nothing is lit.</summary>
internal sealed record RecordedScene(SceneDescription Scene, float[] Poses)
{
    private const string ShapePrefix = "mjGEOM_";

    /// <summary>Reads SCENE.CAMERA.json; null if it holds something that is no primitive geom.</summary>
    public static RecordedScene? Read(string relative)
    {
        JsonElement json = Fixtures.ReadJson(relative);
        var geoms = ImmutableArray.CreateBuilder<SceneGeom>();
        var poses = new List<float>();
        foreach (JsonElement geom in json.GetProperty("scene_geoms").EnumerateArray())
        {
            string type = geom.GetProperty("type").GetString()![ShapePrefix.Length..];
            if (geom.GetProperty("objtype").GetString() != "mjOBJ_GEOM" || !Enum.TryParse(type, ignoreCase: true, out GeomShape shape)) return null;
            Vector3 size = Vector(geom, "size");
            // The drawn geom has a size for each axis; a round shape has its radius once.
            if (shape is GeomShape.Capsule or GeomShape.Cylinder) size = new(size.X, size.Z, 0);
            float number = (geom.GetProperty("objid").GetInt32() + 1) / 255f;
            geoms.Add(new SceneGeom(geom.GetProperty("name").GetString() ?? "", shape, size, new(number, number, number, 1), Specular: 0));
            poses.AddRange(geom.GetProperty("pos").Numbers().Select(value => (float)value));
            poses.AddRange(geom.GetProperty("mat").Numbers().Select(value => (float)value));
        }
        return new RecordedScene(
            new SceneDescription
            {
                Geoms = geoms.ToImmutable(),
                Light = new(-Vector3.UnitZ, Vector3.Zero, Vector3.One, Vector3.Zero, Vector3.Zero),
                Cameras = [Camera(json.GetProperty("camera_pose"))],
                Near = (float)json.GetProperty("camera_pose").GetProperty("frustum_near").Number(),
                Far = (float)json.GetProperty("camera_pose").GetProperty("frustum_far").Number(),
            },
            [.. poses]);
    }

    private static SceneCamera Camera(JsonElement json)
    {
        Vector3 right = Vector(json, "right"), up = Vector(json, "up"), back = -Vector(json, "forward");
        var axes = new Matrix4x4(right.X, right.Y, right.Z, 0, up.X, up.Y, up.Z, 0, back.X, back.Y, back.Z, 0, 0, 0, 0, 1);
        return new SceneCamera(
            "recorded", Vector(json, "pos"), Quaternion.CreateFromRotationMatrix(axes), (float)json.GetProperty("fovy_degrees").Number());
    }

    private static Vector3 Vector(JsonElement json, string name)
    {
        double[] values = json.GetProperty(name).Numbers();
        return new((float)values[0], (float)values[1], (float)values[2]);
    }
}
