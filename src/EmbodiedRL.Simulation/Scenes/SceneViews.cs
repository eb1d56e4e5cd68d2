using System.Collections.Immutable;
using System.Numerics;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Simulation.Physics;

namespace EmbodiedRL.Simulation.Scenes;

/// <summary>Cameras and lights of a model.</summary>
internal static class SceneViews
{
    private const int LightsAtMost = 8; // of OpenGL's fixed pipeline; the headlight is one of them

    /// <summary>Names of the cameras that a model is seen through; one without a name is called by its number.</summary>
    public static string[] CameraNames(MujocoModel model)
    {
        IReadOnlyList<string> names = model.Names("camera");
        return names.Count == 0
            ? [SceneDescription.FreeCameraName]
            : [.. names.Select((name, camera) => name.Length > 0 ? name : FormattableString.Invariant($"camera{camera}"))];
    }

    /// <summary>The camera of models that have none, where MuJoCo's viewer would stand.</summary>
    public static SceneCamera FreeCamera(MujocoModel model, SceneDescription scene) => model.Has("vis.global.azimuth")
        ? scene.FreeCamera(model.Numbers<float>("vis.global.azimuth")[0], model.Numbers<float>("vis.global.elevation")[0])
        : scene.FreeCamera();

    /// <summary>All cameras, and how those that move are fastened, in the order of their numbers.</summary>
    public static (ImmutableArray<SceneCamera> Cameras, Mount[] Moving) Cameras(MujocoModel model, PhysicsView physics)
    {
        var cameras = ImmutableArray.CreateBuilder<SceneCamera>();
        var moving = new List<Mount>();
        string[] names = CameraNames(model);
        Span<float> pose = stackalloc float[SceneDescription.FloatsPerPose];
        for (int camera = 0; camera < model.Size("ncam"); camera++)
        {
            Mount mount = Mount.OfCamera(model, camera);
            mount.Read(physics.Pointers, pose, isLight: false);
            // System.Numerics multiplies rows by matrices, MuJoCo matrices by columns: hence transposed.
            var rotation = new Matrix4x4(pose[3], pose[6], pose[9], 0, pose[4], pose[7], pose[10], 0, pose[5], pose[8], pose[11], 0, 0,
                0, 0, 1);
            cameras.Add(new SceneCamera(
                names[camera], new Vector3(pose[0], pose[1], pose[2]), Quaternion.Normalize(Quaternion.CreateFromRotationMatrix(rotation)),
                (float)model.Array<double>("cam_fovy")[camera])
            {
                Moving = mount.Moves ? moving.Count : -1,
                Lens = Lens(model, camera),
            });
            if (mount.Moves) moving.Add(mount);
        }

        return (cameras.ToImmutable(), [.. moving]);
    }

    /// <summary>The lights that are on, likewise; as many as MuJoCo draws.</summary>
    public static (ImmutableArray<SceneLight> Lights, Mount[] Moving) Lights(MujocoModel model, PhysicsView physics, int movingBefore)
    {
        var lights = ImmutableArray.CreateBuilder<SceneLight>();
        var moving = new List<Mount>();
        Span<float> pose = stackalloc float[SceneDescription.FloatsPerPose];
        int most = LightsAtMost - (model.Numbers<int>("vis.headlight.active")[0] != 0 ? 1 : 0);
        for (int light = 0; light < model.Size("nlight") && lights.Count < most; light++)
        {
            if (model.Array<byte>("light_active")[light] == 0) continue;
            Mount mount = Mount.OfLight(model, light);
            mount.Read(physics.Pointers, pose, isLight: true);
            bool directional = IsDirectional(model, light);
            lights.Add(new SceneLight(
                new Vector3(pose[3], pose[4], pose[5]), Three(model, "light_diffuse", light), Three(model, "light_ambient", light),
                Three(model, "light_specular", light))
            {
                IsDirectional = directional,
                Position = new Vector3(pose[0], pose[1], pose[2]),
                CutoffDegrees = directional ? 180 : model.Array<float>("light_cutoff")[light],
                Exponent = directional ? 0 : model.Array<float>("light_exponent")[light],
                Attenuation = directional ? Vector3.UnitX : Three(model, "light_attenuation", light),
                CastsShadow = model.Array<byte>("light_castshadow")[light] != 0,
                Moving = mount.Moves ? movingBefore + moving.Count : -1,
            });
            if (mount.Moves) moving.Add(mount);
        }

        return (lights.ToImmutable(), [.. moving]);
    }

    public static SceneHeadlight Headlight(MujocoModel model)
    {
        if (model.Numbers<int>("vis.headlight.active")[0] != 0)
            return new SceneHeadlight(
                SceneAppearance.Three(model.Numbers<float>("vis.headlight.ambient")),
                SceneAppearance.Three(model.Numbers<float>("vis.headlight.diffuse")),
                SceneAppearance.Three(model.Numbers<float>("vis.headlight.specular")));
        // Where nothing shines at all MuJoCo lets some light come from everywhere.
        return model.Array<byte>("light_active").Contains((byte)1)
            ? SceneHeadlight.Off
            : SceneHeadlight.Off with { Ambient = new Vector3(0.3f) };
    }

    /// <summary>Of a free camera.</summary>
    public static float FieldOfView(MujocoModel model) => model.Numbers<float>("vis.global.fovy")[0];

    private static bool IsDirectional(MujocoModel model, int light) => model.Has("light_directional")
        ? model.Array<byte>("light_directional")[light] != 0
        : model.Array<int>("light_type")[light] == MujocoModel.Table.Constant("mjLIGHT_DIRECTIONAL");

    /// <summary>Newer versions know focal lengths and principal points; sensors of no size mean a field of view.</summary>
    private static SceneLens? Lens(MujocoModel model, int camera)
    {
        if (!model.Has("cam_sensorsize")) return null;
        ReadOnlySpan<float> sensor = model.Array<float>("cam_sensorsize").Slice(2 * camera, 2),
            intrinsic = model.Array<float>("cam_intrinsic").Slice(4 * camera, 4);
        return sensor[0] > 0 && sensor[1] > 0 && intrinsic[0] > 0 && intrinsic[1] > 0
            ? new SceneLens(sensor[0] / (2 * intrinsic[0]), sensor[1] / (2 * intrinsic[1]), intrinsic[2] / intrinsic[0],
                intrinsic[3] / intrinsic[1])
            : null;
    }

    private static Vector3 Three(MujocoModel model, string array, int row) =>
        SceneAppearance.Three(model.Array<float>(array).Slice(3 * row, 3));
}
