using System.Numerics;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Rendering.Headless;
using Silk.NET.OpenGL;

namespace EmbodiedRL.Rendering.Painting;

/// <summary>Shadow maps: a layer of tiles for each light that casts shadows.</summary>
internal sealed class ShadowMaps
{
    /// <summary>Pixels of a map for each pixel of an image.</summary>
    public const int Fineness = 2;

    private const float Away = 200, Reach = 20;   // half-widths that a directional light's view stands back, and that it covers
    private const float WidestDegrees = 160;

    private readonly GL _gl;
    private readonly SceneDescription _scene;
    private readonly LightEncoding _lights;
    private readonly int[] _casting;
    private readonly ViewRows[] _views;
    private readonly DeviceBuffer _rows;
    private readonly uint _framebuffer, _texture;
    private readonly int _size;
    private float[] _floats = [];
    private TileLayout _layout;
    private bool _own;

    /// <param name="gl">On its own thread.</param>
    /// <param name="scene">Whose lights.</param>
    /// <param name="lights">Which of them cast shadows.</param>
    /// <param name="size">Pixels a side of an image's tile.</param>
    public ShadowMaps(GL gl, SceneDescription scene, LightEncoding lights, int size)
    {
        (_gl, _scene, _lights, _size) = (gl, scene, lights, size * Fineness);
        _casting = [.. Enumerable.Range(0, scene.Lights.Length).Where(light => (lights.Shades >> light & 1) != 0)];
        _views = [.. _casting.Select(_ => new ViewRows(gl) { IsLight = true })];
        _rows = new DeviceBuffer(gl);
        (_framebuffer, _texture) = (gl.GenFramebuffer(), gl.GenTexture());
        Lenses = new float[4 * scene.Lights.Length];
        foreach (int light in _casting) Lens(scene.Lights[light]).CopyTo(Lenses, 4 * light);
    }

    /// <summary>Uniform shadowLens.</summary>
    public float[] Lenses { get; }

    /// <summary>Renders the shadow map of every light.</summary>
    public void Place(PaintRequest request)
    {
        (int count, SceneVariations? variations) = (request.Count, request.Variations);
        _own = _lights.Moves || variations?.Lights is not null;
        int rows = _own ? count : 1, shadows = _casting.Length;
        if (_floats.Length < rows * shadows * View.Floats) _floats = new float[rows * shadows * View.Floats];
        for (int k = 0; k < shadows; k++)
        {
            SceneLight light = _scene.Lights[_casting[k]];
            bool first = _casting[k] == 0;
            _views[k].Fill(_own, count, row => Look(light, first, request.PoseRow(row, _scene.PoseLength), variations, row));
            for (int row = 0; row < rows; row++) _views[k][row].Write(_floats.AsSpan(((row * shadows) + k) * View.Floats));
        }

        _rows.Upload<float>(_floats.AsSpan(0, rows * shadows * View.Floats));
    }

    /// <summary>Draws the maps of some tiles.</summary>
    public void Draw(TileLayout tiles, int first, int count, GeomPainter painter, Func<long> nextPass)
    {
        Resize(tiles.At(_size));
        for (int k = 0; k < _casting.Length; k++)
        {
            (float near, float far) = Range(_scene.Lights[_casting[k]]);
            _gl.BindFramebuffer(FramebufferTarget.Framebuffer, _framebuffer);
            _gl.FramebufferTextureLayer(FramebufferTarget.Framebuffer, FramebufferAttachment.DepthAttachment, _texture, 0, k);
            _gl.Viewport(0, 0, (uint)_layout.Width, (uint)_layout.Height);
            _gl.Clear(ClearBufferMask.DepthBufferBit);
            painter.DrawSolid(new Pass(new PassKind(ShaderMode.Cast, _own, false, false, false, false, false, false), _layout, first, count,
                _views[k], near, far)
            { Id = nextPass() });
        }

        _gl.ActiveTexture(TextureUnit.Texture2);
        _gl.BindTexture(TextureTarget.Texture2DArray, _texture);
        _gl.BindBufferBase(BufferTargetARB.ShaderStorageBuffer, 2, _rows.Name);
    }

    /// <summary>Gives a program what it needs to read the maps.</summary>
    public void Tell(ShaderProgram program, int first)
    {
        program.Set("shadowSize", _size);
        program.Set4("shadowLens", Lenses);
        program.Set("shadowStride", _casting.Length, _own ? first : -1, _layout.Rows, _size);
    }

    public void Delete()
    {
        _gl.DeleteFramebuffer(_framebuffer);
        _gl.DeleteTexture(_texture);
        _rows.Delete();
        foreach (ViewRows views in _views) views.Delete();
    }

    /// <summary>The view of a directional light stands far behind, so that its rays are nearly parallel.</summary>
    private View Look(SceneLight light, bool first, ReadOnlySpan<float> poses, SceneVariations? variations, int row)
    {
        (Vector3 position, Vector3 direction) = _lights.Place(light, poses);
        if (first && variations?.Lights is { } own) direction = new Vector3(own.AsSpan(row * 12, 3));
        direction = direction.LengthSquared() > 0 ? Vector3.Normalize(direction) : -Vector3.UnitZ;
        return View.Toward(light.IsDirectional ? position - (Away * _scene.Shadows.HalfWidth * direction) : position,
            direction, Tangent(light));
    }

    private float Tangent(SceneLight light) => light.IsDirectional
        ? 1 / Away
        : MathF.Tan(MathF.Min(2 * light.CutoffDegrees * _scene.Shadows.ConeShare, WidestDegrees) * MathF.PI / 360);

    private (float Near, float Far) Range(SceneLight light)
    {
        float half = _scene.Shadows.HalfWidth;
        return light.IsDirectional ? ((Away - Reach) * half, (Away + Reach) * half) : (_scene.Near, _scene.Far);
    }

    private float[] Lens(SceneLight light)
    {
        ((float near, float far), float tangent) = (Range(light), Tangent(light));
        return [tangent, 1 / near, 1 / ((1 / near) - (1 / far)), 2 * tangent / _size];
    }

    private void Resize(TileLayout layout)
    {
        if (layout == _layout) return;
        _layout = layout;
        _gl.ActiveTexture(TextureUnit.Texture2);
        _gl.BindTexture(TextureTarget.Texture2DArray, _texture);
        unsafe
        {
            _gl.TexImage3D(TextureTarget.Texture2DArray, 0, InternalFormat.DepthComponent32f, (uint)layout.Width, (uint)layout.Height,
                (uint)_casting.Length, 0, PixelFormat.DepthComponent, PixelType.Float, null);
        }
        _gl.TexParameter(TextureTarget.Texture2DArray, TextureParameterName.TextureMinFilter, (int)TextureMinFilter.Nearest);
        _gl.TexParameter(TextureTarget.Texture2DArray, TextureParameterName.TextureMagFilter, (int)TextureMagFilter.Nearest);
        _gl.BindFramebuffer(FramebufferTarget.Framebuffer, _framebuffer);
        _gl.FramebufferTextureLayer(FramebufferTarget.Framebuffer, FramebufferAttachment.DepthAttachment, _texture, 0, 0);
        _gl.DrawBuffer(DrawBufferMode.None);
        _gl.ReadBuffer(ReadBufferMode.None);
        GLEnum status = _gl.CheckFramebufferStatus(FramebufferTarget.Framebuffer);
        if (status == GLEnum.FramebufferComplete) return;
        _layout = default;
        throw new EmbodiedException($"The GL driver refuses shadow maps of {layout.Width}x{layout.Height} pixels ({status}). Draw smaller "
            + "pictures or no shadows.");
    }
}
