using Silk.NET.OpenGL;

namespace EmbodiedRL.Rendering.Headless;

/// <summary>An array that shaders read, at one binding point.</summary>
internal sealed class StorageBuffer(GL gl, uint binding)
{
    private readonly uint _buffer = gl.GenBuffer();
    private nuint _capacity;

    /// <summary>Replaces the content; what a running draw still reads is kept aside by the driver.</summary>
    public void Upload<T>(ReadOnlySpan<T> values) where T : unmanaged
    {
        gl.BindBuffer(BufferTargetARB.ShaderStorageBuffer, _buffer);
        nuint bytes;
        unsafe
        {
            bytes = (nuint)(values.Length * sizeof(T));
        }
        if (bytes > _capacity)
        {
            gl.BufferData(BufferTargetARB.ShaderStorageBuffer, values, BufferUsageARB.StreamDraw);
            _capacity = bytes;
        }
        else
        {
            gl.BufferSubData(BufferTargetARB.ShaderStorageBuffer, 0, values);
        }
        gl.BindBufferBase(BufferTargetARB.ShaderStorageBuffer, binding, _buffer);
    }

    public void Delete() => gl.DeleteBuffer(_buffer);
}
