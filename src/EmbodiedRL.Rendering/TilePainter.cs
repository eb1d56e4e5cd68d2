using EmbodiedRL.Core;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Rendering.Headless;
using Silk.NET.OpenGL;

namespace EmbodiedRL.Rendering;

/// <summary>The GL side of the batch renderer; lives on the context's thread.</summary>
/// <remarks>One upload of poses a call, one draw call a group and pass, one read-back a column of tiles.</remarks>
internal sealed class TilePainter
{
    private readonly GL _gl;
    private readonly SceneDescription _scene;
    private readonly int _size;
    private readonly int _largestTexture;
    private readonly DrawGroup[] _groups;
    private readonly ShaderProgram[] _programs;
    private readonly ShaderProgram _sky;
    private readonly uint[] _textures;
    private readonly StorageBuffer _poses, _views, _colours, _geoms, _order;
    private readonly uint _vertexArray;
    private readonly IndexBuffer _boxFaces;
    private readonly float[] _ownColours;
    private readonly TileFramebuffer[] _targets; // two, so that one is read back while the other is drawn
    private float[] _viewScratch = new float[SceneEncoding.FloatsPerView];

    public TilePainter(GL gl, SceneDescription scene, int size)
    {
        _gl = gl;
        _scene = scene;
        _size = size;
        _largestTexture = gl.GetInteger(GetPName.MaxTextureSize);
        _groups = DrawGroup.Of(scene);
        _programs = [.. _groups.Select(group => ProgramOf(gl, group))];
        _sky = new ShaderProgram(gl, "", ["scene.glsl", "sky.vert"], ["sky.frag"]);
        _textures = [.. scene.Textures.Select(texture => Upload(gl, texture))];
        _poses = new StorageBuffer(gl, 0);
        _views = new StorageBuffer(gl, 1);
        _colours = new StorageBuffer(gl, 2);
        _geoms = new StorageBuffer(gl, 3);
        _order = new StorageBuffer(gl, 4);
        _ownColours = SceneEncoding.Colours(scene);
        _geoms.Upload<float>(SceneEncoding.Geoms(scene));
        _order.Upload<int>([.. _groups.SelectMany(group => group.Geoms), 0]);
        _vertexArray = gl.GenVertexArray();
        gl.BindVertexArray(_vertexArray);
        _boxFaces = new IndexBuffer(gl, [0, 1, 2, 2, 1, 3, 4, 5, 6, 6, 5, 7, 8, 9, 10, 10, 9, 11]);
        _targets = [new TileFramebuffer(gl), new TileFramebuffer(gl)];
        gl.Enable(EnableCap.DepthTest);
        gl.DepthFunc(DepthFunction.Lequal);
        for (int plane = 0; plane < 4; plane++) gl.Enable(EnableCap.ClipDistance0 + plane);
        gl.BlendFunc(BlendingFactor.SrcAlpha, BlendingFactor.OneMinusSrcAlpha);
    }

    /// <summary>Draws all states, in as many passes as the framebuffer needs.</summary>
    public void Paint(ReadOnlySpan<float> poses, int count, Span<byte> pixels, SceneCamera camera, SceneVariations? variations)
    {
        bool ownViews = UploadViews(camera, variations, count);
        _poses.Upload(poses.IsEmpty ? [0f] : poses);
        _colours.Upload<float>(variations?.Colours ?? _ownColours);

        TileLayout layout = TileLayout.For(_size, count, _largestTexture);
        int frame = _size * _size * 3, pass = 0;
        for (int first = 0; first < count; first += layout.Count, pass++)
        {
            _targets[pass % 2].Resize(layout);
            _targets[pass % 2].Begin();
            Draw(layout, first, Math.Min(layout.Count, count - first), ownViews, variations?.Colours is not null);
            _gl.Flush();
            if (pass > 0) Read(pass - 1, pixels);
        }

        Read(pass - 1, pixels);
        if (_gl.GetError() is var error and not GLEnum.NoError)
            throw new EmbodiedException($"The GL driver reports {error} after drawing {count} pictures of {_size}x{_size}. Draw fewer at once.");
    }

    public void Delete()
    {
        foreach (ShaderProgram program in _programs) program.Delete();
        _sky.Delete();
        foreach (uint texture in _textures) _gl.DeleteTexture(texture);
        foreach (StorageBuffer buffer in new[] { _poses, _views, _colours, _geoms, _order }) buffer.Delete();
        _boxFaces.Delete();
        _gl.DeleteVertexArray(_vertexArray);
        foreach (TileFramebuffer target in _targets) target.Delete();
    }

    private void Read(int pass, Span<byte> pixels)
    {
        TileFramebuffer target = _targets[pass % 2];
        int frame = _size * _size * 3, first = pass * target.Count, tiles = Math.Min(target.Count, (pixels.Length / frame) - first);
        target.Read(tiles, pixels.Slice(first * frame, tiles * frame));
    }

    private bool UploadViews(SceneCamera camera, SceneVariations? variations, int count)
    {
        bool own = variations is { } v && (v.Backgrounds ?? v.Lights ?? v.Cameras) is not null;
        int rows = own ? count : 1;
        const int Floats = SceneEncoding.FloatsPerView;
        if (_viewScratch.Length < rows * Floats) _viewScratch = new float[rows * Floats];
        for (int row = 0; row < rows; row++)
            SceneEncoding.WriteView(_scene, camera, variations, row, _viewScratch.AsSpan(row * Floats, Floats));
        _views.Upload<float>(_viewScratch.AsSpan(0, rows * Floats));
        return own;
    }

    private void Draw(TileLayout layout, int first, int tiles, bool ownViews, bool ownColours)
    {
        int next = 0;
        for (int i = 0; i < _groups.Length && !_groups[i].Transparent; i++) next = Draw(i, next);
        Prepare(_sky, 0, 1);
        _gl.DrawArraysInstanced(PrimitiveType.TriangleStrip, 0, 4, (uint)tiles);

        _gl.Enable(EnableCap.Blend);
        _gl.DepthMask(false);
        for (int i = 0; i < _groups.Length; i++)
            if (_groups[i].Transparent) next = Draw(i, next);
        _gl.DepthMask(true);
        _gl.Disable(EnableCap.Blend);

        int Draw(int index, int order)
        {
            DrawGroup group = _groups[index];
            Prepare(_programs[index], order, group.Geoms.Length);
            if (group.Texture >= 0) _gl.BindTexture(TextureTarget.Texture2D, _textures[group.Texture]);
            uint instances = (uint)(tiles * group.Geoms.Length);
            if (group.Kind == DrawKind.Box) DrawBoxes(instances);
            else _gl.DrawArraysInstanced(PrimitiveType.TriangleStrip, 0, 4, instances);
            return order + group.Geoms.Length;
        }

        void Prepare(ShaderProgram program, int order, int geoms)
        {
            program.Use();
            program.Set("batch", order, geoms, first, _scene.Geoms.Length);
            program.Set("strides", ownViews ? 1 : 0, ownColours ? 1 : 0, 0, 0);
            program.Set("tiles", _size, layout.Rows, layout.Width, layout.Height);
            (float near, float far) = (_scene.Near, _scene.Far);
            program.Set("range", near, far, 1 / near, 1 / (1 / near - 1 / far));
        }
    }

    /// <summary>Three faces of two triangles each; vertex 4 k + c is corner c of face k.</summary>
    private unsafe void DrawBoxes(uint instances)
    {
        _boxFaces.Bind();
        _gl.DrawElementsInstanced(PrimitiveType.Triangles, 18, DrawElementsType.UnsignedByte, null, instances);
    }

    private static ShaderProgram ProgramOf(GL gl, DrawGroup group)
    {
        string shine = group.Shiny ? "SHINY " : "";
        string image = group.Texture >= 0 ? "TEXTURED " : "";
        return group.Kind switch
        {
            DrawKind.Ellipsoid => Round("ellipsoid.frag", ""),
            DrawKind.Capsule => Round("capsule.frag", ""),
            DrawKind.Cylinder => Round("capsule.frag", "FLAT"),
            DrawKind.Plane => Flat("PLANE"),
            _ => Flat(""),
        };

        ShaderProgram Round(string shape, string define) => new(
            gl, shine + image + define, ["surface.glsl", "scene.glsl", "material.glsl", "round.vert"],
            ["surface.glsl", "light.glsl", "round.glsl", shape]);

        ShaderProgram Flat(string define) => new(
            gl, shine + image + define, ["scene.glsl", "flat.vert"],
            ["flat.frag"]);
    }

    private static uint Upload(GL gl, SceneTexture texture)
    {
        SpecMismatchException.ThrowIfLength("texture [H, W, 3]", texture.Rgb.Length, texture.Width * texture.Height * 3);
        uint name = gl.GenTexture();
        gl.BindTexture(TextureTarget.Texture2D, name);
        gl.PixelStore(PixelStoreParameter.UnpackAlignment, 1);
        gl.TexImage2D<byte>(
            TextureTarget.Texture2D, 0, InternalFormat.Rgba8, (uint)texture.Width, (uint)texture.Height, 0, PixelFormat.Rgb,
            PixelType.UnsignedByte, texture.Rgb.AsSpan());
        gl.GenerateMipmap(TextureTarget.Texture2D);
        gl.TexParameter(TextureTarget.Texture2D, TextureParameterName.TextureMinFilter, (int)TextureMinFilter.LinearMipmapNearest);
        gl.TexParameter(TextureTarget.Texture2D, TextureParameterName.TextureMagFilter, (int)TextureMagFilter.Linear);
        return name;
    }
}
