using System.Reflection;
using System.Runtime.InteropServices;
using EmbodiedRL.Core;
using EmbodiedRL.Simulation.Layout;

namespace EmbodiedRL.Simulation.Native;

/// <summary>MuJoCo library of this process: found, loaded, and checked against the layout table of its version, once.</summary>
public static class MuJoCoLibrary
{
    /// <summary>
    /// Names a folder with <c>lib</c> of another MuJoCo, and its <c>include</c> where no layout table is shipped for its version.
    /// </summary>
    public const string Variable = "EMBODIED_MUJOCO";

    // Debian's name carries the whole version; a release's own is the plain one.
    private static readonly string[] Names = ["libmujoco.so.2.2.2", "libmujoco.so.3.17.0", "libmujoco.so"];

    private static readonly Lock Loading = new();
    private static LayoutTable? _table;
    private static nint _library;

    /// <summary>Where fields lie in the structs of the library in use.</summary>
    /// <exception cref="AssetMissingException">There is no usable library; says what was tried and what to do.</exception>
    public static LayoutTable Table
    {
        get
        {
            EnsureLoaded();
            return _table!;
        }
    }

    /// <summary>As the library says it, e.g. "2.2.2".</summary>
    /// <exception cref="AssetMissingException">There is no usable library; says what was tried and what to do.</exception>
    public static string Version => Table.Version;

    /// <summary>The library's file as requested; empty before <see cref="EnsureLoaded"/>.</summary>
    public static string Path { get; private set; } = "";

    /// <summary>Loads MuJoCo once; later calls cost nothing.</summary>
    /// <exception cref="AssetMissingException">It is not there, does not load, has neither a shipped table nor headers, or is laid out
    /// otherwise than its table says.</exception>
    public static void EnsureLoaded()
    {
        if (Volatile.Read(ref _table) is not null) return;
        lock (Loading)
        {
            if (_table is not null) return;
            string? folder = Environment.GetEnvironmentVariable(Variable);
            if (_library == 0)
            {
                (_library, Path) = Load(folder);
                NativeLibrary.SetDllImportResolver(typeof(Functions).Assembly, Resolve);
            }

            LayoutTable table = new LayoutChoice(LayoutTable.Versions, LayoutCache.OfUser()).Of(Functions.Version(), Path, folder);
            EngineCall.Install(_library);
            LayoutCheck.Require(table, Path);
            Volatile.Write(ref _table, table);
        }
    }

    /// <summary>
    /// A table of words that the library exports, e.g. <c>mjDISABLESTRING</c>: what its switches are called, in order of their bits.
    /// </summary>
    /// <param name="symbol">mjDISABLESTRING, mjENABLESTRING, mjTIMERSTRING, mjLABELSTRING or mjFRAMESTRING.</param>
    /// <exception cref="UnknownNameException">There is no such table; offers the nearest.</exception>
    public static unsafe IReadOnlyList<string> Words(string symbol)
    {
        (string Symbol, string Count)[] tables =
            [
                ("mjDISABLESTRING", "mjNDISABLE"), ("mjENABLESTRING", "mjNENABLE"), ("mjTIMERSTRING", "mjNTIMER"),
                ("mjLABELSTRING", "mjNLABEL"), ("mjFRAMESTRING", "mjNFRAME")
            ];
        string count = tables.FirstOrDefault(table => table.Symbol == symbol).Count
            ?? throw new UnknownNameException("table of words", symbol, tables.Select(table => table.Symbol));
        int words = Table.Constant(count);
        nint* first = (nint*)NativeLibrary.GetExport(_library, symbol);
        return [.. Enumerable.Range(0, words).Select(word => Marshal.PtrToStringUTF8(first[word])!)];
    }

    /// <summary>Whether the library keeps a size of the model in 32 bits.</summary>
    internal static bool IsNarrow(string size) => Table.TryFind("mjModel", size, out FieldLayout? field) && field.Type == "int";

    /// <summary>Loads the library of a folder, or the system's if none is named.</summary>
    internal static (nint Library, string Path) Load(string? folder)
    {
        bool isNamed = !string.IsNullOrEmpty(folder);
        string[] candidates = isNamed ? Inside(System.IO.Path.GetFullPath(folder!)) : Names;
        string said = "";
        foreach (string candidate in candidates)
        {
            if (isNamed && !File.Exists(candidate)) continue;
            try
            {
                return (NativeLibrary.Load(candidate), candidate);
            }
            catch (Exception error) when (error is DllNotFoundException or BadImageFormatException)
            {
                if (isNamed || !error.Message.Contains("No such file", StringComparison.Ordinal))
                    said = $" The loader says: {error.Message.ReplaceLineEndings(" ").Trim()}";
            }
        }

        throw new AssetMissingException("MuJoCo", string.Join(", ", candidates), (isNamed
            ? $"{Variable} must name a folder whose lib holds libmujoco.so."
            : $"Install it: apt-get install libmujoco2.2.2, or set {Variable} to the folder of another MuJoCo "
                + $"({string.Join(", ", LayoutTable.Versions)}).")
            + said);
    }

    private static string[] Inside(string folder)
    {
        string lib = System.IO.Path.Combine(folder, "lib");
        string[] there = Directory.Exists(lib) ? [.. Directory.EnumerateFiles(lib, "libmujoco.so*").Order(StringComparer.Ordinal)] : [];
        return there.Length > 0 ? there : [System.IO.Path.Combine(lib, "libmujoco.so")];
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) => name == Functions.Library ? _library : 0;
}
