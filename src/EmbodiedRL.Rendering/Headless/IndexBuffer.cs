using Silk.NET.OpenGL;

namespace EmbodiedRL.Rendering.Headless;

/// <summary>Vertex numbers, uploaded once.</summary>
internal sealed class IndexBuffer
{
    private readonly GL _gl;
    private readonly uint _buffer;

    public IndexBuffer(GL gl, ReadOnlySpan<byte> indices)
    {
        _gl = gl;
        _buffer = gl.GenBuffer();
        gl.BindBuffer(BufferTargetARB.ElementArrayBuffer, _buffer);
        gl.BufferData(BufferTargetARB.ElementArrayBuffer, indices, BufferUsageARB.StaticDraw);
    }

    public void Bind() => _gl.BindBuffer(BufferTargetARB.ElementArrayBuffer, _buffer);

    public void Delete() => _gl.DeleteBuffer(_buffer);
}
