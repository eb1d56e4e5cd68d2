using System.Diagnostics;
using System.Runtime.InteropServices;
using EmbodiedRL.App.Reporting.Sections;
using EmbodiedRL.Benchmarks.Physics;
using EmbodiedRL.Core;
using EmbodiedRL.Rendering.Headless;
using EmbodiedRL.Simulation.Layout;
using EmbodiedRL.Simulation.Native;
using EmbodiedRL.Simulation.Physics;

namespace EmbodiedRL.Benchmarks.Pictures;

/// <summary>
/// The reference of <c>bench render</c>: MuJoCo's own renderer, one state after another, in an EGL context of its own. Owns all of it.
/// </summary>
/// <remarks>Stays on the thread that made it, as the context does.</remarks>
internal sealed unsafe partial class MuJoCoRenderer : IDisposable
{
    private const int GeomsAtMost = 10_000;

    private readonly nint _display, _context;
    private readonly nint _model;
    private readonly nint[] _states;
    private readonly void* _scene, _option, _camera, _resources;
    private readonly int _size;

    /// <summary>Makes a context, and states to draw.</summary>
    /// <param name="file">MJCF.</param>
    /// <param name="camera">By name.</param>
    /// <param name="size">Pixels a side.</param>
    /// <param name="look">What is drawn beside shapes.</param>
    /// <param name="count">States.</param>
    /// <exception cref="AssetMissingException">There is no driver for it.</exception>
    public MuJoCoRenderer(string file, int camera, int size, Look look, int count)
    {
        LayoutTable table = MuJoCoLibrary.Table;
        var layout = VisualLayout.Of(table.Number);
        _size = size;
        (_display, _context) = OpenContext();
        _model = MuJoCo.Load(file);
        *MuJoCo.At<int>(_model, "mjModel", "vis.global.offwidth") = size;
        *MuJoCo.At<int>(_model, "mjModel", "vis.global.offheight") = size;
        if (look != Look.Full) *MuJoCo.At<int>(_model, "mjModel", "vis.quality.offsamples") = 0;
        _states = new nint[count];
        for (int i = 0; i < count; i++) _states[i] = MuJoCo.MakeData(_model);

        _scene = Room(layout.Scene);
        _option = Room(layout.Option);
        _camera = Room(layout.Camera);
        _resources = Room(layout.Context);
        DefaultScene(_scene);
        DefaultOption(_option);
        DefaultCamera(_camera);
        DefaultContext(_resources);
        *(int*)((byte*)_camera + VisualLayout.CameraType) = table.Constant("mjCAMERA_FIXED");
        *(int*)((byte*)_camera + VisualLayout.CameraId) = camera;
        MakeScene(_model, _scene, GeomsAtMost);
        byte* flags = (byte*)_scene + layout.Flags;
        flags[table.Constant("mjRND_SHADOW")] = (byte)(look == Look.Plain ? 0 : 1);
        flags[table.Constant("mjRND_REFLECTION")] = (byte)(look == Look.Full ? 1 : 0);
        MakeContext(_model, _resources, table.Constant("mjFONTSCALE_100"));
        SetBuffer(table.Constant("mjFB_OFFSCREEN"), _resources);
    }

    /// <summary>
    /// How long the parts of all pictures took so far, in seconds: gathering what is seen, issuing it, and waiting for the pixels.
    /// </summary>
    public (double Update, double Render, double Read) Phases { get; private set; }

    /// <summary>Sets the states' positions.</summary>
    /// <param name="positions">[N, nq] of at least as many.</param>
    public void Place(ReadOnlySpan<double> positions)
    {
        int length = (int)MuJoCo.Size(_model, "mjModel", "nq");
        for (int i = 0; i < _states.Length; i++)
            positions.Slice(i * length, length).CopyTo(new Span<double>((void*)*MuJoCo.At<nint>(_states[i], "mjData", "qpos"), length));
        foreach (nint state in _states)
        {
            MuJoCo.Kinematics(_model, state);
            MuJoCo.CentersOfMass(_model, state);
            MuJoCo.CamerasAndLights(_model, state);
        }
    }

    /// <summary>Draws all states.</summary>
    /// <param name="pixels">[N, H, W, 3], the bottom row first, as OpenGL has it.</param>
    public void Render(Span<byte> pixels)
    {
        int everything = MuJoCoLibrary.Table.Constant("mjCAT_ALL"), frame = _size * _size * 3;
        var whole = new Viewport(0, 0, _size, _size);
        fixed (byte* first = pixels)
            for (int i = 0; i < _states.Length; i++)
            {
                long began = Stopwatch.GetTimestamp();
                UpdateScene(_model, _states[i], _option, null, _camera, everything, _scene);
                long updated = Stopwatch.GetTimestamp();
                Draw(whole, _scene, _resources);
                long drawn = Stopwatch.GetTimestamp();
                ReadPixels(first + ((long)i * frame), null, whole, _resources);
                long read = Stopwatch.GetTimestamp();
                Phases =
                    (Phases.Update + Seconds(began, updated), Phases.Render + Seconds(updated, drawn), Phases.Read + Seconds(drawn, read));
            }

        static double Seconds(long from, long to) => Stopwatch.GetElapsedTime(from, to).TotalSeconds;
    }

    public void Dispose()
    {
        FreeContext(_resources);
        FreeScene(_scene);
        foreach (nint room in new[] { (nint)_scene, (nint)_option, (nint)_camera, (nint)_resources }) NativeMemory.Free((void*)room);
        foreach (nint state in _states) MuJoCo.DeleteData(state);
        MuJoCo.DeleteModel(_model);
        _ = Egl.MakeCurrent(_display, 0, 0, 0);
        _ = Egl.DestroyContext(_display, _context);
    }

    private static void* Room(int bytes) => NativeMemory.AllocZeroed((nuint)bytes);

    /// <summary>A context of the old kind: MuJoCo draws with the fixed pipeline.</summary>
    private static (nint Display, nint Context) OpenContext()
    {
        // MuJoCo finds OpenGL through this library, and ends the process where it is not there.
        if (!NativeLibrary.TryLoad("libGL.so.1", out _))
            throw new AssetMissingException("OpenGL for MuJoCo's own renderer", "libGL.so.1", "Install it: apt-get install libgl1");
        nint display = HeadlessDisplay.Get();
        nint config = Egl.BindApi(Egl.OpenGlApi) == 0 ? 0 : Egl.ChooseConfig(display);
        int none = Egl.None;
        nint context = config == 0 ? 0 : CreateEglContext(display, config, 0, &none);
        return context != 0 && Egl.MakeCurrent(display, 0, 0, context) != 0
            ? (display, context)
            : throw HeadlessDisplay.Missing("An OpenGL driver for MuJoCo's own renderer", $"EGL error 0x{Egl.GetError():X4}");
    }

    [LibraryImport("libEGL.so.1", EntryPoint = "eglCreateContext")]
    private static partial nint CreateEglContext(nint display, nint config, nint share, int* attributes);

    [LibraryImport("mujoco", EntryPoint = "mjv_defaultScene")]
    private static partial void DefaultScene(void* scene);

    [LibraryImport("mujoco", EntryPoint = "mjv_defaultOption")]
    private static partial void DefaultOption(void* option);

    [LibraryImport("mujoco", EntryPoint = "mjv_defaultCamera")]
    private static partial void DefaultCamera(void* camera);

    [LibraryImport("mujoco", EntryPoint = "mjr_defaultContext")]
    private static partial void DefaultContext(void* context);

    [LibraryImport("mujoco", EntryPoint = "mjv_makeScene")]
    private static partial void MakeScene(nint model, void* scene, int geoms);

    [LibraryImport("mujoco", EntryPoint = "mjv_freeScene")]
    private static partial void FreeScene(void* scene);

    [LibraryImport("mujoco", EntryPoint = "mjv_updateScene")]
    private static partial void UpdateScene(nint model, nint data, void* option, void* perturbation, void* camera,
        int categories, void* scene);

    [LibraryImport("mujoco", EntryPoint = "mjr_makeContext")]
    private static partial void MakeContext(nint model, void* context, int fontScale);

    [LibraryImport("mujoco", EntryPoint = "mjr_freeContext")]
    private static partial void FreeContext(void* context);

    [LibraryImport("mujoco", EntryPoint = "mjr_setBuffer")]
    private static partial void SetBuffer(int buffer, void* context);

    [LibraryImport("mujoco", EntryPoint = "mjr_render")]
    private static partial void Draw(Viewport viewport, void* scene, void* context);

    [LibraryImport("mujoco", EntryPoint = "mjr_readPixels")]
    private static partial void ReadPixels(byte* rgb, float* depth, Viewport viewport, void* context);

    /// <summary>mjrRect.</summary>
    private readonly record struct Viewport(int Left, int Bottom, int Width, int Height);
}
