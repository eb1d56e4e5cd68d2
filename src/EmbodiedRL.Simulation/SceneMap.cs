using System.Collections.Immutable;
using System.Numerics;
using EmbodiedRL.Core.Scenes;

namespace EmbodiedRL.Simulation;

/// <summary>What of a model is drawn, in the renderer's neutral words.</summary>
/// <param name="Description">For the renderer.</param>
internal sealed record SceneMap(SceneDescription Description)
{
    private const int VisibleGroups = 3; // MuJoCo's viewers show geom groups 0 to 2 unless told otherwise

    /// <summary>The camera of models that have none, where MuJoCo's viewer would stand.</summary>
    internal const string FreeCamera = "free";

    private static readonly Vector4 Unpainted = new(0.5f, 0.5f, 0.5f, 1); // MuJoCo's default, by which it knows that a geom has no colour of its own

    /// <summary>Describes a model.</summary>
    /// <returns>The scene, and the geoms whose poses it asks for, in order.</returns>
    public static (SceneMap Map, int[] Drawn) Of(Model model)
    {
        using var physics = new PhysicsView(model);
        physics.Forward();
        int[] drawn = [.. Enumerable.Range(0, model.Size("ngeom")).Where(geom => IsDrawn(model, geom))];
        IReadOnlyList<string> names = model.Names("geom");
        float extent = (float)model.Numbers<double>("stat.extent")[0];
        (Vector3 top, Vector3 bottom) = Sky(model);
        return (new SceneMap(new SceneDescription
        {
            Geoms = [.. drawn.Select(geom => Geom(model, geom, names[geom]))],
            Textures = [.. Enumerable.Range(0, model.Size("ntex")).Select(texture => Texture(model, texture))],
            Light = Light(model, physics),
            Cameras = [.. Cameras(model, physics)],
            BackgroundTop = top,
            BackgroundBottom = bottom,
            Near = model.Numbers<float>("vis.map.znear")[0] * extent,
            Far = model.Numbers<float>("vis.map.zfar")[0] * extent,
        }), drawn);
    }

    private static bool IsDrawn(Model model, int geom) =>
        model.Array<int>("geom_group")[geom] < VisibleGroups && ShapeOf(model, geom) is not null && Colour(model, geom).W > 0;

    private static GeomShape? ShapeOf(Model model, int geom)
    {
        int type = model.Array<int>("geom_type")[geom];
        foreach (GeomShape shape in Enum.GetValues<GeomShape>())
            if (Model.Table.Constant($"mjGEOM_{shape.ToString().ToUpperInvariant()}") == type) return shape;
        return null;
    }

    private static SceneGeom Geom(Model model, int geom, string name)
    {
        ReadOnlySpan<double> size = model.Array<double>("geom_size").Slice(3 * geom, 3);
        var shown = new SceneGeom(name, ShapeOf(model, geom)!.Value, new Vector3((float)size[0], (float)size[1], (float)size[2]), Colour(model, geom));
        int material = model.Array<int>("geom_matid")[geom];
        if (material < 0) return shown;

        int texture = TextureOf(model, material);
        bool isFlat = texture >= 0 && model.Array<int>("tex_type")[texture] == Model.Table.Constant("mjTEXTURE_2D");
        ReadOnlySpan<float> repeat = model.Array<float>("mat_texrepeat").Slice(2 * material, 2);
        return shown with
        {
            Texture = isFlat ? texture : -1,
            TextureRepeat = new Vector2(repeat[0], repeat[1]),
            TextureUniform = model.Array<byte>("mat_texuniform")[material] != 0,
            Specular = model.Array<float>("mat_specular")[material],
            Shininess = model.Array<float>("mat_shininess")[material],
            Emission = model.Array<float>("mat_emission")[material],
        };
    }

    private static Vector4 Colour(Model model, int geom)
    {
        Vector4 own = Four(model.Array<float>("geom_rgba"), geom);
        int material = model.Array<int>("geom_matid")[geom];
        return material >= 0 && own == Unpainted ? Four(model.Array<float>("mat_rgba"), material) : own;
    }

    /// <summary>Newer versions have a texture for each role of a material; the colour's is the first of those that are there.</summary>
    private static int TextureOf(Model model, int material)
    {
        ReadOnlySpan<int> textures = model.Array<int>("mat_texid");
        int roles = textures.Length / model.Size("nmat");
        foreach (int texture in textures.Slice(material * roles, roles))
            if (texture >= 0) return texture;
        return -1;
    }

    private static SceneTexture Texture(Model model, int texture)
    {
        int width = model.Array<int>("tex_width")[texture], height = model.Array<int>("tex_height")[texture];
        int channels = model.Has("tex_nchannel") ? model.Array<int>("tex_nchannel")[texture] : 3;
        long start = model.Has("tex_nchannel") ? AddressOf(model, texture) : model.Array<int>("tex_adr")[texture];
        ReadOnlySpan<byte> pixels = model.Array<byte>(model.Has("tex_rgb") ? "tex_rgb" : "tex_data").Slice((int)start, width * height * channels);
        if (channels == 3) return new SceneTexture(width, height, [.. pixels]);
        var rgb = ImmutableArray.CreateBuilder<byte>(width * height * 3);
        for (int i = 0; i < width * height; i++)
            for (int channel = 0; channel < 3; channel++) rgb.Add(pixels[(i * channels) + Math.Min(channel, channels - 1)]);
        return new SceneTexture(width, height, rgb.MoveToImmutable());
    }

    private static long AddressOf(Model model, int texture) =>
        Model.Table.Find("mjModel", "tex_adr").Type == "int" ? model.Array<int>("tex_adr")[texture] : model.Array<long>("tex_adr")[texture];

    /// <summary>The sky straight up and straight down, from the skybox if there is one, else black as MuJoCo has it.</summary>
    private static (Vector3 Top, Vector3 Bottom) Sky(Model model)
    {
        ReadOnlySpan<int> types = model.Array<int>("tex_type");
        int sky = types.IndexOf(Model.Table.Constant("mjTEXTURE_SKYBOX"));
        if (sky < 0) return default;
        SceneTexture texture = Texture(model, sky);
        const int up = 2, down = 3; // faces in MuJoCo's order: right, left, up, down, front, back
        return (Face(texture, up), Face(texture, down));
    }

    private static Vector3 Face(SceneTexture texture, int face)
    {
        int side = texture.Width, faces = texture.Height / side;
        int row = (Math.Min(face, faces - 1) * side) + (side / 2);
        int at = ((row * side) + (side / 2)) * 3;
        return new Vector3(texture.Rgb[at], texture.Rgb[at + 1], texture.Rgb[at + 2]) / 255;
    }

    /// <summary>The first light that is on, taken as directional, and the headlight.</summary>
    private static SceneLight Light(Model model, PhysicsView physics)
    {
        bool isHeadOn = model.Numbers<int>("vis.headlight.active")[0] != 0;
        Vector3 ambient = isHeadOn ? Three(model.Numbers<float>("vis.headlight.ambient")) : default, head = isHeadOn ? Three(model.Numbers<float>("vis.headlight.diffuse")) : default;
        int count = model.Size("nlight"), light = count > 0 ? model.Array<byte>("light_active")[..count].IndexOf((byte)1) : -1;
        if (light < 0) return new SceneLight(-Vector3.UnitZ, default, ambient, default, head);
        ReadOnlySpan<double> direction = physics.Fields.Behind<double>("light_xdir", 3 * count).Slice(3 * light, 3);
        return new SceneLight(
            Vector3.Normalize(new Vector3((float)direction[0], (float)direction[1], (float)direction[2])),
            Three(model.Array<float>("light_diffuse")[(3 * light)..]), ambient + Three(model.Array<float>("light_ambient")[(3 * light)..]),
            Three(model.Array<float>("light_specular")[(3 * light)..]), head);
    }

    /// <summary>Names of the cameras that a model is seen through; one without a name is called by its number.</summary>
    internal static string[] CameraNames(Model model)
    {
        IReadOnlyList<string> names = model.Names("camera");
        return names.Count == 0 ? [FreeCamera] : [.. names.Select((name, camera) => name.Length > 0 ? name : FormattableString.Invariant($"camera{camera}"))];
    }

    private static IEnumerable<SceneCamera> Cameras(Model model, PhysicsView physics)
    {
        string[] names = CameraNames(model);
        if (model.Size("ncam") == 0) yield return Free(model);
        else for (int camera = 0; camera < names.Length; camera++) yield return Camera(model, physics, camera, names[camera]);
    }

    /// <summary>Looks at the model's centre from one and a half times its extent away, as MuJoCo's viewer does when it opens.</summary>
    private static SceneCamera Free(Model model)
    {
        double azimuth = Visual(model, "vis.global.azimuth", 90) * Math.PI / 180, elevation = Visual(model, "vis.global.elevation", -45) * Math.PI / 180;
        double distance = 1.5 * model.Numbers<double>("stat.extent")[0];
        ReadOnlySpan<double> centre = model.Numbers<double>("stat.center");
        var forward = new Vector3((float)(Math.Cos(elevation) * Math.Cos(azimuth)), (float)(Math.Cos(elevation) * Math.Sin(azimuth)), (float)Math.Sin(elevation));
        var up = new Vector3((float)(-Math.Sin(elevation) * Math.Cos(azimuth)), (float)(-Math.Sin(elevation) * Math.Sin(azimuth)), (float)Math.Cos(elevation));
        Vector3 right = Vector3.Cross(forward, up);
        var axes = new Matrix4x4(right.X, right.Y, right.Z, 0, up.X, up.Y, up.Z, 0, -forward.X, -forward.Y, -forward.Z, 0, 0, 0, 0, 1);
        var at = new Vector3((float)centre[0], (float)centre[1], (float)centre[2]);
        return new SceneCamera(FreeCamera, at - ((float)distance * forward), Quaternion.Normalize(Quaternion.CreateFromRotationMatrix(axes)), (float)Visual(model, "vis.global.fovy", 45));
    }

    /// <summary>A number of the visual section, which older versions may lack.</summary>
    private static double Visual(Model model, string name, double otherwise) => model.Has(name) ? model.Numbers<float>(name)[0] : otherwise;

    private static SceneCamera Camera(Model model, PhysicsView physics, int camera, string name)
    {
        ReadOnlySpan<double> at = physics.Fields.Behind<double>("cam_xpos", 3 * model.Size("ncam")).Slice(3 * camera, 3);
        ReadOnlySpan<double> axes = physics.Fields.Behind<double>("cam_xmat", 9 * model.Size("ncam")).Slice(9 * camera, 9);
        // System.Numerics multiplies rows by matrices, MuJoCo matrices by columns: hence transposed.
        var rotation = new Matrix4x4(
            (float)axes[0], (float)axes[3], (float)axes[6], 0, (float)axes[1], (float)axes[4], (float)axes[7], 0, (float)axes[2], (float)axes[5], (float)axes[8], 0, 0, 0, 0, 1);
        return new SceneCamera(name, new Vector3((float)at[0], (float)at[1], (float)at[2]),
            Quaternion.Normalize(Quaternion.CreateFromRotationMatrix(rotation)), (float)model.Array<double>("cam_fovy")[camera]);
    }

    private static Vector3 Three(ReadOnlySpan<float> values) => new(values[0], values[1], values[2]);

    private static Vector4 Four(ReadOnlySpan<float> values, int row) => new(values[4 * row], values[(4 * row) + 1], values[(4 * row) + 2], values[(4 * row) + 3]);
}
