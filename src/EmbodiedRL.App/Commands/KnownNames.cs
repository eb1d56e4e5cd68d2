using EmbodiedRL.Core;

namespace EmbodiedRL.App.Commands;

/// <summary>Check of names on the command line, before anything is created from them.</summary>
internal static class KnownNames
{
    /// <summary>The name itself.</summary>
    /// <exception cref="UnknownNameException">It is none of the known ones; names the nearest.</exception>
    public static string Require(string kind, string name, IReadOnlyCollection<string> known) =>
        known.Contains(name, StringComparer.Ordinal) ? name : throw new UnknownNameException(kind, name, known);
}
