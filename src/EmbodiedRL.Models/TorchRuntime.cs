using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Native;
using TorchSharp;

namespace EmbodiedRL.Models;

/// <summary>Runtime of libtorch in this process: its version, location and devices.</summary>
/// <remarks>
/// libtorch is loaded when the first type of this assembly is used; a command that needs no model never pays for it. It is the one that
/// came with the build, or the one in the folder that EMBODIED_LIBTORCH names, e.g. the <c>lib</c> folder of a PyTorch with CUDA.
/// </remarks>
public static partial class TorchRuntime
{
    /// <summary>Names a folder whose libtorch takes precedence.</summary>
    public const string Variable = "EMBODIED_LIBTORCH";

    /// <summary>The minor version that TorchSharp 0.107 was built for.</summary>
    public const string BuiltFor = "2.10";

    private static readonly Lock Loading = new();
    private static nint _bridge;
    private static int _threads; // 0 until somebody says it

    [ThreadStatic]
    private static int _threadsHere;

    /// <summary>The library that joins TorchSharp to libtorch, loaded; for what TorchSharp has no method for.</summary>
    internal static nint Bridge
    {
        get
        {
            EnsureLoaded();
            return _bridge;
        }
    }

    /// <summary>Folder of the libtorch in use; empty before <see cref="EnsureLoaded"/>.</summary>
    public static string Folder { get; private set; } = "";

    /// <summary>
    /// Path of the library that joins TorchSharp to libtorch: the original or its weakened copy; empty before <see cref="EnsureLoaded"/>.
    /// </summary>
    public static string BridgePath { get; private set; } = "";

    /// <summary>Tensors of this process that hold memory: what is still there after everything was disposed is a leak.</summary>
    public static long LiveTensors => torch.Tensor.TotalCount - Networks.FlatParameters.Moved;

    /// <summary>libtorch's version as its files say, e.g. "2.10.0"; "unknown" if they do not.</summary>
    public static string Version
    {
        get
        {
            EnsureLoaded();
            return TorchFiles.VersionOf(Folder);
        }
    }

    /// <summary>Loads libtorch once; later calls cost nothing.</summary>
    /// <exception cref="AssetMissingException">It is not there or does not load; says what was tried and what to do.</exception>
    public static void EnsureLoaded()
    {
        lock (Loading)
        {
            if (_bridge != 0) return;
            if (!OperatingSystem.IsLinux()) return; // TorchSharp's own search does everywhere else
            LetThreadsSleep();
            TorchFiles files = TorchFiles.Find(Environment.GetEnvironmentVariable(Variable));
            foreach (string part in files.Parts) Load(part);
            (Folder, BridgePath) = (files.Folder, WeakenedLibrary.IsNeeded() ? files.WeakenBridge() : files.Bridge);
            _bridge = Load(BridgePath);
        }
    }

    /// <summary>The device that settings name.</summary>
    /// <param name="name"><c>auto</c> (the first GPU if there is one, else the CPU), <c>cpu</c> or <c>cuda:N</c>.</param>
    /// <param name="key">Of the setting, for messages.</param>
    /// <exception cref="SettingsException">It is none of these, or this libtorch has no such GPU.</exception>
    public static torch.Device ParseDevice(string name, string key = "device")
    {
        EnsureLoaded(); // before any device is named: TorchSharp, asked first, would search and unpack a libtorch of its own
        if (name == "cpu") return torch.CPU;
        int gpus = torch.cuda.is_available() ? torch.cuda.device_count() : 0;
        if (name == "auto") return gpus > 0 ? torch.device("cuda:0") : torch.CPU;
        if (!DeviceName.TryParseGpu(name, out int index))
            throw new SettingsException(key, [$"expected {DeviceName.Expected}, found '{name}'."]);
        if (index >= gpus)
            throw new SettingsException(key,
                [$"expected a GPU that libtorch can use, found {gpus} of them for '{name}'. Use auto or cpu, or set {Variable} to a "
                    + "libtorch with CUDA."]);
        return torch.device(name);
    }

    /// <summary>Sets how many threads one tensor operation may use. Results are bit-equal only for equal counts.</summary>
    public static void SetThreads(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        EnsureLoaded();
        Volatile.Write(ref _threads, count);
        UseThreads();
    }

    /// <summary>
    /// Takes over the count of <see cref="SetThreads"/> on this thread: OpenMP keeps it for each thread that begins an operation, and what
    /// is awaited goes on on another. Whoever computes asks for it first; it costs nothing where the count is right.
    /// </summary>
    public static void UseThreads()
    {
        int count = Volatile.Read(ref _threads);
        if (count == 0 || count == _threadsHere) return;
        torch.set_num_threads(count);
        _threadsHere = count;
    }

    /// <summary>One line for people: version, folder, whether the bridge had to be weakened, GPUs.</summary>
    public static string Describe()
    {
        string version = Version;
        string cure = BridgePath.StartsWith(AppContext.BaseDirectory, StringComparison.Ordinal)
            ? ""
            : $", TorchSharp's bridge adapted to this system's libstdc++ in {BridgePath}";
        string warning = version.StartsWith(BuiltFor, StringComparison.Ordinal) ? "" : $" (warning: TorchSharp was built for {BuiltFor})";
        return $"libtorch {version}{warning} in {Folder}{cure}, {(torch.cuda.is_available() ? torch.cuda.device_count() : 0)} GPUs";
    }

    /// <summary>
    /// Loads libtorch before TorchSharp looks for it: its own search would find the library that does not load everywhere.
    /// </summary>
    /// <remarks>Errors here are reported by the first <see cref="EnsureLoaded"/>, where they can be caught.</remarks>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "TorchSharp loads its library by itself unless somebody is there first.")]
    internal static void Prepare()
    {
        try
        {
            EnsureLoaded();
        }
        catch (EmbodiedException)
        {
        }
    }

    /// <summary>
    /// libtorch's threads spin between two operations by default, and so take the cores from those that simulate and draw, the
    /// more the busier the machine is. What the user has set stays.
    /// </summary>
    private static void LetThreadsSleep() => SetVariable("OMP_WAIT_POLICY", "PASSIVE", overwrite: 0);

    // .NET keeps its own copy of the environment, which native libraries do not see.
    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);

    private static nint Load(string path)
    {
        try
        {
            return NativeLibrary.Load(path);
        }
        catch (Exception error) when (error is DllNotFoundException or BadImageFormatException)
        {
            throw new AssetMissingException("A library that loads", path,
                $"The loader says: {error.Message.ReplaceLineEndings(" ").Trim()}", error);
        }
    }
}
