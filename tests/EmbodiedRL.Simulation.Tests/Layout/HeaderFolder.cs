using EmbodiedRL.Simulation.Layout;

namespace EmbodiedRL.Simulation.Tests.Layout;

/// <summary>Headers of a MuJoCo that never was, in a folder of a test's own.</summary>
internal sealed class HeaderFolder : IDisposable
{
    public const string Main = """
        #ifndef MUJOCO_H_
        #define MUJOCO_H_

        #define mjVERSION_HEADER 987      // header version
        #include <stdlib.h>
        #include <mujoco/mjmodel.h>

        #ifdef __cplusplus
        extern "C" {
        #endif

        #define mjMAX(a, b) (((a) > (b)) ? (a) : (b))
        MJAPI int mj_version(void);
        MJAPI extern const char* mjNAMES[2];
        static inline int twice(int x) { return 2 * x; }

        #ifdef __cplusplus
        }
        #endif
        #endif
        """;

    public const string Numbers = """
        #ifndef mjUSESINGLE
          typedef double mjtNum;
        #else
          typedef float mjtNum;
        #endif
        typedef unsigned char mjtByte;    /* used for
                                             true/false */
        """;

    public HeaderFolder(string model, string main = Main)
    {
        Path = Directory.CreateTempSubdirectory("embodied-").FullName;
        Write("mujoco.h", main);
        Write("mjtnum.h", Numbers);
        Write("mjmodel.h", model);
    }

    public string Path { get; }

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>The layout of one struct of a model header, mjModel unless said.</summary>
    public static LayoutTable Read(string model, params string[] structures)
    {
        using var folder = new HeaderFolder(model);
        return CHeader.Read(folder.Path, structures.Length == 0 ? ["mjModel"] : structures);
    }

    public void Write(string name, string text) => File.WriteAllText(this[name], text + "\n");

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
