using Silk.NET.OpenGL;

namespace EmbodiedRL.Rendering.Headless;

/// <summary>Array in device memory.</summary>
internal sealed class DeviceBuffer(GL gl)
{
    private nuint _capacity;

    /// <summary>The driver's name of it.</summary>
    public uint Name { get; } = gl.GenBuffer();

    /// <summary>Replaces the content; what a running draw still reads is kept aside by the driver.</summary>
    /// <returns>This.</returns>
    public DeviceBuffer Upload<T>(ReadOnlySpan<T> values) where T : unmanaged
    {
        gl.BindBuffer(BufferTargetARB.CopyWriteBuffer, Name);
        nuint bytes;
        unsafe
        {
            bytes = (nuint)(values.Length * sizeof(T));
        }
        if (bytes > _capacity)
        {
            gl.BufferData(BufferTargetARB.CopyWriteBuffer, values, BufferUsageARB.StreamDraw);
            _capacity = bytes;
        }
        else if (bytes > 0)
        {
            gl.BufferSubData(BufferTargetARB.CopyWriteBuffer, 0, values);
        }
        return this;
    }

    public void Delete() => gl.DeleteBuffer(Name);
}
