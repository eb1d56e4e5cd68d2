using System.Text;

namespace EmbodiedRL.Core;

/// <summary>Input files named by a user: checked before they are opened, because reading a pipe or a device may never end.</summary>
public static class InputFile
{
    /// <summary>The longest text that is read: settings, formulas, models' descriptions.</summary>
    public const long MostText = 64L << 20;

    /// <summary>Throws unless the file is there, has content and is not too large.</summary>
    /// <param name="path">The file.</param>
    /// <param name="what">What it is for, e.g. <c>The settings file</c>.</param>
    /// <param name="remedy">What to do if it is not there.</param>
    /// <param name="mostBytes">The largest size that makes sense.</param>
    /// <exception cref="AssetMissingException">There is none, or it is a folder.</exception>
    /// <exception cref="CorruptFileException">It has no content (as pipes and devices have none), or too much.</exception>
    public static void Require(string path, string what, string remedy, long mostBytes = long.MaxValue)
    {
        if (Directory.Exists(path)) throw new AssetMissingException(what, $"{path}, which is a folder", remedy);
        if (!File.Exists(path)) throw new AssetMissingException(what, path.Length > 0 ? path : "a path without a letter", remedy);
        long length = new FileInfo(path).Length;
        if (length == 0) throw new CorruptFileException(path, "a file with content", "nothing: it is empty, or a pipe or device", remedy);
        if (length > mostBytes)
            throw new CorruptFileException(path, FormattableString.Invariant($"at most {mostBytes >> 20} MB"),
                FormattableString.Invariant($"{length >> 20} MB"), remedy);
    }

    /// <summary>All bytes of a file.</summary>
    /// <exception cref="EmbodiedException">As <see cref="Require"/>.</exception>
    public static byte[] ReadBytes(string path, string what, string remedy, long mostBytes = MostText)
    {
        Require(path, what, remedy, mostBytes);
        return File.ReadAllBytes(path);
    }

    /// <summary>All of a file of text in UTF-8, without the mark that some editors put before it.</summary>
    /// <exception cref="EmbodiedException">As <see cref="Require"/>; or it is not UTF-8.</exception>
    public static string ReadText(string path, string what, string remedy, long mostBytes = MostText)
    {
        byte[] bytes = ReadBytes(path, what, remedy, mostBytes);
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(WithoutMark(bytes));
        }
        catch (DecoderFallbackException error)
        {
            throw new CorruptFileException(path, "text in UTF-8", FormattableString.Invariant($"something else at byte {error.Index}"),
                "Save it as UTF-8.", error);
        }
    }

    /// <summary>The bytes behind a byte order mark, if there is one.</summary>
    public static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes;
}
