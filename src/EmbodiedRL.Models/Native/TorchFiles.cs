using EmbodiedRL.Core;

namespace EmbodiedRL.Models.Native;

/// <summary>Location of libtorch and of TorchSharp's native library.</summary>
/// <param name="Folder">Of libtorch.</param>
/// <param name="Bridge">Full path of libLibTorchSharp.so.</param>
/// <param name="Parts">Full paths of libtorch's libraries in the order in which they need each other.</param>
internal sealed record TorchFiles(string Folder, string Bridge, IReadOnlyList<string> Parts)
{
    private const string BridgeName = "libLibTorchSharp.so", PackageVersion = "2.10.0";

    private static readonly string[] Needed = ["libc10.so", "libtorch_cpu.so", "libtorch.so"];
    private static readonly string[] IfThere = ["libc10_cuda.so", "libtorch_cuda.so"];

    /// <summary>Searches the build's output.</summary>
    /// <param name="elsewhere">A folder whose libtorch takes precedence; null or empty if there is none.</param>
    /// <exception cref="AssetMissingException">A library is not there, or two libtorches would be loaded.</exception>
    public static TorchFiles Find(string? elsewhere)
    {
        string output = AppContext.BaseDirectory, natives = Path.Combine(output, "runtimes", "linux-x64", "native");
        string bridge = Path.Combine(File.Exists(Path.Combine(natives, BridgeName)) ? natives : output, BridgeName);
        if (!File.Exists(bridge))
            throw new AssetMissingException("TorchSharp's native library", bridge,
                "Build the program again, so that its packages are restored.");

        string folder = Path.Combine(output, "libtorch"), beside = Path.GetDirectoryName(bridge)!;
        if (!string.IsNullOrEmpty(elsewhere))
        {
            folder = Path.GetFullPath(elsewhere);
            // TorchSharp loads by itself what lies beside the bridge, and two libtorches in one process end it.
            string second = Path.Combine(beside, Needed[1]);
            if (folder != beside && File.Exists(second))
                throw new AssetMissingException("A place for the libtorch that was named",
                    folder,
                    $"This build has one at {second}: build for the CPU, or unset {TorchRuntime.Variable}.");
        }
        else if (!Directory.Exists(folder))
        {
            folder = beside;
        }

        foreach (string name in Needed)
        {
            string path = Path.Combine(folder, name);
            string remedy = $"Build the program again, so that its packages are restored, or set {TorchRuntime.Variable} to the folder of "
                + $"a libtorch {TorchRuntime.BuiltFor}.";
            if (!File.Exists(path)) throw new AssetMissingException("libtorch", path, remedy);
        }

        return new TorchFiles(folder, bridge, [.. Needed.Concat(IfThere).Select(name => Path.Combine(folder, name)).Where(File.Exists)]);
    }

    /// <summary>libtorch's version as its files say, e.g. "2.10.0"; "unknown" if they do not.</summary>
    public static string VersionOf(string folder)
    {
        // An installed PyTorch keeps its version beside lib/, a downloaded libtorch too; the package's
        // libtorch is the one TorchSharp was built for.
        string python = Path.Combine(folder, "..", "version.py"), plain = Path.Combine(folder, "..", "build-version");
        if (File.Exists(python)
            && File.ReadLines(python).FirstOrDefault(line => line.StartsWith("__version__", StringComparison.Ordinal)) is { } line)
            return line.Split('\'', '"') is [_, var version, ..] ? version : "unknown";
        if (File.Exists(plain)) return File.ReadAllText(plain).Trim();
        return folder.StartsWith(AppContext.BaseDirectory, StringComparison.Ordinal) || folder.Length == 0 ? PackageVersion : "unknown";
    }

    /// <summary>The path of the bridge's weakened copy.</summary>
    /// <exception cref="AssetMissingException">There is no folder to keep it in.</exception>
    /// <exception cref="CorruptFileException">The bridge is not the expected one.</exception>
    public string WeakenBridge()
    {
        string home = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } named
            ? named
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify),
                ".cache");
        string temporary = Path.Combine(Path.GetTempPath(), $"embodiedrl-{Environment.UserName}");
        foreach (string cache in Path.IsPathRooted(home) ? [Path.Combine(home, "embodiedrl"), temporary] : new[] { temporary })
        {
            try
            {
                return WeakenedLibrary.Copy(Bridge, cache);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // A home that cannot be written to, or a full disk: the next folder.
            }
        }

        throw new AssetMissingException("A folder for TorchSharp's adapted native library",
            $"{home}, {temporary}",
            "Set XDG_CACHE_HOME to a folder that can be written to.");
    }
}
