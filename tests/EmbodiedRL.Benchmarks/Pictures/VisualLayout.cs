using EmbodiedRL.App.Reporting.Sections;
using EmbodiedRL.Core;
using EmbodiedRL.Simulation.Physics;

namespace EmbodiedRL.Benchmarks.Pictures;

/// <summary>Sizes and offsets of the structs that MuJoCo's renderer works with, in bytes; the framework itself does not use them.</summary>
/// <param name="Scene">sizeof(mjvScene).</param>
/// <param name="Flags">Of mjvScene.flags, one byte an effect.</param>
/// <param name="Option">sizeof(mjvOption).</param>
/// <param name="Camera">sizeof(mjvCamera).</param>
/// <param name="Context">sizeof(mjrContext).</param>
internal sealed record VisualLayout(int Scene, int Flags, int Option, int Camera, int Context)
{
    /// <summary>Of mjvCamera.type and mjvCamera.fixedcamid, in every version.</summary>
    public const int CameraType = 0, CameraId = 4;

    /// <summary>By what mj_version() returns. A test reads them out of the headers where these are installed.</summary>
    public static IReadOnlyDictionary<int, VisualLayout> Known { get; } = new Dictionary<int, VisualLayout>
    {
        [222] = new(8656, 8628, 68, 64, 2304),
        [3017000] = new(11584, 11548, 92, 72, 61512),
    };

    /// <exception cref="AssetMissingException">There is no table for the version.</exception>
    public static VisualLayout Of(int version) => Known.TryGetValue(version, out VisualLayout? known)
        ? known
        : throw new AssetMissingException("A table of the renderer's structs",
            $"MuJoCo {version}",
            $"bench render knows versions {string.Join(", ", Known.Keys)}.");
}
