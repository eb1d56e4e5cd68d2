using EmbodiedRL.Core;
using Silk.NET.OpenGL;

namespace EmbodiedRL.Rendering.Painting;

/// <summary>Framebuffer of all tiles, with depth, and its read-back.</summary>
/// <param name="gl">On its own thread.</param>
/// <param name="format">Of the colors.</param>
/// <param name="samplesASide">2 draws four samples a pixel and averages them before they are read.</param>
internal sealed class TileFramebuffer(GL gl, InternalFormat format = InternalFormat.Rgba8, int samplesASide = 1)
{
    private readonly uint _framebuffer = gl.GenFramebuffer(), _color = gl.GenTexture(), _depth = gl.GenRenderbuffer();
    private readonly uint _resolved = samplesASide > 1 ? gl.GenFramebuffer() : 0,
        _resolvedColor = samplesASide > 1 ? gl.GenRenderbuffer() : 0;
    private TileLayout _layout;
    private float[] _floats = [];
    private uint _sent;      // a pixel buffer
    private long _sentBytes; // what it has room for
    private bool _isSent;

    /// <summary>Gets one tile as it was read: its number, and its pixels from the top.</summary>
    public delegate void TileReader<T>(int tile, ReadOnlySpan<T> pixels);

    /// <summary>The colors, for other draws to read.</summary>
    public uint Texture => _color;

    /// <summary>Where the tiles lie as they are drawn.</summary>
    public TileLayout Drawn => _layout.At(_layout.Size * samplesASide);

    /// <summary>Makes room; does nothing when the layout is as before.</summary>
    /// <exception cref="EmbodiedException">The driver has no memory for it.</exception>
    public void Resize(TileLayout layout)
    {
        if (layout == _layout) return;
        _layout = layout;
        (uint width, uint height) = ((uint)Drawn.Width, (uint)Drawn.Height);
        gl.BindFramebuffer(FramebufferTarget.Framebuffer, _framebuffer);
        gl.ActiveTexture(TextureUnit.Texture0);
        gl.BindTexture(TextureTarget.Texture2D, _color);
        unsafe
        {
            gl.TexImage2D(TextureTarget.Texture2D, 0, format, width, height, 0, PixelFormat.Rgba,
                format == InternalFormat.Rgba8 ? PixelType.UnsignedByte : PixelType.Float, null);
        }
        gl.TexParameter(TextureTarget.Texture2D, TextureParameterName.TextureMinFilter, (int)TextureMinFilter.Nearest);
        gl.FramebufferTexture2D(FramebufferTarget.Framebuffer, FramebufferAttachment.ColorAttachment0, TextureTarget.Texture2D, _color, 0);
        Attach(_depth, InternalFormat.DepthComponent32f, FramebufferAttachment.DepthAttachment, width, height);
        Require();
        if (_resolved == 0) return;
        gl.BindFramebuffer(FramebufferTarget.Framebuffer, _resolved);
        Attach(_resolvedColor, format, FramebufferAttachment.ColorAttachment0, (uint)layout.Width, (uint)layout.Height);
        Require();

        void Attach(uint buffer, InternalFormat inside, FramebufferAttachment at, uint wide, uint high)
        {
            gl.BindRenderbuffer(RenderbufferTarget.Renderbuffer, buffer);
            gl.RenderbufferStorage(RenderbufferTarget.Renderbuffer, inside, wide, high);
            gl.FramebufferRenderbuffer(FramebufferTarget.Framebuffer, at, RenderbufferTarget.Renderbuffer, buffer);
        }

        void Require()
        {
            GLEnum status = gl.CheckFramebufferStatus(FramebufferTarget.Framebuffer);
            if (status == GLEnum.FramebufferComplete) return;
            _layout = default;
            throw new EmbodiedException($"The GL driver refuses a framebuffer of {width}x{height} pixels ({status}). Draw smaller "
                + "pictures.");
        }
    }

    /// <summary>Readies all tiles for drawing.</summary>
    public void Begin()
    {
        gl.BindFramebuffer(FramebufferTarget.Framebuffer, _framebuffer);
        gl.Viewport(0, 0, (uint)Drawn.Width, (uint)Drawn.Height);
        gl.ClearColor(0, 0, 0, 0);
        gl.Clear(ClearBufferMask.DepthBufferBit | ClearBufferMask.ColorBufferBit);
    }

    /// <summary>Readies all tiles for drawing over what another one holds.</summary>
    /// <param name="other">Of the same layout.</param>
    /// <param name="tiles">How many are drawn.</param>
    public void BeginOver(TileFramebuffer other, int tiles)
    {
        TileLayout drawn = Drawn;
        (uint width, uint height) =
            ((uint)((tiles + drawn.Rows - 1) / drawn.Rows * drawn.Size), (uint)(Math.Min(tiles, drawn.Rows) * drawn.Size));
        gl.CopyImageSubData(other._color, CopyImageSubDataTarget.Texture2D, 0, 0, 0, 0, _color, CopyImageSubDataTarget.Texture2D, 0, 0,
            0, 0, width, height, 1);
        gl.CopyImageSubData(other._depth, CopyImageSubDataTarget.Renderbuffer, 0, 0, 0, 0, _depth, CopyImageSubDataTarget.Renderbuffer,
            0, 0, 0, 0, width, height, 1);
        gl.BindFramebuffer(FramebufferTarget.Framebuffer, _framebuffer);
        gl.Viewport(0, 0, (uint)drawn.Width, (uint)drawn.Height);
    }

    /// <summary>To be called after the last draw: averages samples, if there are several.</summary>
    public void End()
    {
        if (_resolved == 0) return;
        gl.BindFramebuffer(FramebufferTarget.ReadFramebuffer, _framebuffer);
        gl.BindFramebuffer(FramebufferTarget.DrawFramebuffer, _resolved);
        gl.BlitFramebuffer(0, 0, Drawn.Width, Drawn.Height, 0, 0, _layout.Width, _layout.Height, ClearBufferMask.ColorBufferBit,
            BlitFramebufferFilter.Linear);
    }

    /// <summary>
    /// Asks the device to bring the colors of some tiles on their way, so that <see cref="ReadBytes"/> need not wait for later draws.
    /// </summary>
    public void Send(int tiles)
    {
        if (_sent == 0) _sent = gl.GenBuffer();
        gl.BindBuffer(BufferTargetARB.PixelPackBuffer, _sent);
        long bytes = (long)_layout.Width * _layout.Height * sizeof(uint);
        if (bytes > _sentBytes)
        {
            unsafe
            {
                gl.BufferData(BufferTargetARB.PixelPackBuffer, (nuint)bytes, null, BufferUsageARB.StreamRead);
            }
            _sentBytes = bytes;
        }

        int size = _layout.Size;
        gl.BindFramebuffer(FramebufferTarget.ReadFramebuffer, Readable);
        for (int x = 0, first = 0; first < tiles; x++, first += _layout.Rows)
        {
            unsafe
            {
                gl.ReadPixels(x * size, 0, (uint)size, (uint)(Math.Min(_layout.Rows, tiles - first) * size), PixelFormat.Rgba,
                    PixelType.UnsignedByte, (void*)((long)first * size * size * sizeof(uint)));
            }
        }

        gl.BindBuffer(BufferTargetARB.PixelPackBuffer, 0);
        _isSent = true;
    }

    /// <summary>Reads colors of four bytes: those that were sent, if any were.</summary>
    /// <exception cref="EmbodiedException">The driver does not give them back.</exception>
    public void ReadBytes(int tiles, TileReader<uint> into)
    {
        if (_isSent) ReadSent(tiles, into);
        else Read(tiles, Readable, PixelFormat.Rgba, PixelType.UnsignedByte, 1, into);
    }

    /// <summary>Reads colors of four numbers.</summary>
    public void ReadNumbers(int tiles, TileReader<float> into) => Read(tiles, _framebuffer, PixelFormat.Rgba, PixelType.Float, 4, into);

    /// <summary>Reads depth in [0, 1].</summary>
    public void ReadDepth(int tiles, TileReader<float> into) =>
        Read(tiles, _framebuffer, PixelFormat.DepthComponent, PixelType.Float, 1, into);

    public void Delete()
    {
        gl.DeleteFramebuffer(_framebuffer);
        gl.DeleteTexture(_color);
        gl.DeleteRenderbuffer(_depth);
        if (_sent != 0) gl.DeleteBuffer(_sent);
        if (_resolved == 0) return;
        gl.DeleteFramebuffer(_resolved);
        gl.DeleteRenderbuffer(_resolvedColor);
    }

    private uint Readable => _resolved == 0 ? _framebuffer : _resolved;

    private unsafe void ReadSent(int tiles, TileReader<uint> into)
    {
        _isSent = false;
        int pixels = _layout.Size * _layout.Size;
        gl.BindBuffer(BufferTargetARB.PixelPackBuffer, _sent);
        uint* all = (uint*)gl.MapBufferRange(BufferTargetARB.PixelPackBuffer, 0, (nuint)((long)tiles * pixels * sizeof(uint)),
            MapBufferAccessMask.ReadBit);
        if (all == null)
            throw new EmbodiedException($"The GL driver does not give back {tiles} pictures of {_layout.Size}x{_layout.Size} "
                + $"({gl.GetError()}): its context may be lost. Start anew, or draw fewer at once.");
        for (int tile = 0; tile < tiles; tile++) into(tile, new ReadOnlySpan<uint>(all + ((long)tile * pixels), pixels));
        gl.UnmapBuffer(BufferTargetARB.PixelPackBuffer);
        gl.BindBuffer(BufferTargetARB.PixelPackBuffer, 0);
    }

    private void Read<T>(int tiles, uint from, PixelFormat pixel, PixelType type, int valuesAPixel, TileReader<T> into) where T : unmanaged
    {
        int size = _layout.Size, values = size * size * valuesAPixel;
        if (_floats.Length < _layout.Rows * values) _floats = new float[_layout.Rows * values];
        Span<T> column = System.Runtime.InteropServices.MemoryMarshal.Cast<float, T>(_floats.AsSpan());
        gl.BindFramebuffer(FramebufferTarget.ReadFramebuffer, from);
        for (int x = 0, first = 0; first < tiles; x++, first += _layout.Rows)
        {
            int rows = Math.Min(_layout.Rows, tiles - first);
            gl.ReadPixels(x * size, 0, (uint)size, (uint)(rows * size), pixel, type, column[..(rows * values)]);
            for (int row = 0; row < rows; row++) into(first + row, column.Slice(row * values, values));
        }
    }
}
