using System.Runtime.InteropServices;

namespace EmbodiedRL.Rendering.Headless;

/// <summary>EGL functions that a context without a window needs.</summary>
internal static unsafe partial class Egl
{
    public const int PlatformSurfacelessMesa = 0x31DD;
    public const int PlatformDevice = 0x313F;
    public const uint OpenGlApi = 0x30A2;
    public const int None = 0x3038;
    public const int Extensions = 0x3055;

    private const int SurfaceType = 0x3033;
    private const int RenderableType = 0x3040;
    private const int OpenGlBit = 0x0008;
    private const int ContextMajorVersion = 0x3098;
    private const int ContextMinorVersion = 0x30FB;
    private const int ContextProfileMask = 0x30FD;
    private const int CoreProfileBit = 0x1;

    private const string Library = "libEGL.so.1";

    public static nint GetPlatformDisplay(int platform, nint device)
    {
        var call = (delegate* unmanaged<int, nint, int*, nint>)GetProcAddress("eglGetPlatformDisplayEXT");
        return call is null ? 0 : call(platform, device, null);
    }

    /// <summary>The devices EGL knows; empty where it cannot enumerate them.</summary>
    public static nint[] Devices()
    {
        var call = (delegate* unmanaged<int, nint*, int*, uint>)GetProcAddress("eglQueryDevicesEXT");
        int count = 0;
        if (call is null || call(0, null, &count) == 0 || count == 0) return [];
        var devices = new nint[count];
        fixed (nint* first = devices)
            if (call(count, first, &count) == 0) return [];
        return devices;
    }

    public static string DeviceExtensions(nint device)
    {
        var call = (delegate* unmanaged<nint, int, byte*>)GetProcAddress("eglQueryDeviceStringEXT");
        return call is null ? "" : Marshal.PtrToStringUTF8((nint)call(device, Extensions)) ?? "";
    }

    public static nint ChooseConfig(nint display)
    {
        ReadOnlySpan<int> attributes = [SurfaceType, 0, RenderableType, OpenGlBit, None];
        nint config = 0;
        int found = 0;
        fixed (int* wanted = attributes)
            return ChooseConfig(display, wanted, &config, 1, &found) != 0 && found > 0 ? config : 0;
    }

    public static nint CreateCoreContext(nint display, nint config, int major, int minor)
    {
        ReadOnlySpan<int> attributes =
            [ContextMajorVersion, major, ContextMinorVersion, minor, ContextProfileMask, CoreProfileBit, None];
        fixed (int* wanted = attributes) return CreateContext(display, config, 0, wanted);
    }

    [LibraryImport(Library, EntryPoint = "eglGetProcAddress", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint GetProcAddress(string name);

    [LibraryImport(Library, EntryPoint = "eglInitialize")]
    public static partial uint Initialize(nint display, out int major, out int minor);

    [LibraryImport(Library, EntryPoint = "eglBindAPI")]
    public static partial uint BindApi(uint api);

    [LibraryImport(Library, EntryPoint = "eglMakeCurrent")]
    public static partial uint MakeCurrent(nint display, nint draw, nint read, nint context);

    [LibraryImport(Library, EntryPoint = "eglDestroyContext")]
    public static partial uint DestroyContext(nint display, nint context);

    [LibraryImport(Library, EntryPoint = "eglReleaseThread")]
    public static partial uint ReleaseThread();

    [LibraryImport(Library, EntryPoint = "eglGetError")]
    public static partial int GetError();

    [LibraryImport(Library, EntryPoint = "eglChooseConfig")]
    private static partial uint ChooseConfig(nint display, int* attributes, nint* configs, int size, int* found);

    [LibraryImport(Library, EntryPoint = "eglCreateContext")]
    private static partial nint CreateContext(nint display, nint config, nint share, int* attributes);
}
