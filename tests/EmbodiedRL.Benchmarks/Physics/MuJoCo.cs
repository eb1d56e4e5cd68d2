using System.Runtime.InteropServices;
using EmbodiedRL.Core;
using EmbodiedRL.Simulation.Native;

namespace EmbodiedRL.Benchmarks.Physics;

/// <summary>
/// MuJoCo's own functions, called as a C program would call them: what the framework is measured against goes through none of its code.
/// </summary>
internal static unsafe partial class MuJoCo
{
    private const string Library = "mujoco";

    /// <summary>Lets the functions be found in the very library that the framework uses.</summary>
    static MuJoCo()
    {
        MuJoCoLibrary.EnsureLoaded();
        NativeLibrary.SetDllImportResolver(typeof(MuJoCo).Assembly,
            (name, _, _) => name == Library ? NativeLibrary.Load(MuJoCoLibrary.Path) : 0);
    }

    /// <summary>Compiles a scene; whoever asked deletes it.</summary>
    public static nint Load(string scene)
    {
        const int length = 1024;
        byte* error = stackalloc byte[length];
        nint model = LoadXml(scene, null, error, length);
        return model != 0 ? model : throw new EmbodiedException($"{scene}: MuJoCo refuses it: {Marshal.PtrToStringUTF8((nint)error)}");
    }

    /// <summary>The place of a field in a struct.</summary>
    public static T* At<T>(nint address, string structure, string field)
        where T : unmanaged => (T*)(address + MuJoCoLibrary.Table.Find(structure, field).Offset);

    /// <summary>A size of a struct, in whichever type its version keeps it; 0 where it has none of the name.</summary>
    public static long Size(nint address, string structure, string field) => MuJoCoLibrary.Table.TryFind(structure, field, out var found)
        ? found.Type == "int" ? *(int*)(address + found.Offset) : *(long*)(address + found.Offset)
        : 0;

    [LibraryImport(Library, EntryPoint = "mj_loadXML", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint LoadXml(string file, void* files, byte* error, int errorSize);

    [LibraryImport(Library, EntryPoint = "mj_deleteModel")]
    public static partial void DeleteModel(nint model);

    [LibraryImport(Library, EntryPoint = "mj_makeData")]
    public static partial nint MakeData(nint model);

    [LibraryImport(Library, EntryPoint = "mj_deleteData")]
    public static partial void DeleteData(nint data);

    [LibraryImport(Library, EntryPoint = "mj_resetData")]
    public static partial void ResetData(nint model, nint data);

    [LibraryImport(Library, EntryPoint = "mj_step")]
    public static partial void Step(nint model, nint data);

    [LibraryImport(Library, EntryPoint = "mj_kinematics")]
    public static partial void Kinematics(nint model, nint data);

    [LibraryImport(Library, EntryPoint = "mj_comPos")]
    public static partial void CentersOfMass(nint model, nint data);

    [LibraryImport(Library, EntryPoint = "mj_camlight")]
    public static partial void CamerasAndLights(nint model, nint data);
}
