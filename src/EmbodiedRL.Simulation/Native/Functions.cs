using System.Runtime.InteropServices;

namespace EmbodiedRL.Simulation.Native;

/// <summary>MuJoCo's functions as they are declared in mujoco.h; only those that are used.</summary>
/// <remarks>Handles and pointers are opaque here: what lies behind them is read by the tables of <see cref="Layout"/>.</remarks>
internal static unsafe partial class Functions
{
    internal const string Library = "mujoco";

    [LibraryImport(Library, EntryPoint = "mj_version")]
    internal static partial int Version();

    [LibraryImport(Library, EntryPoint = "mj_loadXML", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint LoadXml(string file, void* files, byte* error, int errorSize);

    [LibraryImport(Library, EntryPoint = "mj_deleteModel")]
    internal static partial void DeleteModel(nint model);

    [LibraryImport(Library, EntryPoint = "mj_makeData")]
    internal static partial nint MakeData(nint model);

    [LibraryImport(Library, EntryPoint = "mj_deleteData")]
    internal static partial void DeleteData(nint data);

    [LibraryImport(Library, EntryPoint = "mj_name2id", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int NameToId(nint model, int type, string name);

    [LibraryImport(Library, EntryPoint = "mj_id2name")]
    internal static partial byte* IdToName(nint model, int type, int id);

    [LibraryImport(Library, EntryPoint = "mj_resetData")]
    internal static partial void ResetData(nint model, nint data);

    [LibraryImport(Library, EntryPoint = "mj_resetDataKeyframe")]
    internal static partial void ResetDataKeyframe(nint model, nint data, int key);

    // The engine runs long and calls back, so the collector must be able to work meanwhile: no suppressed transition.
    [LibraryImport(Library, EntryPoint = "mj_step")]
    internal static partial void Step(nint model, nint data);

    [LibraryImport(Library, EntryPoint = "mj_forward")]
    internal static partial void Forward(nint model, nint data);

    [LibraryImport(Library, EntryPoint = "mj_kinematics")]
    internal static partial void Kinematics(nint model, nint data);

    [LibraryImport(Library, EntryPoint = "mj_rnePostConstraint")]
    internal static partial void RnePostConstraint(nint model, nint data);

    [LibraryImport(Library, EntryPoint = "mj_camlight")]
    internal static partial void CamLight(nint model, nint data);

    [LibraryImport(Library, EntryPoint = "mj_defaultVFS")]
    internal static partial void DefaultFiles(void* files);

    [LibraryImport(Library, EntryPoint = "mj_deleteVFS")]
    internal static partial void DeleteFiles(void* files);

    /// <summary>2.2.2 only.</summary>
    [LibraryImport(Library, EntryPoint = "mj_makeEmptyFileVFS", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int MakeEmptyFile(void* files, string name, int size);

    /// <summary>2.2.2 only.</summary>
    [LibraryImport(Library, EntryPoint = "mj_findFileVFS", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int FindFile(void* files, string name);

    /// <summary>3.0 and later.</summary>
    [LibraryImport(Library, EntryPoint = "mj_addBufferVFS", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int AddBuffer(void* files, string name, void* buffer, int size);
}
