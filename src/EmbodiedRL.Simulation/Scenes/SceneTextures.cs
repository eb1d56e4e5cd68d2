using System.Collections.Immutable;
using System.Numerics;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Simulation.Physics;

namespace EmbodiedRL.Simulation.Scenes;

/// <summary>Textures of a compiled model; built-in ones are bitmaps by then.</summary>
internal static class SceneTextures
{
    /// <summary>Newer versions have a texture for each role of a material; the color's is the first of those that are there.</summary>
    public static int OfMaterial(MujocoModel model, int material)
    {
        ReadOnlySpan<int> textures = model.Array<int>("mat_texid");
        int roles = textures.Length / model.Size("nmat");
        foreach (int texture in textures.Slice(material * roles, roles))
            if (texture >= 0) return texture;
        return -1;
    }

    public static SceneTexture Of(MujocoModel model, int texture)
    {
        int width = model.Array<int>("tex_width")[texture], height = model.Array<int>("tex_height")[texture];
        int channels = model.Has("tex_nchannel") ? model.Array<int>("tex_nchannel")[texture] : 3;
        ReadOnlySpan<byte> pixels = model.Array<byte>(model.Has("tex_rgb") ? "tex_rgb" : "tex_data")
            .Slice((int)AddressOf(model, texture), width * height * channels);
        return new SceneTexture(width, height, channels == 3 ? [.. pixels] : Rgb(pixels, width * height, channels))
        {
            IsCube = model.Array<int>("tex_type")[texture] != MujocoModel.Table.Constant("mjTEXTURE_2D"),
        };
    }

    /// <summary>
    /// The sky straight up and straight down: what a picture without a view of it has at its edges.
    /// Black if there is none, as MuJoCo has it.
    /// </summary>
    public static (Vector3 Top, Vector3 Bottom) Sky(MujocoModel model, int sky)
    {
        if (sky < 0) return default;
        SceneTexture texture = Of(model, sky);
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

    private static ImmutableArray<byte> Rgb(ReadOnlySpan<byte> pixels, int count, int channels)
    {
        var rgb = ImmutableArray.CreateBuilder<byte>(count * 3);
        for (int i = 0; i < count; i++)
            for (int channel = 0; channel < 3; channel++) rgb.Add(pixels[(i * channels) + Math.Min(channel, channels - 1)]);
        return rgb.MoveToImmutable();
    }

    private static long AddressOf(MujocoModel model, int texture) =>
        MujocoModel.Table.Find("mjModel", "tex_adr").Type == "int"
            ? model.Array<int>("tex_adr")[texture]
            : model.Array<long>("tex_adr")[texture];
}
