using EmbodiedRL.Core;

namespace EmbodiedRL.Simulation.Layout;

/// <summary>
/// Selects the layout table of a library: the shipped one of its version, else one generated from the library's own headers.
/// </summary>
/// <param name="shipped">The versions whose shipped table may be used, e.g. <see cref="LayoutTable.Versions"/>.</param>
/// <param name="cache">Of generated tables.</param>
internal sealed class LayoutChoice(IReadOnlyList<string> shipped, LayoutCache cache)
{
    private const string Variable = Native.MuJoCoLibrary.Variable;

    /// <summary>The table of a library.</summary>
    /// <param name="number">What its mj_version() returns.</param>
    /// <param name="library">Its file.</param>
    /// <param name="folder">What EMBODIED_MUJOCO names; null or empty if it is not set.</param>
    /// <exception cref="AssetMissingException">
    /// No table is shipped, and there are no headers, they are of another version, or they are not understood; says what to do.
    /// </exception>
    public LayoutTable Of(int number, string library, string? folder)
    {
        string version = LayoutTable.NameOf(number), what = $"A struct layout for MuJoCo {version}";
        if (shipped.Contains(version)) return LayoutTable.ForVersion(number);
        string others = $"{Variable} may also name the folder of a version whose layout is shipped ({string.Join(", ", shipped)}).";
        if (string.IsNullOrEmpty(folder))
        {
            throw new AssetMissingException(what, $"the shipped {string.Join(", ", shipped)}",
                $"Set {Variable} to a folder that holds this MuJoCo's lib and include: the layout is generated from its headers. {others}");
        }

        string headers = HeadersOf(folder);
        LayoutTable table;
        try
        {
            table = cache.Get(headers, library);
        }
        catch (AssetMissingException error)
        {
            throw new AssetMissingException(what, Path.Combine(headers, "mujoco.h"),
                $"Put the headers of MuJoCo {version} into {headers}: the layout is generated from them. {others}", error);
        }
        catch (CorruptFileException error)
        {
            throw new AssetMissingException(what, headers,
                $"{error.Message} Put the unaltered headers of MuJoCo {version} there. {others}", error);
        }

        return table.Number == number ? table : throw new AssetMissingException(
            what, headers,
            $"Its headers are of MuJoCo {table.Version}: put those of {version}, which belong to {library}, there. {others}");
    }

    /// <summary>Releases keep their headers in <c>include/mujoco</c>, the oldest in <c>include</c>.</summary>
    private static string HeadersOf(string folder)
    {
        string include = Path.Combine(Path.GetFullPath(folder), "include"), inner = Path.Combine(include, "mujoco");
        return File.Exists(Path.Combine(inner, "mujoco.h")) || !File.Exists(Path.Combine(include, "mujoco.h")) ? inner : include;
    }
}
