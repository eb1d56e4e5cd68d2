using EmbodiedRL.Core;
using Silk.NET.OpenGL;

namespace EmbodiedRL.Rendering.Painting;

/// <summary>
/// Ring of passes in flight: while commands of one are issued, the previous is rendered and the one before that is read back.
/// </summary>
/// <param name="gl">On its own thread.</param>
/// <param name="samplesASide">See <see cref="TileFramebuffer"/>.</param>
/// <param name="readBack">How images come back.</param>
/// <remarks>
/// A driver that draws on the processor gives images at once when nothing under way writes to them, and otherwise waits for all that is
/// under way: so a pass is waited for by its own fence, and read only when the next but one has been issued.
/// </remarks>
internal sealed class PassRing(GL gl, int samplesASide, ReadBack readBack)
{
    /// <summary>Passes issued before the first is read.</summary>
    public const int Ahead = 2;

    private const ulong LongestWait = 60_000_000_000; // nanoseconds: a driver that takes longer for a pass has hung

    private readonly TileFramebuffer[] _targets = [.. Enumerable.Range(0, Ahead + 1)
        .Select(_ => new TileFramebuffer(gl, InternalFormat.Rgba8, samplesASide))];
    private readonly nint[] _fences = new nint[Ahead + 1];

    /// <summary>Where a pass is drawn.</summary>
    public TileFramebuffer this[int pass] => _targets[pass % _targets.Length];

    /// <summary>Error when the driver no longer responds.</summary>
    public static EmbodiedException Lost() =>
        new("The GL context is lost: the driver was reset, or its device is gone. Nothing was drawn. Make a new renderer; if it happens "
            + "again, draw fewer and smaller pictures at once.");

    /// <summary>To be called when all of a pass has been issued.</summary>
    /// <param name="pass">Its number in the call.</param>
    /// <param name="tiles">How many it draws.</param>
    /// <exception cref="EmbodiedException">The context is lost.</exception>
    public void Issued(int pass, int tiles)
    {
        this[pass].End();
        if (readBack == ReadBack.PixelBuffers) this[pass].Send(tiles);
        Forget(pass);
        _fences[pass % _fences.Length] = gl.FenceSync(SyncCondition.SyncGpuCommandsComplete, SyncBehaviorFlags.None) is var fence and not 0
            ? fence
            : throw Lost();
        gl.Flush();
    }

    /// <summary>Waits until a pass has been drawn.</summary>
    /// <exception cref="EmbodiedException">The driver does not come to an end, or its context is lost.</exception>
    public void Await(int pass)
    {
        GLEnum status = gl.ClientWaitSync(_fences[pass % _fences.Length], SyncObjectMask.Bit, LongestWait);
        if (status is GLEnum.TimeoutExpired)
            throw new EmbodiedException($"The GL driver has not drawn a pass within {LongestWait / 1_000_000_000} s. Draw fewer and "
                + "smaller pictures at once, or look whether the driver hangs.");
        if (status is not (GLEnum.AlreadySignaled or GLEnum.ConditionSatisfied)) throw Lost();
    }

    public void Delete()
    {
        for (int i = 0; i < _targets.Length; i++)
        {
            Forget(i);
            _targets[i].Delete();
        }
    }

    private void Forget(int pass)
    {
        ref nint fence = ref _fences[pass % _fences.Length];
        if (fence != 0) gl.DeleteSync(fence);
        fence = 0;
    }
}
