using System.Text.RegularExpressions;
using EmbodiedRL.Core;

namespace EmbodiedRL.App.Commands;

/// <summary>Settings on the command line: <c>--agent:learningRate 1e-3</c> is short for <c>--set agent:learningRate=1e-3</c>.</summary>
/// <remarks>
/// The parser would take <c>--env:count</c> for option <c>--env</c> with value <c>count</c>, so they are rewritten before it sees them.
/// </remarks>
internal static partial class SettingPairs
{
    /// <summary>The arguments with every short form written out.</summary>
    public static IReadOnlyList<string> WriteOut(IReadOnlyList<string> arguments)
    {
        var written = new List<string>(arguments.Count);
        for (int i = 0; i < arguments.Count; i++)
        {
            if (!Short().IsMatch(arguments[i]))
            {
                written.Add(arguments[i]);
                continue;
            }

            string pair = arguments[i][2..];
            if (!pair.Contains('=', StringComparison.Ordinal) && i + 1 < arguments.Count) pair += $"={arguments[++i]}";
            written.Add("--set");
            written.Add(pair);
        }

        return written;
    }

    /// <summary>Values of <c>--set</c>, each KEY=VALUE, in two.</summary>
    /// <exception cref="SettingsException">One has no key or no equals sign.</exception>
    public static List<KeyValuePair<string, string>> Split(IEnumerable<string> pairs)
    {
        var split = new List<KeyValuePair<string, string>>();
        foreach (string pair in pairs)
        {
            int equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1) throw new SettingsException("--set", [$"expected KEY=VALUE, found '{pair}'."]);
            split.Add(new(pair[..equals], pair[(equals + 1)..]));
        }

        return split;
    }

    [GeneratedRegex("^--[A-Za-z]+(:[A-Za-z0-9]+)+(=|$)")]
    private static partial Regex Short();
}
