using EmbodiedRL.Core;
using EmbodiedRL.Core.Scenes;
using Silk.NET.OpenGL;

namespace EmbodiedRL.Rendering.Painting;

/// <summary>The scene's bitmaps on the device.</summary>
internal sealed class TextureStore
{
    /// <summary>Of a cube.</summary>
    public const int Faces = 6;

    private readonly GL _gl;
    private readonly uint[] _names;
    private readonly TextureTarget[] _targets;
    private readonly uint[] _sky; // its faces once more, each by itself: much cheaper to read than a cube

    public TextureStore(GL gl, SceneDescription scene)
    {
        _gl = gl;
        _targets = [.. scene.Textures.Select(texture => texture.IsCube ? TextureTarget.TextureCubeMap : TextureTarget.Texture2D)];
        _names = [.. scene.Textures.Select(texture => Upload(gl, texture))];
        _sky = scene.Sky < 0 ? [] : [.. Enumerable.Range(0, Faces).Select(face => UploadFace(gl, scene.Textures[scene.Sky], face))];
        gl.Enable(EnableCap.TextureCubeMapSeamless);
    }

    public void Bind(int texture)
    {
        _gl.ActiveTexture(TextureUnit.Texture0);
        _gl.BindTexture(_targets[texture], _names[texture]);
    }

    /// <summary>Binds a face of the sky.</summary>
    public void BindFace(int face)
    {
        _gl.ActiveTexture(TextureUnit.Texture0);
        _gl.BindTexture(TextureTarget.Texture2D, _sky[face]);
    }

    public void Delete()
    {
        foreach (uint name in _sky) _gl.DeleteTexture(name);
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

    private static uint UploadFace(GL gl, SceneTexture texture, int face)
    {
        uint name = gl.GenTexture();
        int side = texture.Width, length = side * side * 3;
        gl.BindTexture(TextureTarget.Texture2D, name);
        Image(gl, TextureTarget.Texture2D, side, side, texture.Rgb.AsSpan(texture.Height == side ? 0 : face * length, length));
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
        if (!all && texture.Height != side) throw new SpecMismatchException("cube texture [H, W, 3]", $"H = W = {side} or H = 6 W", $"H = {texture.Height}");
        for (int i = 0; i < Faces; i++)
            Image(gl, TextureTarget.TextureCubeMapPositiveX + i, side, side, texture.Rgb.AsSpan(all ? i * face : 0, face));
    }

    private static void Image(GL gl, TextureTarget target, int width, int height, ReadOnlySpan<byte> rgb) =>
        gl.TexImage2D(target, 0, InternalFormat.Rgba8, (uint)width, (uint)height, 0, PixelFormat.Rgb, PixelType.UnsignedByte, rgb);
}
