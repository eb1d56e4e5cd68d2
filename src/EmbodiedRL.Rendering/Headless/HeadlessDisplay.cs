using System.Collections.Concurrent;
using EmbodiedRL.Core;

namespace EmbodiedRL.Rendering.Headless;

/// <summary>
/// EGL displays of this process: a GPU's where there is one, Mesa's software renderer otherwise, or that of a device by its number.
/// </summary>
/// <remarks>EGL displays belong to the process and are never terminated: another context may still be using them.</remarks>
internal static class HeadlessDisplay
{
    private const string Remedy = "Install it: apt-get install libegl1 libgl1-mesa-dri";

    private static readonly Lazy<nint> Best = new(Open, LazyThreadSafetyMode.PublicationOnly);
    private static readonly ConcurrentDictionary<int, nint> Numbered = new();

    /// <summary>An initialized display.</summary>
    /// <param name="device">Which of EGL's devices; null for the best there is.</param>
    /// <exception cref="AssetMissingException">There is no usable EGL; names the Debian packages.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such device.</exception>
    public static nint Get(int? device = null) => device is { } number ? Numbered.GetOrAdd(number, OpenDevice) : Best.Value;

    public static AssetMissingException Missing(string what, string tried, Exception? inner = null) => new(what, tried, Remedy, inner);

    private static nint Open()
    {
        try
        {
            return FirstGpu() is var gpu and not 0 ? gpu : Surfaceless();
        }
        catch (DllNotFoundException missing)
        {
            throw Missing("EGL, for drawing without a display,", "libEGL.so.1", missing);
        }
    }

    private static nint OpenDevice(int number)
    {
        nint[] devices;
        try
        {
            devices = Egl.Devices();
        }
        catch (DllNotFoundException missing)
        {
            throw Missing("EGL, for drawing without a display,", "libEGL.so.1", missing);
        }

        if (number < 0 || number >= devices.Length)
            throw new ArgumentOutOfRangeException(nameof(number), number, $"EGL knows {devices.Length} devices, numbered from 0.");
        nint display = Egl.GetPlatformDisplay(Egl.PlatformDevice, devices[number]);
        return display != 0 && Egl.Initialize(display, out _, out _) != 0 && CanDraw(display)
            ? display
            : throw Missing($"A driver for EGL device {number}", $"EGL error 0x{Egl.GetError():X4}");
    }

    private static nint FirstGpu()
    {
        foreach (nint device in Egl.Devices())
        {
            if (Egl.DeviceExtensions(device).Contains("EGL_MESA_device_software", StringComparison.Ordinal)) continue;
            nint display = Egl.GetPlatformDisplay(Egl.PlatformDevice, device);
            if (display != 0 && Egl.Initialize(display, out _, out _) != 0 && CanDraw(display)) return display;
        }
        return 0;
    }

    private static nint Surfaceless()
    {
        nint display = Egl.GetPlatformDisplay(Egl.PlatformSurfacelessMesa, 0);
        return display != 0 && Egl.Initialize(display, out _, out _) != 0
            ? display
            : throw Missing("A GL driver that draws without a display", $"EGL_PLATFORM_SURFACELESS_MESA, error 0x{Egl.GetError():X4}");
    }

    /// <summary>Some devices open and then have no driver: only a context proves one.</summary>
    private static bool CanDraw(nint display)
    {
        if (Egl.BindApi(Egl.OpenGlApi) == 0) return false;
        nint config = Egl.ChooseConfig(display);
        nint context = config == 0 ? 0 : Egl.CreateCoreContext(display, config, HeadlessContext.Major, HeadlessContext.Minor);
        return context != 0 && Egl.DestroyContext(display, context) != 0;
    }
}
