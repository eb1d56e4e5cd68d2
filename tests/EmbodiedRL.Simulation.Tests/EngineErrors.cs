using System.Runtime.InteropServices;
using EmbodiedRL.Simulation.Native;

namespace EmbodiedRL.Simulation.Tests;

/// <summary>MuJoCo's own way to say that it cannot go on.</summary>
internal static partial class EngineErrors
{
    public static void Raise(string message)
    {
        unsafe
        {
            byte[] text = [.. System.Text.Encoding.ASCII.GetBytes(message), 0];
            fixed (byte* first = text) ((delegate* unmanaged[Cdecl]<byte*, void>)Function())(first);
        }
    }

    /// <summary>The address of mju_error.</summary>
    public static nint Function()
    {
        MuJoCoLibrary.EnsureLoaded();
        NativeLibrary.TryLoad(MuJoCoLibrary.Path, out nint library);
        return NativeLibrary.GetExport(library, "mju_error");
    }
}
