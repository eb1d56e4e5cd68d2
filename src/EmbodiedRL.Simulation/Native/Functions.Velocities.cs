using System.Runtime.InteropServices;

namespace EmbodiedRL.Simulation.Native;

internal static unsafe partial class Functions
{
    [LibraryImport(Library, EntryPoint = "mj_comPos")]
    internal static partial void CentersOfMass(nint model, nint data);

    [LibraryImport(Library, EntryPoint = "mj_comVel")]
    internal static partial void CenterVelocities(nint model, nint data);
}
