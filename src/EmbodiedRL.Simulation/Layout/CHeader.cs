using EmbodiedRL.Core;

namespace EmbodiedRL.Simulation.Layout;

/// <summary>Layout generator: makes a <see cref="LayoutTable"/> from the C headers of a MuJoCo version.</summary>
/// <remarks>
/// It knows the C of these headers, and refuses what it does not know: a wrong offset is a wrong position, or the end of the process.
/// </remarks>
public static class CHeader
{
    private const string First = "mujoco.h", VersionName = "mjVERSION_HEADER";

    /// <summary>The structs a program that simulates needs.</summary>
    public static IReadOnlyList<string> Needed { get; } =
    [
        "mjModel", "mjData", "mjOption", "mjVisual", "mjStatistic", "mjContact",
        "mjWarningStat", "mjTimerStat", "mjSolverStat", "mjLROpt", "mjVFS",
    ];

    /// <summary>Reads mujoco.h and what it includes from the same folder.</summary>
    /// <param name="folder">Which has mujoco.h.</param>
    /// <param name="structures">Which structs to lay out; <see cref="Needed"/> by default.</param>
    /// <exception cref="AssetMissingException">The folder has no mujoco.h.</exception>
    /// <exception cref="CorruptFileException">Something is not understood; the message says which file and line.</exception>
    public static LayoutTable Read(string folder, IReadOnlyList<string>? structures = null)
    {
        string path = Path.Combine(folder, First);
        if (!File.Exists(path)) throw new AssetMissingException("MuJoCo's header", path, "Name the folder of a MuJoCo's headers.");
        var source = new CPreprocessor(folder);
        source.Read(First);
        var declarations = new CDeclarations(source);
        var structs = new CStructs(declarations);
        StructLayout[] layouts = [.. (structures ?? Needed).Select(name =>
            structs.Find(name) ?? throw new CorruptFileException(path, $"a struct {name} in it or in what it includes", "none"))];
        long? number = declarations.Value(VersionName);
        if (number is not (> 0 and <= int.MaxValue)) throw new CorruptFileException(path, $"{VersionName} as a whole number", "none");
        return new LayoutTable((int)number, layouts, declarations.Constants(), declarations.Reals());
    }
}
