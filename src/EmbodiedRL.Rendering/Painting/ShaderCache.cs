using System.Numerics;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Rendering.Headless;
using Silk.NET.OpenGL;

namespace EmbodiedRL.Rendering.Painting;

/// <summary>Shader cache: compiles each program when it is first needed, without the features that the scene lacks.</summary>
internal sealed class ShaderCache(GL gl, SceneDescription scene, LightEncoding lights, RenderEffects effects)
{
    /// <summary>Units of textures, mirrors and shadow maps.</summary>
    private static readonly string[] Samplers = ["image", "mirror", "shadows"];

    private readonly Dictionary<string, ShaderProgram> _programs = [];
    private readonly Dictionary<(PassKind, DrawPart), ShaderProgram> _known = [];
    private readonly SceneGeom[] _geoms = [.. scene.Geoms, .. scene.Marks];

    /// <summary>Programs made so far.</summary>
    public int Count => _programs.Count;

    /// <summary>The program that draws a part in a pass.</summary>
    public ShaderProgram For(PassKind pass, DrawPart part)
    {
        if (!_known.TryGetValue((pass, part), out ShaderProgram? program)) _known[(pass, part)] = program = Make(pass, part);
        return program;
    }

    /// <summary>The program that draws the sky.</summary>
    /// <param name="cubed">Whether it is a cube texture.</param>
    /// <param name="banded">Whether all its sides are alike and differ in height alone.</param>
    /// <param name="ownView">Whether every environment has its own view.</param>
    /// <param name="own">Whether every environment has its own gradient.</param>
    /// <param name="split">Whether it is cut at the horizon.</param>
    /// <param name="hazy">Whether there is haze before it.</param>
    public ShaderProgram Sky(bool cubed, bool banded, bool ownView, bool own, bool split, bool hazy)
    {
        string define = Symbols((true, "SKY"), (cubed, "CUBED"), (banded, "BANDED"), (ownView, "OWN_VIEW"), (own, "OWN_SKY"),
            (split, "SPLIT"), (hazy, "HAZY"), (effects.Fog && scene.Fog is not null, "FOGGY"));
        return Get(define, ["bands.glsl", "scene.glsl", "sky.vert"], ["bands.glsl", "shade.glsl", "sky.frag"]);
    }

    public void Delete()
    {
        foreach (ShaderProgram program in _programs.Values) program.Delete();
    }

    /// <summary>Whether a geom is a plane without end that the sky hides from some distance on.</summary>
    public bool HasHorizon(SceneGeom geom, ShaderMode mode) =>
        effects.Sky && scene.Sky >= 0 && SceneEncoding.IsEndless(geom) && mode != ShaderMode.Numbered;

    private ShaderProgram Make(PassKind pass, DrawPart part)
    {
        bool isGeom = part.Geom < scene.Geoms.Length, lit = pass.Mode == ShaderMode.Lit;
        SceneGeom geom = _geoms[part.Geom];
        DrawKind kind = DrawKinds.Of(geom.Shape);
        bool flat = kind is DrawKind.Box or DrawKind.Plane, cubed = lit && part.Texture >= 0 && scene.Textures[part.Texture].IsCube;
        bool hidden = HasHorizon(geom, pass.Mode);
        string define = Symbols(
            (lit, "LIT"), (pass.Mode == ShaderMode.Numbered, "NUMBERED"), (pass.Mode == ShaderMode.Normals, "NORMALS"),
            (pass.Mode == ShaderMode.Cast, "CAST"),
            (pass.OwnView, "OWN_VIEW"), (lit && pass.OwnLight, "OWN_LIGHT"), (pass.OwnColor && lit && isGeom, "OWN_COLOR"),
            (pass.OwnTexture && lit && isGeom, "OWN_TEXTURE"), (pass.Mirrored, "CLIPPED"),
            (lit && pass.Foggy, "FOGGY"), (part.Ranked, "RANKED"),
            (lit && part.Texture >= 0 && !cubed, "TEXTURED"), (cubed, "CUBED"), (lit && part.Mirror, "MIRROR"),
            (kind == DrawKind.Plane && !SceneEncoding.IsEndless(geom), "BOUNDED"), (part.Back, "BACK"), (part.Patch, "PATCH"),
            (kind == DrawKind.Ellipsoid, "BALL"), (kind is DrawKind.Cylinder or DrawKind.Rod, "FLAT"),
            (kind is DrawKind.Segment or DrawKind.Rod, "SEGMENT"),
            (hidden && !part.Near, "ENDLESS"), (hidden && part.Near, "NEARBY"),
            (hidden && !part.Near && lit && scene.Haze is not null && !pass.Mirrored, "HAZY"));
        define += $" FOLDED={(flat ? 1 : 0)}";
        if (lit) define += $" BLUR={(effects.Smooth ? "1.0" : "0.0")}";
        bool receives = pass.Shaded && geom.Color.W >= TransparentGeoms.Opaque && !part.Back;
        if (lit) define += $" {lights.Symbols(geom, receives, falls: kind != DrawKind.Plane || part.Patch)}";
        string[] surface = lit
            ? ["surface.glsl", "lightrows.glsl", "lights.glsl", "shadow.glsl", "shade.glsl"]
            : ["surface.glsl", "shade.glsl"];
        string[] corners = ["surface.glsl", "scene.glsl", .. lit ? ["lightrows.glsl"] : Array.Empty<string>(), "material.glsl"];
        return kind switch
        {
            DrawKind.Line => Get($"{Symbols(LineSymbols(pass))} {LineNumbers(pass)}", ["scene.glsl", "line.vert"], ["line.frag"]),
            DrawKind.Mesh => Get($"{define} AT_CORNERS",
                [.. corners, .. lit ? ["lights.glsl"] : Array.Empty<string>(), "mesh.vert"], [.. surface, "mesh.frag"]),
            DrawKind.Box => Get(define, [.. corners, "box.vert"], [.. surface, "box.frag"]),
            DrawKind.Plane => Get(define, [.. corners, "plane.vert"], [.. surface, "plane.frag"]),
            _ => Get(define, [.. corners, "round.vert"],
                [.. surface, "round.glsl", kind == DrawKind.Ellipsoid ? "ellipsoid.frag" : "capsule.frag"]),
        };
    }

    private static (bool, string)[] LineSymbols(PassKind pass) =>
    [
        (pass.Mode == ShaderMode.Lit, "LIT"), (pass.Mode == ShaderMode.Numbered, "NUMBERED"), (pass.Mode == ShaderMode.Normals, "NORMALS"),
        (pass.Mode == ShaderMode.Cast, "CAST"),
        (pass.OwnView, "OWN_VIEW"), (pass.Mirrored, "CLIPPED"), (pass.Mode == ShaderMode.Lit && pass.Foggy, "FOGGY"),
    ];

    /// <summary>MuJoCo draws lines once more, adding their color, for every light that casts shadows.</summary>
    private string LineNumbers(PassKind pass)
    {
        int pixels = pass.Mode == ShaderMode.Lit && effects.Smooth ? 2 : 1;
        int strength = pass.Shaded ? 1 + BitOperations.PopCount((uint)lights.Shades) : 1;
        return FormattableString.Invariant($"PIXELS={pixels} STRENGTH={strength}");
    }

    private ShaderProgram Get(string define, string[] vertex, string[] fragment)
    {
        string key = $"{define} {vertex[^1]} {fragment[^1]}";
        if (!_programs.TryGetValue(key, out ShaderProgram? program))
            _programs[key] = program = new ShaderProgram(gl, define, vertex, fragment, Samplers);
        return program;
    }

    private static string Symbols(params ReadOnlySpan<(bool Set, string Name)> symbols)
    {
        var set = new List<string>();
        foreach ((bool isSet, string name) in symbols)
            if (isSet) set.Add(name);
        return string.Join(' ', set);
    }
}
