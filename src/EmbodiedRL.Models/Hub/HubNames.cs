using System.Text.RegularExpressions;
using EmbodiedRL.Core;

namespace EmbodiedRL.Models.Hub;

/// <summary>Names of a hub (repositories, revisions, files, commits), checked before they become parts of addresses and paths.</summary>
internal static partial class HubNames
{
    private const int Longest = 255;

    /// <summary>Whether a text is a repository as <c>owner/name</c>.</summary>
    public static bool IsRepository(string text) => text.Length <= Longest && Repository().IsMatch(text)
        && !text.Contains("..", StringComparison.Ordinal) && !text.Contains("--", StringComparison.Ordinal);

    /// <summary>Whether a text is a commit, i.e. 40 hexadecimal digits in lower case.</summary>
    public static bool IsCommit(string? text) => text is not null && Commit().IsMatch(text);

    /// <summary>Whether a text is a SHA-256 hash, i.e. 64 hexadecimal digits in lower case.</summary>
    public static bool IsSha256(string? text) => text is not null && Sha256().IsMatch(text);

    /// <summary>Whether a path stays inside of the folder that it is relative to.</summary>
    public static bool IsFile(string? path) => path is { Length: > 0 and <= Longest }
        && !path.Any(letter => char.IsControl(letter) || letter is '\\' or ':' or '*' or '?' or '"' or '<' or '>' or '|')
        && path.Split('/').All(part => part is not ("" or "." or ".."));

    /// <summary>The revision itself: a branch, a tag, a commit or <c>refs/pr/N</c>.</summary>
    /// <exception cref="SettingsException">It cannot be one.</exception>
    public static string RequireRevision(string revision) =>
        revision.Length <= Longest && Revision().IsMatch(revision) && IsFile(revision)
            ? revision
            : throw new SettingsException("--revision",
                [$"expected a branch, a tag, a commit or refs/pr/N, found '{Printable(revision)}'."]);

    /// <summary>A text of a server, made fit for one line of a message.</summary>
    public static string Printable(string? text)
    {
        string clean = new([.. (text ?? "nothing").Take(120).Select(letter => char.IsControl(letter) ? '?' : letter)]);
        return clean.Length < (text?.Length ?? 0) ? clean + "..." : clean;
    }

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9_][A-Za-z0-9._-]{0,95}$(?<!\n)")]
    private static partial Regex Repository();

    [GeneratedRegex(@"^[0-9a-f]{40}$(?<!\n)")]
    private static partial Regex Commit();

    [GeneratedRegex(@"^[0-9a-f]{64}$(?<!\n)")]
    private static partial Regex Sha256();

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._/-]*$(?<!\n)")]
    private static partial Regex Revision();
}
