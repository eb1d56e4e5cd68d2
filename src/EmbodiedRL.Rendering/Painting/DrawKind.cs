using EmbodiedRL.Core.Scenes;

namespace EmbodiedRL.Rendering.Painting;

/// <summary>
/// Families of shader programs, in render order: round shapes first, so that early depth tests save fragments of flat ones.
/// </summary>
internal enum DrawKind
{
    Ellipsoid,
    Capsule,
    Segment,
    Cylinder,
    Rod,
    Mesh,
    Box,
    Line,
    Plane,
}

/// <summary>Output of a fragment shader.</summary>
internal enum ShaderMode
{
    /// <summary>Its color.</summary>
    Lit,

    /// <summary>Which geom it belongs to.</summary>
    Numbered,

    /// <summary>Its normal in the world.</summary>
    Normals,

    /// <summary>Only its depth.</summary>
    Cast,
}

/// <summary>Properties that all programs of one pass share.</summary>
/// <param name="Mode">What is asked of fragments.</param>
/// <param name="OwnView">Whether every environment has its own view.</param>
/// <param name="OwnLight">Likewise lights.</param>
/// <param name="OwnColor">Likewise colors.</param>
/// <param name="OwnTexture">Likewise textures.</param>
/// <param name="Mirrored">Whether it is seen through a mirror, above which alone geoms are drawn.</param>
/// <param name="Shaded">Whether there are shadow maps.</param>
/// <param name="Foggy">Whether there is fog.</param>
internal readonly record struct PassKind(ShaderMode Mode, bool OwnView, bool OwnLight, bool OwnColor, bool OwnTexture,
    bool Mirrored, bool Shaded, bool Foggy);

/// <summary>Properties of one geom that its program depends on.</summary>
/// <param name="Geom">Number among geoms and marks.</param>
/// <param name="Texture">Index of the bitmap; -1 for none.</param>
/// <param name="Back">Whether it is a plane seen from behind.</param>
/// <param name="Ranked">Whether it has its turn at a rank of its own in every environment.</param>
/// <param name="Mirror">Whether it shows what it mirrors.</param>
/// <param name="Patch">Whether it is the part of a plane where shadows can fall.</param>
/// <param name="Near">Whether it is the part of a plane without end that is near enough to be free of haze.</param>
internal readonly record struct DrawPart(int Geom, int Texture, bool Back, bool Ranked, bool Mirror, bool Near, bool Patch);

internal static class DrawKinds
{
    public static DrawKind Of(GeomShape shape) => shape switch
    {
        GeomShape.Sphere or GeomShape.Ellipsoid => DrawKind.Ellipsoid,
        GeomShape.Capsule => DrawKind.Capsule,
        GeomShape.Segment => DrawKind.Segment,
        GeomShape.Cylinder => DrawKind.Cylinder,
        GeomShape.Rod => DrawKind.Rod,
        GeomShape.Line => DrawKind.Line,
        GeomShape.Box => DrawKind.Box,
        GeomShape.Plane => DrawKind.Plane,
        GeomShape.Mesh => DrawKind.Mesh,
        _ => throw new ArgumentOutOfRangeException(nameof(shape), shape, "The renderer does not know this shape."),
    };
}
