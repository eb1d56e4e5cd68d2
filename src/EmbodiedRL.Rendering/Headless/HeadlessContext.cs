using System.Runtime.ExceptionServices;
using EmbodiedRL.Core;
using Silk.NET.OpenGL;

namespace EmbodiedRL.Rendering.Headless;

/// <summary>Headless OpenGL context: no window, and the one thread that may use it.</summary>
/// <remarks>
/// GL contexts are bound to threads, callers are not: every call is handed to the owning thread and waited for.
/// <see cref="Run"/> may be called from any thread, one at a time.
/// </remarks>
internal sealed class HeadlessContext : IDisposable
{
    public const int Major = 4;
    public const int Minor = 3;          // shader storage buffers, vertex bindings

    private readonly Lock _callers = new();
    private readonly SemaphoreSlim _asked = new(0);
    private readonly SemaphoreSlim _answered = new(0);
    private readonly Thread _thread;
    private readonly int? _device;
    private Action<GL>? _job;
    private ExceptionDispatchInfo? _failure;
    private bool _disposed;

    /// <param name="device">Which of EGL's devices; null for the best there is.</param>
    /// <exception cref="AssetMissingException">No EGL, no driver or too old a one.</exception>
    public HeadlessContext(int? device = null)
    {
        _device = device;
        _thread = new Thread(Own) { IsBackground = true, Name = "GL context" };
        _thread.Start();
        Answer();
    }

    /// <summary>What GL_RENDERER says.</summary>
    public string Device { get; private set; } = "";

    /// <summary>Whether a driver of this name lets the processor draw.</summary>
    public static bool IsSoftware(string device) =>
        device.Contains("llvmpipe", StringComparison.OrdinalIgnoreCase) || device.Contains("softpipe", StringComparison.OrdinalIgnoreCase);

    /// <summary>Runs a job on the owning thread; its exception is thrown here.</summary>
    public void Run(Action<GL> job)
    {
        lock (_callers)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _job = job;
            _asked.Release();
            Answer();
        }
    }

    public void Dispose()
    {
        lock (_callers)
        {
            if (_disposed) return;
            _disposed = true;
            _job = null;
            if (_thread.IsAlive) _asked.Release();
        }
        _thread.Join();
        _asked.Dispose();
        _answered.Dispose();
    }

    private void Answer()
    {
        _answered.Wait();
        ExceptionDispatchInfo? failure = _failure;
        _failure = null;
        failure?.Throw();
    }

    private void Own()
    {
        nint display = 0, context = 0;
        GL? gl = null;
        try
        {
            display = HeadlessDisplay.Get(_device);
            context = Create(display);
            gl = GL.GetApi(name => Egl.GetProcAddress(name));
            Device = gl.GetStringS(StringName.Renderer);
        }
#pragma warning disable CA1031 // whatever went wrong belongs to the caller's thread
        catch (Exception error)
        {
            _failure = ExceptionDispatchInfo.Capture(error);
        }
#pragma warning restore CA1031
        _answered.Release();
        if (gl is null) return;

        Serve(gl);

        gl.Dispose();
        // A context that is already lost answers with an error, and there is nothing left to free.
        _ = Egl.MakeCurrent(display, 0, 0, 0);
        _ = Egl.DestroyContext(display, context);
        _ = Egl.ReleaseThread();
    }

    private void Serve(GL gl)
    {
        while (true)
        {
            _asked.Wait();
            if (_job is not { } job) return;
            try
            {
                job(gl);
            }
#pragma warning disable CA1031 // whatever went wrong belongs to the caller's thread
            catch (Exception error)
            {
                _failure = ExceptionDispatchInfo.Capture(error);
            }
#pragma warning restore CA1031
            _answered.Release();
        }
    }

    private static nint Create(nint display)
    {
        nint config = Egl.BindApi(Egl.OpenGlApi) == 0 ? 0 : Egl.ChooseConfig(display);
        nint context = config == 0 ? 0 : Egl.CreateCoreContext(display, config, Major, Minor);
        if (context == 0 || Egl.MakeCurrent(display, 0, 0, context) == 0)
            throw HeadlessDisplay.Missing($"An OpenGL {Major}.{Minor} driver", $"EGL error 0x{Egl.GetError():X4}");
        return context;
    }
}
