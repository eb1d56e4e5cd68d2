using System.Numerics;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Simulation.Physics;

namespace EmbodiedRL.Simulation.Scenes;

/// <summary>Appearance of geoms, sites and tendons: shapes, colors and materials.</summary>
internal static class SceneAppearance
{
    private const int VisibleGroups = 3; // MuJoCo's viewers show groups 0 to 2 by default

    // MuJoCo's default, which marks an element without a color of its own
    private static readonly Vector4 Unpainted = new(0.5f, 0.5f, 0.5f, 1);

    /// <summary>The geoms or sites that MuJoCo's viewers show.</summary>
    public static int[] Shown(MujocoModel model, string kind) =>
        [.. Enumerable.Range(0, model.Size($"n{kind}"))
            .Where(index => IsShown(model, kind, index) && ShapeOf(model, kind, index) is not null)];

    /// <summary>Whether a group is on and something is to be seen.</summary>
    public static bool IsShown(MujocoModel model, string kind, int index) =>
        model.Array<int>($"{kind}_group")[index] is >= 0 and < VisibleGroups && Color(model, kind, index).W > 0;

    public static SceneGeom Geom(MujocoModel model, int geom)
    {
        int body = model.Array<int>("geom_bodyid")[geom];
        return Painted(model, "geom", geom, model.Names("geom")[geom]) with
        {
            Mesh = SceneMeshes.IndexOf(model, geom),
            Id = geom,
            Body = body,
            IsStatic = !Mount.CanMove(model, body)
        };
    }

    public static SceneGeom Site(MujocoModel model, int site)
    {
        int body = model.Array<int>("site_bodyid")[site];
        return Painted(model, "site", site, model.Names("site")[site]) with { Body = body, IsStatic = !Mount.CanMove(model, body) };
    }

    public static SceneGeom Tendon(MujocoModel model, int tendon) =>
        Material(model, "tendon", tendon,
            new SceneGeom("", GeomShape.Segment, new Vector3((float)model.Array<double>("tendon_width")[tendon], 1, 0),
                Color(model, "tendon", tendon)));

    public static Vector3 Three(ReadOnlySpan<float> values) => new(values[0], values[1], values[2]);

    private static SceneGeom Painted(MujocoModel model, string kind, int index, string name)
    {
        ReadOnlySpan<double> size = model.Array<double>($"{kind}_size").Slice(3 * index, 3);
        return Material(model, kind, index,
            new SceneGeom(name, ShapeOf(model, kind, index)!.Value, new Vector3((float)size[0], (float)size[1], (float)size[2]),
                Color(model, kind, index)));
    }

    private static GeomShape? ShapeOf(MujocoModel model, string kind, int index)
    {
        int type = model.Array<int>($"{kind}_type")[index];
        if (type == MujocoModel.Table.Constant("mjGEOM_HFIELD")) return GeomShape.Mesh;
        foreach (GeomShape shape in Enum.GetValues<GeomShape>())
            if (shape is not (GeomShape.Segment or GeomShape.Rod or GeomShape.Line)
                && MujocoModel.Table.Constant($"mjGEOM_{shape.ToString().ToUpperInvariant()}") == type) return shape;
        return null;
    }

    private static SceneGeom Material(MujocoModel model, string kind, int index, SceneGeom shown)
    {
        int material = model.Array<int>($"{kind}_matid")[index];
        if (material < 0) return shown;
        ReadOnlySpan<float> repeat = model.Array<float>("mat_texrepeat").Slice(2 * material, 2);
        return shown with
        {
            Texture = SceneTextures.OfMaterial(model, material),
            TextureRepeat = new Vector2(repeat[0], repeat[1]),
            TextureUniform = model.Array<byte>("mat_texuniform")[material] != 0,
            Specular = model.Array<float>("mat_specular")[material],
            Shininess = model.Array<float>("mat_shininess")[material],
            Emission = model.Array<float>("mat_emission")[material],
            Reflectance = model.Array<float>("mat_reflectance")[material],
        };
    }

    private static Vector4 Color(MujocoModel model, string kind, int index)
    {
        Vector4 own = Four(model.Array<float>($"{kind}_rgba"), index);
        int material = model.Array<int>($"{kind}_matid")[index];
        return material >= 0 && own == Unpainted ? Four(model.Array<float>("mat_rgba"), material) : own;
    }

    private static Vector4 Four(ReadOnlySpan<float> values, int row) =>
        new(values[4 * row], values[(4 * row) + 1], values[(4 * row) + 2], values[(4 * row) + 3]);
}
