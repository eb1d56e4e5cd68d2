using System.Collections.Immutable;
using System.Numerics;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Rendering.Headless;
using EmbodiedRL.Rendering.Painting;

namespace EmbodiedRL.Rendering.Tests;

/// <summary>Every shader program that the renderer can ask for compiles and links, whatever a scene holds.</summary>
public sealed class ShaderProgramTests
{
    private const int Sources = 16; // views, lights, colors and textures that are each environment's own or not

    private static readonly bool[] Both = [false, true];

    private static readonly SceneTexture Flat = new(1, 1, [9, 9, 9]), Cube = Flat with { IsCube = true };

    private static readonly SceneMesh Triangle = new([.. new float[24]], [0, 1, 2]);

    private static readonly SceneGeom[] Solids =
    [
        new("ball", GeomShape.Sphere, Vector3.One, Vector4.One), new("capsule", GeomShape.Capsule, Vector3.One, Vector4.One),
        new("cylinder", GeomShape.Cylinder, Vector3.One, Vector4.One), new("mesh", GeomShape.Mesh, Vector3.One, Vector4.One) { Mesh = 0 },
        new("box", GeomShape.Box, Vector3.One, Vector4.One), new("tile", GeomShape.Plane, Vector3.One, Vector4.One),
        new("floor", GeomShape.Plane, Vector3.Zero, Vector4.One),
    ];

    private static readonly SceneGeom[] Decorations =
    [
        new("tendon", GeomShape.Segment, Vector3.One, Vector4.One), new("rod", GeomShape.Rod, Vector3.One, Vector4.One),
        new("ray", GeomShape.Line, Vector3.One, Vector4.One),
    ];

    /// <summary>
    /// Of all programs so many that every two properties that can meet in one do so for every shape: faults
    /// are of two pieces of source that clash.
    /// </summary>
    [Fact]
    public void Every_two_properties_compile_together()
    {
        int made = Compile(all: false);
        Assert.True(made > 200, $"{made} programs");
    }

    /// <summary>Every program without exception; takes many minutes: run it (-explicit only) after a change of the shaders.</summary>
    [Fact(Explicit = true)]
    public void Every_combination_compiles()
    {
        int made = Compile(all: true);
        Assert.True(made > 4000, $"{made} programs");
    }

    /// <summary>The fault that a mesh under one lamp with shadows showed.</summary>
    [Fact]
    public void A_mesh_under_a_lamp_with_shadows_draws_in_all_effects()
    {
        var mesh = new SceneMesh([-1, -1, 0, 0, 0, 1, 0, 0, 1, -1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0], [0, 1, 2]);
        SceneDescription scene = Scene(Lamps(shadows: true)[..1], hasSky: true) with
        {
            Geoms = [Solids[3] with { Color = new Vector4(1, 0, 0, 1) }],
            Marks = [],
            Meshes = [mesh],
            Cameras = [new("above", new Vector3(0, 0, 5), Quaternion.Identity, 45)],
            Fog = new SceneFog(8, 40, Vector3.One)
        };
        using var renderer = new BatchRenderer(scene, "above", 32, RenderEffects.Full with { Fog = true });
        byte[] pixels = new byte[renderer.FrameBytes];
        renderer.Render([0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1], 1, pixels);
        Assert.True(pixels[((16 * 32) + 16) * 3] > pixels[(((16 * 32) + 16) * 3) + 1], "The triangle is red.");
    }

    private static int Compile(bool all)
    {
        using var context = new HeadlessContext();
        int made = 0;
        var met = new HashSet<(DrawKind, int, int)>();
        context.Run(gl =>
        {
            foreach (bool hasSky in Both)
                foreach (ImmutableArray<SceneLight> lights in new[] { [], Lamps(shadows: false), Lamps(shadows: true)[1..], Many() })
                {
                    SceneDescription scene = Scene(lights, hasSky);
                    SceneGeom[] things = [.. scene.Geoms, .. scene.Marks];
                    var shelf = new ShaderCache(gl, scene, new LightEncoding(scene, shadows: true), RenderEffects.Full with { Fog = true });
                    foreach ((PassKind pass, DrawPart part) in Requests(scene, shelf))
                        if (Meets(met, DrawKinds.Of(things[part.Geom].Shape), Properties(pass, part, lights.Length, hasSky)) || all)
                            shelf.For(pass, part);
                    Skies(shelf);
                    made += shelf.Count;
                    shelf.Delete();
                }
        });
        return made;
    }

    /// <summary>Whether two properties meet that have not met before.</summary>
    private static bool Meets(HashSet<(DrawKind, int, int)> met, DrawKind kind, int[] properties)
    {
        bool isNew = false;
        for (int i = 0; i < properties.Length; i++)
            for (int k = i + 1; k < properties.Length; k++) isNew |= met.Add((kind, (i * 16) + properties[i], (k * 16) + properties[k]));
        return isNew;
    }

    private static int[] Properties(PassKind pass, DrawPart part, int lamps, bool hasSky) =>
    [
        (int)pass.Mode, lamps, hasSky ? 1 : 0, part.Texture + 1, pass.OwnView ? 1 : 0, pass.OwnLight ? 1 : 0, pass.OwnColor ? 1 : 0,
        pass.OwnTexture ? 1 : 0, pass.Mirrored ? 1 : 0,
        pass.Foggy ? 1 : 0, part.Back ? 1 : 0, part.Ranked ? 1 : 0, part.Mirror ? 1 : 0, part.Near ? 1 : 0, part.Patch ? 1 : 0,
    ];

    private static void Skies(ShaderCache shelf)
    {
        foreach (bool ownView in Both)
        {
            foreach (bool own in Both) shelf.Sky(cubed: false, banded: false, ownView, own, split: false, hazy: false);
            foreach (bool banded in Both)
                foreach ((bool split, bool hazy) in new[] { (false, false), (true, false), (true, true) })
                    shelf.Sky(cubed: true, banded, ownView, own: false, split, hazy);
        }
    }

    /// <summary>What the painter can ask of a scene: see <see cref="GeomPainter"/>.</summary>
    private static IEnumerable<(PassKind Pass, DrawPart Part)> Requests(SceneDescription scene, ShaderCache shelf)
    {
        bool shadows = scene.Lights.Any(light => light.CastsShadow);
        foreach (ShaderMode mode in Enum.GetValues<ShaderMode>())
            for (int thing = 0; thing < scene.Geoms.Length + scene.Marks.Length; thing++)
                foreach (DrawPart part in Parts(scene, shelf, mode, thing))
                    foreach (bool foggy in mode == ShaderMode.Lit ? Both : [false])
                        foreach (bool mirrored in mode == ShaderMode.Lit && !part.Mirror && !part.Patch ? Both : [false])
                            for (int own = 0; own < Sources; own++)
                                yield return (new PassKind(mode, mirrored || (own & 1) != 0, (own & 2) != 0, (own & 4) != 0, (own & 8) != 0,
                                    mirrored, shadows && !mirrored && mode == ShaderMode.Lit, foggy),
                                    part);
    }

    private static IEnumerable<DrawPart> Parts(SceneDescription scene, ShaderCache shelf, ShaderMode mode, int thing)
    {
        SceneGeom geom = thing < scene.Geoms.Length ? scene.Geoms[thing] : scene.Marks[thing - scene.Geoms.Length];
        bool isPlane = geom.Shape == GeomShape.Plane, lit = mode == ShaderMode.Lit,
            reflects = lit && geom.Shape is GeomShape.Plane or GeomShape.Box;
        if (mode == ShaderMode.Lit && shelf.HasHorizon(geom, mode) != (isPlane && geom.Size.X == 0 && scene.Sky >= 0))
            Assert.Fail("The horizon belongs to planes without end under a sky.");
        foreach (int texture in lit && geom.Shape != GeomShape.Line ? new[] { -1, 0, 1 } : [-1])
            foreach (bool near in shelf.HasHorizon(geom, mode) ? Both : [false])
            {
                yield return new DrawPart(thing, texture, Back: false, Ranked: false, Mirror: false, near, Patch: false);
                if (lit) yield return new DrawPart(thing, texture, Back: false, Ranked: true, Mirror: false, near, Patch: false);
                if (isPlane && mode is ShaderMode.Lit or ShaderMode.Numbered)
                    yield return new DrawPart(thing, texture, Back: true, Ranked: lit, Mirror: false, near, Patch: false);
                if (!reflects) continue;
                yield return new DrawPart(thing, texture, Back: false, Ranked: false, Mirror: true, near, Patch: false);
                if (isPlane && scene.Lights.Any(light => light.CastsShadow) && !near)
                    foreach (bool mirror in Both)
                        yield return new DrawPart(thing, texture, Back: false, Ranked: false, mirror, near, Patch: true);
            }
    }

    /// <summary>Of each kind one: the sun, a cone that fades, and a bulb; all with light that they add wherever they reach.</summary>
    private static ImmutableArray<SceneLight> Lamps(bool shadows)
    {
        var sun = new SceneLight(-Vector3.UnitZ, Vector3.One, new Vector3(0.1f), Vector3.One) { CastsShadow = shadows };
        return [
            sun,
            sun with { IsDirectional = false, CutoffDegrees = 30, Exponent = 5, Attenuation = Vector3.One, Position = Vector3.UnitZ },
            sun with { IsDirectional = false, CastsShadow = false, Position = Vector3.UnitZ }
        ];
    }

    /// <summary>As many as there can be, so that fragments have to work them out.</summary>
    private static ImmutableArray<SceneLight> Many() => [.. Lamps(shadows: true), .. Lamps(shadows: true), .. Lamps(shadows: true)[..2]];

    private static SceneDescription Scene(ImmutableArray<SceneLight> lights, bool hasSky) => new()
    {
        Geoms = [.. Solids],
        Marks = [.. Decorations],
        Meshes = [Triangle],
        Textures = [Flat, Cube],
        Lights = lights,
        Headlight = lights.IsEmpty ? SceneHeadlight.Off : new SceneHeadlight(Vector3.One, Vector3.One, Vector3.One),
        Cameras = [],
        Sky = hasSky ? 1 : -1,
        Haze = hasSky ? new SceneHaze(0.3f, Vector3.One) : null,
        Fog = new SceneFog(1, 4, Vector3.One),
    };
}
