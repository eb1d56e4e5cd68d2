using System.Collections.Immutable;
using System.Diagnostics;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Rendering.Headless;
using Silk.NET.OpenGL;

namespace EmbodiedRL.Rendering.Painting;

/// <summary>GL side of the batch renderer; lives on the context's thread.</summary>
/// <remarks>One upload of poses a call, one draw call a geom and pass, one read-back a column of tiles.</remarks>
internal sealed class TilePainter
{
    private const int BackdropsAtMost = 4; // each is as large as a pass's images

    private readonly GL _gl;
    private readonly SceneDescription _scene;
    private readonly ImmutableArray<SceneCamera> _cameras;
    private readonly RenderEffects _effects;
    private readonly int _size, _largestTexture;
    private readonly long _pixelsAPass;
    private readonly SceneBuffers _buffers;
    private readonly ShaderCache _programs;
    private readonly TextureStore _textures;
    private readonly TransparentGeoms _transparent;
    private readonly LightEncoding _lights;
    private readonly SkyShape _sky;
    private readonly DeviceBuffer _lightRows;
    private readonly ViewRows _views;
    private readonly GeomPainter _painter;
    private readonly ShadowMaps? _shadows;
    private readonly ShadowPatches? _patches;
    private readonly MirrorImage? _mirror;
    private readonly PassRing _ring;
    private TileFramebuffer? _exact, _normals;   // one sample a pixel
    private readonly Backdrop?[] _backdrops = new Backdrop?[BackdropsAtMost];
    private bool _backdropHolds;
    private int _mostAtOnce;
    private float[] _lightFloats = [];
    private long _pass;

    public TilePainter(GL gl, SceneDescription scene, ImmutableArray<SceneCamera> cameras, int size,
        RenderEffects effects, ReadBack? readBack = null)
    {
        (_gl, _scene, _cameras, _size, _effects) = (gl, scene, cameras, size, effects);
        _largestTexture = gl.GetInteger(GetPName.MaxTextureSize);
        bool software = HeadlessContext.IsSoftware(gl.GetStringS(StringName.Renderer));
        _pixelsAPass = software ? TileLayout.SoftwarePixels : TileLayout.GpuPixels;
        _lights = new LightEncoding(scene, effects.Shadows);
        _sky = new SkyShape(scene);
        _programs = new ShaderCache(gl, scene, _lights, effects);
        _buffers = new SceneBuffers(gl, scene);
        _textures = new TextureStore(gl, scene);
        _transparent = new TransparentGeoms(gl, scene);
        (_lightRows, _views) = (new DeviceBuffer(gl), new ViewRows(gl));
        int samples = effects.Smooth ? 2 : 1, mirror = effects.Reflections ? MirrorImage.Find(scene) : -1;
        _patches = _lights.Shades != 0 ? new ShadowPatches(gl, scene, _lights) : null;
        _painter = new GeomPainter(gl, scene, _programs, _buffers, _textures, _transparent, _patches, mirror, Tell);
        _shadows = _lights.Shades != 0 ? new ShadowMaps(gl, scene, _lights, size * samples) : null;
        _mirror = mirror >= 0 ? new MirrorImage(gl, scene, mirror) : null;
        _ring = new PassRing(gl, samples, readBack ?? (software ? ReadBack.Direct : ReadBack.PixelBuffers));
        gl.Enable(EnableCap.DepthTest);
        gl.DepthFunc(DepthFunction.Lequal);
        gl.BlendFunc(BlendingFactor.SrcAlpha, BlendingFactor.OneMinusSrcAlpha);
    }

    /// <summary>Seconds spent so far.</summary>
    public (double Prepare, double Draw, double Read) Phases { get; private set; }

    /// <summary>Draws all states, in as many passes as the framebuffer needs.</summary>
    /// <exception cref="EmbodiedException">The driver reports an error.</exception>
    public void Paint(PaintRequest request)
    {
        for (int camera = 0; camera < _cameras.Length; camera++)
        {
            Clock(() => Prepare(request, camera), seconds => Phases = Phases with { Prepare = Phases.Prepare + seconds });
            Paint(request, camera);
        }

        GLEnum error = _gl.GetError();
        if (error is GLEnum.ContextLost || !IsAlive()) throw PassRing.Lost();
        if (error is not GLEnum.NoError)
            throw new EmbodiedException($"The GL driver reports {error} after drawing {request.Count} pictures of {_size}x{_size}. Draw "
                + "fewer at once.");
    }

    public void Delete()
    {
        _programs.Delete();
        _buffers.Delete();
        _textures.Delete();
        _transparent.Delete();
        _lightRows.Delete();
        _views.Delete();
        _shadows?.Delete();
        _mirror?.Delete();
        _patches?.Delete();
        _ring.Delete();
        _exact?.Delete();
        _normals?.Delete();
        foreach (Backdrop? backdrop in _backdrops) backdrop?.Delete();
    }

    /// <summary>A context that is lost, or no longer this thread's, may ignore every call without a word; but it makes no fences.</summary>
    private bool IsAlive()
    {
        nint fence = _gl.FenceSync(SyncCondition.SyncGpuCommandsComplete, SyncBehaviorFlags.None);
        if (fence == 0) return false;
        _gl.DeleteSync(fence);
        return true;
    }

    private int Samples => _effects.Smooth ? 2 : 1;

    private void Prepare(PaintRequest request, int camera)
    {
        (int count, SceneVariations? variations, int length) = (request.Count, request.Variations, _scene.PoseLength);
        SceneCamera seen = _cameras[camera];
        if (camera == 0)
        {
            _buffers.Upload(request.PoseRows(length), variations);
            _painter.Choose(variations?.Textures);
            WriteLights(request);
            _shadows?.Place(request);
        }

        _views.Fill(seen.Moving >= 0 || variations?.Cameras is not null, count,
            row => View.Of(_scene, seen, request.PoseRow(row, length), variations, row));
        _transparent.Sort(request.PoseRows(length), count, _views);
        _mirror?.Place(request, _views);
        _patches?.Place(request, _views);
        _backdropHolds = variations is null && !_views.Own && !_lights.Moves && _mirror is null && Backdrop.IsWorthwhile(_scene)
            && camera < BackdropsAtMost
            && (_backdrops[camera] ??= new Backdrop(_gl, _scene, Samples)).Holds(request.PoseRows(length), count);
    }

    private void Paint(PaintRequest request, int camera)
    {
        // room is kept: to make it anew for every number of environments costs more than drawing
        _mostAtOnce = Math.Max(_mostAtOnce, request.Count);
        TileLayout layout = TileLayout.For(_size, _mostAtOnce, _largestTexture, _pixelsAPass,
            Samples * (_shadows is null ? 1 : ShadowMaps.Fineness));
        int passes = (request.Count + layout.Count - 1) / layout.Count;
        for (int pass = 0; pass < passes; pass++)
        {
            (int first, int tiles) = Part(request, layout, pass);
            if (request.Rgb != 0)
            {
                if (pass >= PassRing.Ahead)
                    Clock(() => _ring.Await(pass - PassRing.Ahead), seconds => Phases = Phases with { Read = Phases.Read + seconds });
                Clock(() => DrawColors(request, camera, layout, pass, first, tiles),
                    seconds => Phases = Phases with { Draw = Phases.Draw + seconds });
                if (pass >= PassRing.Ahead) ReadColors(request, camera, layout, pass - PassRing.Ahead);
            }

            if (request.Depth != 0 || request.Segments != 0 || request.Normals != 0) DrawExact(request, camera, layout, first, tiles);
        }

        if (request.Rgb == 0) return;
        for (int pass = Math.Max(0, passes - PassRing.Ahead); pass < passes; pass++) ReadColors(request, camera, layout, pass);
    }

    /// <summary>Which environments a pass draws.</summary>
    private static (int First, int Tiles) Part(PaintRequest request, TileLayout layout, int pass) =>
        (pass * layout.Count, Math.Min(layout.Count, request.Count - (pass * layout.Count)));

    private void DrawColors(PaintRequest request, int camera, TileLayout layout, int number, int first, int tiles)
    {
        TileFramebuffer target = _ring[number];
        target.Resize(layout);
        PassKind kind = Kind(ShaderMode.Lit, request.Variations);
        _shadows?.Draw(layout, first, tiles, _painter, NextPass);
        _mirror?.Draw(target.Drawn, kind, first, tiles, _painter, NextPass);
        var pass = new Pass(kind, target.Drawn, first, tiles, _views, _scene.Near, _scene.Far) { Id = NextPass() };
        if (_backdropHolds) DrawOverBackdrop(target, request, camera, layout, pass);
        else
        {
            target.Begin();
            _painter.DrawSolid(pass);
            _painter.DrawSky(pass, request.Variations?.Backgrounds is not null, _effects.Sky);
        }

        _painter.DrawPatches(pass);
        _painter.DrawTransparent(pass);
        _ring.Issued(number, tiles);
    }

    private void DrawOverBackdrop(TileFramebuffer target, PaintRequest request, int camera, TileLayout layout, Pass pass)
    {
        ReadOnlySpan<float> poses = request.PoseRows(_scene.PoseLength);
        _backdrops[camera]!.Begin(target, layout, pass.Tiles, poses, () =>
        {
            // All tiles there can be show the same, so the first environments stand for them all.
            for (int first = 0; first < layout.Count; first += request.Count)
            {
                Pass still = pass with
                {
                    Id = NextPass(),
                    First = 0,
                    Tiles = Math.Min(request.Count, layout.Count - first),
                    Offset = first
                };
                _painter.DrawSolid(still, still: true);
                _painter.DrawSky(still, own: false, _effects.Sky);
            }
        });
        _painter.DrawSolid(pass, still: false);
    }

    private void ReadColors(PaintRequest request, int camera, TileLayout layout, int pass)
    {
        (int first, int tiles) = Part(request, layout, pass);
        int length = _size * _size * 3;
        Clock(
            () => _ring[pass].ReadBytes(tiles,
                (tile,
                    pixels) => Pixels.DropOpacity(pixels,
                        PaintRequest.Picture<byte>(request.Rgb, (request.Place(first + tile) * _cameras.Length) + camera, length))),
            seconds => Phases = Phases with { Read = Phases.Read + seconds });
    }

    /// <summary>Depth, segments and normals: one sample a pixel, and no pass of theirs is overlapped with another.</summary>
    private void DrawExact(PaintRequest request, int camera, TileLayout layout, int first, int tiles)
    {
        int pixels = _size * _size;
        if (request.Depth != 0)
        {
            TileFramebuffer target = DrawOnce(_exact ??= new TileFramebuffer(_gl), ShaderMode.Cast, request, layout, first, tiles);
            target.ReadDepth(tiles, (tile, depth) =>
                _sky.ToMeters(depth, _views[first + tile], request.PoseRow(first + tile, _scene.PoseLength), _effects.Sky,
                    PaintRequest.Picture<float>(request.Depth, (request.Place(first + tile) * _cameras.Length) + camera, pixels)));
        }

        if (request.Segments != 0)
            DrawOnce(_exact ??= new TileFramebuffer(_gl), ShaderMode.Numbered, request, layout, first, tiles)
                .ReadBytes(tiles,
                    (tile,
                        codes) => Pixels.ToSegments(codes,
                            PaintRequest.Picture<int>(request.Segments, (request.Place(first + tile) * _cameras.Length) + camera, pixels)));
        if (request.Normals != 0)
            DrawOnce(_normals ??= new TileFramebuffer(_gl, InternalFormat.Rgba32f), ShaderMode.Normals, request, layout, first, tiles)
                .ReadNumbers(tiles,
                    (tile,
                        normals) => Pixels.DropFourth(normals,
                            PaintRequest.Picture<float>(request.Normals,
                                (request.Place(first + tile) * _cameras.Length) + camera, pixels * 3)));
    }

    private TileFramebuffer DrawOnce(TileFramebuffer target, ShaderMode mode, PaintRequest request, TileLayout layout, int first, int tiles)
    {
        target.Resize(layout);
        target.Begin();
        _painter.DrawSolid(new Pass(Kind(mode, request.Variations), layout, first, tiles, _views, _scene.Near, _scene.Far)
        {
            Id = NextPass(),
            ByBody = request.ByBody
        });
        return target;
    }

    private PassKind Kind(ShaderMode mode, SceneVariations? variations) => new(
        mode, _views.Own, OwnLights(variations), variations?.Colors is not null, variations?.Textures is not null, false,
        _shadows is not null, _effects.Fog && _scene.Fog is not null);

    private bool OwnLights(SceneVariations? variations) => _lights.Moves || variations?.Lights is not null;

    private long NextPass() => ++_pass;

    private void WriteLights(PaintRequest request)
    {
        int rows = OwnLights(request.Variations) ? request.Count : 1, length = _lights.FloatsPerRow;
        if (_lightFloats.Length < rows * length) _lightFloats = new float[rows * length];
        for (int row = 0; row < rows; row++)
            _lights.Write(request.PoseRow(row, _scene.PoseLength), request.Variations, row, _lightFloats.AsSpan(row * length, length));
        if (!OwnLights(request.Variations)) return;
        _lightRows.Upload<float>(_lightFloats.AsSpan(0, rows * length));
        _gl.BindBufferBase(BufferTargetARB.ShaderStorageBuffer, 1, _lightRows.Name);
    }

    /// <summary>Gives a program what all geoms of a pass share.</summary>
    private void Tell(ShaderProgram program, Pass pass)
    {
        program.Set("tiles", pass.Layout.Size, pass.Layout.Rows, pass.Layout.Width, pass.Layout.Height);
        program.Set("range", pass.Near, pass.Far, 1 / pass.Near, 1 / ((1 / pass.Near) - (1 / pass.Far)));
        program.Set("dim", pass.Dim);
        program.Set("firstTile", pass.Offset);
        if (!pass.Kind.OwnView) TellView(program, pass.Views.Shared);
        if (pass.Kind.Mirrored) MirrorImage.Tell(program);
        if (_scene.Sky >= 0)
        {
            program.Set("skyRadius", _sky.MeanRadius);
            program.Set("clearReach", _sky.ClearReach);
        }

        if (pass.Kind.Mode != ShaderMode.Lit) return;
        program.Set4("lightGloss", _lights.Gloss);
        program.Set3("lightFall", _lights.Fall);
        program.Set3("lightAmbient", _lights.Ambient);
        if (pass.Kind.OwnLight) program.Set("firstLight", pass.First);
        else program.Set4("lightRows", _lightFloats.AsSpan(0, _lights.FloatsPerRow));
        program.Set3("headGloss", [_scene.Headlight.Specular.X, _scene.Headlight.Specular.Y, _scene.Headlight.Specular.Z]);
        program.Set3("skyTop", [_scene.BackgroundTop.X, _scene.BackgroundTop.Y, _scene.BackgroundTop.Z]);
        program.Set3("skyBottom", [_scene.BackgroundBottom.X, _scene.BackgroundBottom.Y, _scene.BackgroundBottom.Z]);
        if (pass.Kind.Shaded) _shadows!.Tell(program, pass.First);
        TellAir(program);
    }

    private static void TellView(ShaderProgram program, ReadOnlySpan<float> view)
    {
        program.Set4("eye", view[..4]);
        program.Set4("right", view.Slice(4, 4));
        program.Set4("up", view.Slice(8, 4));
        program.Set4("forward", view.Slice(12, 4));
    }

    private void TellAir(ShaderProgram program)
    {
        if (_scene.Fog is { } fog)
        {
            program.Set("fog", fog.Color.X, fog.Color.Y, fog.Color.Z, fog.End);
            program.Set("fogThinner", 1 / MathF.Max(fog.End - fog.Start, 1e-6f));
        }

        if (_scene.Haze is not { } haze) return;
        program.Set("haze", haze.Color.X, haze.Color.Y, haze.Color.Z, haze.Share);
        program.Set("hazeShape", _sky.HazeHeight, _sky.Radius);
    }

    private static void Clock(Action work, Action<double> add)
    {
        long began = Stopwatch.GetTimestamp();
        work();
        add(Stopwatch.GetElapsedTime(began).TotalSeconds);
    }
}
