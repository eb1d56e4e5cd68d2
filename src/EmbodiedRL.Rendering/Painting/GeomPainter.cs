using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Rendering.Headless;
using Silk.NET.OpenGL;

namespace EmbodiedRL.Rendering.Painting;

/// <summary>Geom renderer: issues the draw calls of a pass, one for each geom, all environments at once.</summary>
internal sealed class GeomPainter
{
    private readonly GL _gl;
    private readonly SceneDescription _scene;
    private readonly SceneGeom[] _geoms;
    private readonly ShaderCache _programs;
    private readonly SceneBuffers _buffers;
    private readonly TextureStore _textures;
    private readonly TransparentGeoms _transparent;
    private readonly ShadowPatches? _patches;
    private readonly Action<ShaderProgram, Pass> _tell;
    private readonly int[] _opaque, _casting, _all;
    private readonly int _mirror, _horizon;
    private int[][]? _choices;
    private ShaderProgram? _current;

    /// <param name="gl">On its own thread.</param>
    /// <param name="scene">What is drawn.</param>
    /// <param name="programs">From where programs come.</param>
    /// <param name="buffers">What they read.</param>
    /// <param name="textures">Bitmaps.</param>
    /// <param name="transparent">Transparent geoms.</param>
    /// <param name="patches">Where shadows can fall on planes; null if there are none.</param>
    /// <param name="mirror">The geom that mirrors; -1 for none.</param>
    /// <param name="tell">Gives a program the uniforms of a pass.</param>
    public GeomPainter(
        GL gl, SceneDescription scene, ShaderCache programs, SceneBuffers buffers, TextureStore textures, TransparentGeoms transparent,
        ShadowPatches? patches, int mirror, Action<ShaderProgram, Pass> tell)
    {
        (_gl, _scene, _programs, _buffers, _textures, _transparent, _patches, _mirror, _tell) =
            (gl, scene, programs, buffers, textures, transparent, patches, mirror, tell);
        _geoms = [.. scene.Geoms, .. scene.Marks];
        int[] inOrder = [.. Enumerable.Range(0, _geoms.Length).Where(geom => _geoms[geom].Color.W > 0)
            .OrderBy(geom => DrawKinds.Of(_geoms[geom].Shape)).ThenBy(geom => _geoms[geom].Texture)
            .ThenBy(geom => _geoms[geom].Specular)];
        _all = inOrder;
        _opaque = [.. inOrder.Where(geom => _geoms[geom].Color.W >= TransparentGeoms.Opaque)];
        _casting = [.. inOrder.Where(geom => _geoms[geom].Shape is not (GeomShape.Plane or GeomShape.Line))];
        _horizon = Array.FindIndex(_geoms, SceneEncoding.IsEndless);
    }

    /// <summary>Which textures occur for each geom.</summary>
    public void Choose(int[]? textures)
    {
        int geoms = _scene.Geoms.Length;
        _choices = textures is null
            ? null
            : [.. Enumerable.Range(0, geoms)
                .Select(geom => Enumerable.Range(0, textures.Length / geoms)
                    .Select(row => Math.Max(-1, textures[(row * geoms) + geom]))
                    .Distinct()
                    .ToArray())];
    }

    /// <summary>
    /// Draws everything that hides what is behind it; in segmentation everything, into shadow maps everything but planes.
    /// </summary>
    /// <param name="pass">Which pass.</param>
    /// <param name="still">True for what stands still alone, false for the rest alone, null for both.</param>
    public void DrawSolid(Pass pass, bool? still = null)
    {
        Begin(pass);
        foreach (int geom in pass.Kind.Mode == ShaderMode.Numbered ? _all : pass.Views.IsLight ? _casting : _opaque)
        {
            if (geom == pass.Without || (still is { } only && IsStill(geom) != only)) continue;
            Draw(pass, geom, back: false, rank: -1);
            if (pass.Kind.Mode == ShaderMode.Numbered && _geoms[geom].Shape == GeomShape.Plane) Draw(pass, geom, back: true, rank: -1);
        }
    }

    /// <summary>Draws planes once more where shadows can fall on them.</summary>
    public void DrawPatches(Pass pass)
    {
        if (!pass.Kind.Shaded) return;
        Begin(pass);
        // The same depth comes out a little different for other corners: a hair nearer wins.
        _gl.Enable(EnableCap.PolygonOffsetFill);
        _gl.PolygonOffset(-1, -16);
        _gl.DepthMask(false);
        foreach (int geom in _opaque)
        {
            if (_geoms[geom].Shape != GeomShape.Plane) continue;
            _buffers.BindPatches(pass, _patches![geom]);
            Draw(pass, geom, back: false, rank: -1, patch: true);
        }

        _gl.DepthMask(true);
        _gl.Disable(EnableCap.PolygonOffsetFill);
    }

    /// <summary>Renders transparent geoms, from near to far and back again.</summary>
    public void DrawTransparent(Pass pass)
    {
        int present = _transparent.Present.Count;
        if (present == 0) return;
        Begin(pass);
        _gl.Enable(EnableCap.Blend);
        _gl.DepthMask(false);
        for (int rank = 0; rank < present; rank++) DrawRank(pass, rank);
        for (int rank = present - 1; rank >= 0; rank--) DrawRank(pass, rank);
        _gl.DepthMask(true);
        _gl.Disable(EnableCap.Blend);
    }

    /// <summary>Draws the sky where nothing else is.</summary>
    /// <param name="pass">Lit, after all that is solid.</param>
    /// <param name="own">Whether every environment has its own gradient.</param>
    /// <param name="shown">Whether the scene's sky is wanted.</param>
    public void DrawSky(Pass pass, bool own, bool shown)
    {
        bool cubed = shown && !own && _scene.Sky >= 0;
        if (!own && !cubed && _scene is { BackgroundTop: { X: 0, Y: 0, Z: 0 }, BackgroundBottom: { X: 0, Y: 0, Z: 0 } }) return;
        Begin(pass);
        if (cubed) DrawSkyCube(pass);
        else
        {
            Use(_programs.Sky(cubed: false, banded: false, pass.Kind.OwnView, own, split: false, hazy: false), pass);
            if (own) _buffers.BindSkies(pass);
            _buffers.DrawQuads(pass.Tiles);
        }
    }

    private void DrawSkyCube(Pass pass)
    {
        bool split = _scene.Haze is not null && _horizon >= 0;
        _textures.BindSky();
        if (split) _buffers.BindPose(pass, _horizon);
        for (int part = 0; part < (split ? 2 : 1); part++)
        {
            Use(_programs.Sky(cubed: true, _textures.IsBanded, pass.Kind.OwnView, own: false, split, hazy: part == 1), pass);
            if (_textures.IsBanded && part == 0) _buffers.DrawStrips(pass.Tiles);
            else _buffers.DrawQuads(pass.Tiles);
        }
    }

    private void Begin(Pass pass)
    {
        _current = null;
        _buffers.Bind(pass);
        _gl.FrontFace(pass.Kind.Mirrored ? FrontFaceDirection.Ccw : FrontFaceDirection.CW); // images are drawn upside down
    }

    private void DrawRank(Pass pass, int rank)
    {
        for (int i = 0; i < _transparent.Present.Count; i++)
        {
            (int geom, bool back) = _transparent.Present[i];
            if (geom == pass.Without) continue;
            if (_transparent.Ranked) _buffers.BindRank(pass, _transparent, i);
            Draw(pass, geom, back, _transparent.Ranked ? rank : -1);
        }
    }

    private void Draw(Pass pass, int geom, bool back, int rank, bool patch = false)
    {
        bool chosen = pass.Kind is { OwnTexture: true, Mode: ShaderMode.Lit } && geom < _scene.Geoms.Length;
        if (!chosen) Draw(pass, geom, _geoms[geom].Texture, back, rank, chosen: false, patch);
        else
            foreach (int texture in _choices![geom]) Draw(pass, geom, texture, back, rank, chosen: true, patch);
    }

    private void Draw(Pass pass, int geom, int texture, bool back, int rank, bool chosen, bool patch)
    {
        if (!patch && _programs.HasHorizon(_geoms[geom], pass.Kind.Mode))
            DrawPart(pass, geom, texture, back, rank, chosen, near: true, patch);
        DrawPart(pass, geom, texture, back, rank, chosen, near: false, patch);
    }

    private void DrawPart(Pass pass, int geom, int texture, bool back, int rank, bool chosen, bool near, bool patch)
    {
        bool lit = pass.Kind.Mode == ShaderMode.Lit;
        ShaderProgram program = _programs.For(pass.Kind,
            new DrawPart(geom, lit ? texture : -1, back, rank >= 0, lit && geom == _mirror && !pass.Kind.Mirrored, near, patch));
        Use(program, pass);
        _buffers.BindGeom(pass, geom);
        if (lit && texture >= 0) _textures.Bind(texture);
        if (chosen) program.Set("chosenTexture", (float)texture);
        if (rank >= 0) program.Set("chosenRank", (float)rank);
        if (pass.Kind.Mode == ShaderMode.Numbered)
        {
            System.Numerics.Vector4 color = Pixels.OfSegment(Number(geom, pass.ByBody));
            program.Set("number", color.X, color.Y, color.Z, color.W);
        }

        Issue(_geoms[geom], pass);
    }

    private void Issue(SceneGeom geom, Pass pass)
    {
        switch (geom.Shape)
        {
            case GeomShape.Box:
                Cut(true);
                _buffers.DrawBoxes(pass.Tiles);
                Cut(false);
                break;
            case GeomShape.Mesh:
                Cut(true);
                if (!pass.Views.IsLight) _gl.Enable(EnableCap.CullFace);
                _buffers.DrawMesh(geom.Mesh, pass.Tiles);
                _gl.Disable(EnableCap.CullFace);
                Cut(false);
                break;
            case GeomShape.Line:
                Cut(true);
                _buffers.DrawQuads(pass.Tiles);
                Cut(false);
                break;
            case GeomShape.Plane:
                _gl.Enable(EnableCap.DepthClamp); // what lies beyond the far plane is left out by fragments
                _buffers.DrawQuads(pass.Tiles);
                _gl.Disable(EnableCap.DepthClamp);
                break;
            default:
                _buffers.DrawQuads(pass.Tiles);
                break;
        }
    }

    /// <summary>
    /// Whether a geom looks the same in every image of a camera that stands still; where there are shadows, planes alone
    /// do, and patches of them are drawn anew.
    /// </summary>
    private bool IsStill(int geom) => _geoms[geom].IsStatic && (_patches is null || _geoms[geom].Shape == GeomShape.Plane);

    /// <summary>Whether triangles are cut at the edges of their tile.</summary>
    private void Cut(bool on)
    {
        for (int plane = 0; plane < 4; plane++)
        {
            if (on) _gl.Enable(EnableCap.ClipDistance0 + plane);
            else _gl.Disable(EnableCap.ClipDistance0 + plane);
        }
    }

    /// <summary>Scenes that come from no model are numbered as they are listed.</summary>
    private int Number(int geom, bool byBody) =>
        byBody ? _geoms[geom].Body : geom >= _scene.Geoms.Length ? -1 : _geoms[geom].Id >= 0 ? _geoms[geom].Id : geom;

    private void Use(ShaderProgram program, Pass pass)
    {
        if (program == _current) return;
        _current = program;
        program.Use();
        if (program.Pass == pass.Id) return;
        program.Pass = pass.Id;
        _tell(program, pass);
    }
}
