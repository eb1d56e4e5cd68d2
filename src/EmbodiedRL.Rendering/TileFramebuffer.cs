using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using EmbodiedRL.Core;
using EmbodiedRL.Rendering.Headless;
using Silk.NET.OpenGL;

namespace EmbodiedRL.Rendering;

/// <summary>The picture of all tiles, with depth, and its way back to the caller.</summary>
internal sealed class TileFramebuffer(GL gl)
{
    private readonly uint _framebuffer = gl.GenFramebuffer();
    private readonly uint _colour = gl.GenRenderbuffer();
    private readonly uint _depth = gl.GenRenderbuffer();
    private TileLayout _layout;
    private byte[] _rgba = [];

    /// <summary>Tiles of one pass.</summary>
    public int Count => _layout.Count;

    /// <summary>Makes room; does nothing when the layout is as before.</summary>
    /// <exception cref="EmbodiedException">The driver has no memory for it.</exception>
    public void Resize(TileLayout layout)
    {
        if (layout == _layout) return;
        gl.BindFramebuffer(FramebufferTarget.Framebuffer, _framebuffer);
        Attach(_colour, InternalFormat.Rgba8, FramebufferAttachment.ColorAttachment0);
        Attach(_depth, InternalFormat.DepthComponent32f, FramebufferAttachment.DepthAttachment);
        GLEnum status = gl.CheckFramebufferStatus(FramebufferTarget.Framebuffer);
        if (status != GLEnum.FramebufferComplete)
            throw new EmbodiedException($"The GL driver refuses a framebuffer of {layout.Width}x{layout.Height} pixels ({status}). Draw smaller pictures.");
        _layout = layout;
        _rgba = new byte[layout.Rows * layout.Size * layout.Size * 4];

        void Attach(uint buffer, InternalFormat format, FramebufferAttachment at)
        {
            gl.BindRenderbuffer(RenderbufferTarget.Renderbuffer, buffer);
            gl.RenderbufferStorage(RenderbufferTarget.Renderbuffer, format, (uint)layout.Width, (uint)layout.Height);
            gl.FramebufferRenderbuffer(FramebufferTarget.Framebuffer, at, RenderbufferTarget.Renderbuffer, buffer);
        }
    }

    /// <summary>Readies all tiles for drawing. The sky paints every pixel that nothing else does, so only depth is cleared.</summary>
    public void Begin()
    {
        gl.BindFramebuffer(FramebufferTarget.Framebuffer, _framebuffer);
        gl.Viewport(0, 0, (uint)_layout.Width, (uint)_layout.Height);
        gl.Clear(ClearBufferMask.DepthBufferBit | ClearBufferMask.ColorBufferBit);
    }

    /// <summary>Copies the first tiles to [tiles, H, W, 3].</summary>
    public void Read(int tiles, Span<byte> pixels)
    {
        int size = _layout.Size;
        gl.BindFramebuffer(FramebufferTarget.ReadFramebuffer, _framebuffer);
        for (int column = 0, first = 0; first < tiles; column++, first += _layout.Rows)
        {
            int rows = Math.Min(_layout.Rows, tiles - first);
            Span<byte> rgba = _rgba.AsSpan(0, rows * size * size * 4);
            gl.ReadPixels(column * size, 0, (uint)size, (uint)(rows * size), PixelFormat.Rgba, PixelType.UnsignedByte, rgba);
            DropOpacity(MemoryMarshal.Cast<byte, uint>(rgba), pixels.Slice(first * size * size * 3, rows * size * size * 3));
        }
    }

    public void Delete()
    {
        gl.DeleteFramebuffer(_framebuffer);
        gl.DeleteRenderbuffer(_colour);
        gl.DeleteRenderbuffer(_depth);
    }

    /// <summary>RGBA to RGB: drivers read four channels back far faster than three.</summary>
    private static void DropOpacity(ReadOnlySpan<uint> rgba, Span<byte> rgb)
    {
        // Each store overlaps the next pixels, which then overwrite the excess; the last pixel is written by bytes.
        ref byte into = ref MemoryMarshal.GetReference(rgb);
        ref uint from = ref MemoryMarshal.GetReference(rgba);
        int last = rgba.Length - 1, i = 0;
        Vector128<byte> order = Vector128.Create((byte)0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 255, 255, 255, 255);
        for (; i + 6 <= last; i += 4) // 16 bytes are stored for four pixels of 12, so two more pixels must follow
            Vector128.ShuffleNative(Vector128.LoadUnsafe(ref from, (nuint)i).AsByte(), order).StoreUnsafe(ref into, (nuint)(i * 3));
        for (; i < last; i++) Unsafe.WriteUnaligned(ref Unsafe.Add(ref into, i * 3), rgba[i]);
        uint end = rgba[last];
        rgb[last * 3] = (byte)end;
        rgb[last * 3 + 1] = (byte)(end >> 8);
        rgb[last * 3 + 2] = (byte)(end >> 16);
    }
}
