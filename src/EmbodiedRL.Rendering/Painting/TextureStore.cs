using EmbodiedRL.Core;
using EmbodiedRL.Core.Scenes;
using Silk.NET.OpenGL;

namespace EmbodiedRL.Rendering.Painting;

/// <summary>Textures of the scene on the device.</summary>
internal sealed class TextureStore
{
    /// <summary>Of a cube.</summary>
    public const int Faces = 6;

    private readonly GL _gl;
    private readonly uint[] _names;
    private readonly TextureTarget[] _targets;
    private readonly int _sky;
    private readonly uint _bands;

    public TextureStore(GL gl, SceneDescription scene)
    {
        _gl = gl;
        _targets = [.. scene.Textures.Select(texture => texture.IsCube ? TextureTarget.TextureCubeMap : TextureTarget.Texture2D)];
        _names = [.. scene.Textures.Select(texture => Upload(gl, texture))];
        if (scene.Sky >= 0)
        {
            _sky = scene.Sky;
            IsBanded = Bands(scene.Textures[scene.Sky]) is not null;
            if (Bands(scene.Textures[scene.Sky]) is { } bands) _bands = UploadBands(gl, bands, scene.Textures[scene.Sky].Width);
        }

        gl.Enable(EnableCap.TextureCubeMapSeamless);
    }

    public void Bind(int texture)
    {
        _gl.ActiveTexture(TextureUnit.Texture0);
        _gl.BindTexture(_targets[texture], _names[texture]);
    }

    /// <summary>Whether all sides of the sky are alike and differ in height alone, which is much cheaper to read than a cube.</summary>
    public bool IsBanded { get; }

    /// <summary>Binds the sky.</summary>
    public void BindSky()
    {
        if (!IsBanded)
        {
            Bind(_sky);
            return;
        }

        _gl.ActiveTexture(TextureUnit.Texture0);
        _gl.BindTexture(TextureTarget.Texture2D, _bands);
    }

    public void Delete()
    {
        if (_bands != 0) _gl.DeleteTexture(_bands);
        foreach (uint name in _names) _gl.DeleteTexture(name);
    }

    private static uint Upload(GL gl, SceneTexture texture)
    {
        SpecMismatchException.ThrowIfLength("texture [H, W, 3]", texture.Rgb.Length, texture.Width * texture.Height * 3);
        uint name = gl.GenTexture();
        TextureTarget target = texture.IsCube ? TextureTarget.TextureCubeMap : TextureTarget.Texture2D;
        gl.BindTexture(target, name);
        gl.PixelStore(PixelStoreParameter.UnpackAlignment, 1);
        if (texture.IsCube) UploadFaces(gl, texture);
        else Image(gl, TextureTarget.Texture2D, texture.Width, texture.Height, texture.Rgb.AsSpan());
        gl.GenerateMipmap(target);
        gl.TexParameter(target, TextureParameterName.TextureMinFilter, (int)TextureMinFilter.LinearMipmapNearest);
        gl.TexParameter(target, TextureParameterName.TextureMagFilter, (int)TextureMagFilter.Linear);
        return name;
    }

    /// <summary>
    /// The colors of a sky from top to bottom, [H, 3], if they depend on height alone and its top and bottom have one color each.
    /// </summary>
    private static byte[]? Bands(SceneTexture texture)
    {
        const int tolerance = 2, up = 2, down = 3;
        int side = texture.Width;
        if (texture.Height != side * Faces) return null;
        byte[] bands = [.. Enumerable.Range(0, side * 3).Select(i => At(0, i / 3, 0, i % 3))];
        for (int face = 0; face < Faces; face++)
            for (int y = 0; y < side; y++)
                for (int x = 0; x < side; x++)
                    for (int channel = 0; channel < 3; channel++)
                    {
                        int row = face == up ? 0 : face == down ? side - 1 : y;
                        if (Math.Abs(At(face, y, x, channel) - bands[(row * 3) + channel]) > tolerance) return null;
                    }

        return bands;

        byte At(int face, int y, int x, int channel) => texture.Rgb[(((((face * side) + y) * side) + x) * 3) + channel];
    }

    private static uint UploadBands(GL gl, byte[] bands, int side)
    {
        uint name = gl.GenTexture();
        gl.BindTexture(TextureTarget.Texture2D, name);
        Image(gl, TextureTarget.Texture2D, 1, side, bands);
        foreach (TextureParameterName filter in new[] { TextureParameterName.TextureMinFilter, TextureParameterName.TextureMagFilter })
            gl.TexParameter(TextureTarget.Texture2D, filter, (int)TextureMinFilter.Linear);
        foreach (TextureParameterName edge in new[] { TextureParameterName.TextureWrapS, TextureParameterName.TextureWrapT })
            gl.TexParameter(TextureTarget.Texture2D, edge, (int)TextureWrapMode.ClampToEdge);
        return name;
    }

    private static void UploadFaces(GL gl, SceneTexture texture)
    {
        int side = texture.Width, face = side * side * 3;
        bool all = texture.Height == side * Faces;
        if (!all && texture.Height != side)
            throw new SpecMismatchException("cube texture [H, W, 3]", $"H = W = {side} or H = 6 W", $"H = {texture.Height}");
        for (int i = 0; i < Faces; i++)
            Image(gl, TextureTarget.TextureCubeMapPositiveX + i, side, side, texture.Rgb.AsSpan(all ? i * face : 0, face));
    }

    private static void Image(GL gl, TextureTarget target, int width, int height, ReadOnlySpan<byte> rgb) =>
        gl.TexImage2D(target, 0, InternalFormat.Rgba8, (uint)width, (uint)height, 0, PixelFormat.Rgb, PixelType.UnsignedByte, rgb);
}
