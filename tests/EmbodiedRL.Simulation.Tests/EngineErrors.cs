using System.Runtime.InteropServices;
using EmbodiedRL.Simulation.Native;

namespace EmbodiedRL.Simulation.Tests;

/// <summary>MuJoCo's own way to say that it cannot go on.</summary>
internal static partial class EngineErrors
{
    public static void Raise(string message)
    {
        MuJoCoLibrary.EnsureLoaded();
        NativeLibrary.TryLoad(MuJoCoLibrary.Path, out nint library);
        unsafe
        {
            byte[] text = [.. System.Text.Encoding.ASCII.GetBytes(message), 0];
            fixed (byte* first = text) ((delegate* unmanaged[Cdecl]<byte*, void>)NativeLibrary.GetExport(library, "mju_error"))(first);
        }
    }
}
