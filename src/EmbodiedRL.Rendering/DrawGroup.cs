using EmbodiedRL.Core.Scenes;

namespace EmbodiedRL.Rendering;

/// <summary>Geoms that one draw call can show for all environments: same program, same texture.</summary>
/// <param name="Kind">Which program family.</param>
/// <param name="Texture">Index of the bitmap; -1 for none.</param>
/// <param name="Transparent">Drawn after all that is opaque, blended.</param>
/// <param name="Shiny">Whether any of them has highlights one could see.</param>
/// <param name="Geoms">Their indices in the scene.</param>
internal sealed record DrawGroup(DrawKind Kind, int Texture, bool Transparent, bool Shiny, int[] Geoms)
{
    /// <summary>Highlights below half a level of 8 bits cannot be seen.</summary>
    private const float Visible = 0.5f / 255;

    /// <summary>Groups in the order they are drawn: round shapes first, since early depth tests then spare the flat ones their pixels.</summary>
    public static DrawGroup[] Of(SceneDescription scene)
    {
        float light = MathF.Max(scene.Light.Specular.X, MathF.Max(scene.Light.Specular.Y, scene.Light.Specular.Z));
        return
        [
            .. scene.Geoms
                .Select((geom, index) => (Geom: geom, Index: index))
                .Where(item => item.Geom.Colour.W > 0)
                .GroupBy(item => (Transparent: item.Geom.Colour.W < 1, Kind: KindOf(item.Geom.Shape), item.Geom.Texture))
                .OrderBy(group => group.Key.Transparent).ThenBy(group => group.Key.Kind).ThenBy(group => group.Key.Texture)
                .Select(group => new DrawGroup(
                    group.Key.Kind, group.Key.Texture, group.Key.Transparent,
                    group.Any(item => item.Geom.Specular * light > Visible), [.. group.Select(item => item.Index)])),
        ];
    }

    private static DrawKind KindOf(GeomShape shape) => shape switch
    {
        GeomShape.Sphere or GeomShape.Ellipsoid => DrawKind.Ellipsoid,
        GeomShape.Capsule => DrawKind.Capsule,
        GeomShape.Cylinder => DrawKind.Cylinder,
        GeomShape.Box => DrawKind.Box,
        GeomShape.Plane => DrawKind.Plane,
        _ => throw new ArgumentOutOfRangeException(nameof(shape), shape, "The renderer does not know this shape."),
    };
}

/// <summary>Families of shader programs, in the order they are drawn.</summary>
internal enum DrawKind
{
    Ellipsoid,
    Capsule,
    Cylinder,
    Box,
    Plane,
}
