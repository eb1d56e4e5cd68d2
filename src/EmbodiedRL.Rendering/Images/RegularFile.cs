using EmbodiedRL.Core;

namespace EmbodiedRL.Rendering.Images;

/// <summary>Regular files: folders, pipes and devices are refused, since reading them may never end.</summary>
internal static class RegularFile
{
    /// <summary>Checks a path without opening it, since opening a pipe waits for a writer.</summary>
    /// <param name="what">For the error, e.g. "The image".</param>
    /// <param name="path">What is to be read.</param>
    /// <param name="expected">For the error, e.g. "a video".</param>
    /// <param name="bytesAtMost">The largest size that is allowed.</param>
    /// <exception cref="AssetMissingException">There is nothing at the path.</exception>
    /// <exception cref="CorruptFileException">It is no regular file, empty, or too large.</exception>
    public static void Require(string what, string path, string expected, long bytesAtMost = long.MaxValue)
    {
        if (Directory.Exists(path)) throw new CorruptFileException(path, expected, "a folder", "Name a file in it.");
        var file = new FileInfo(path);
        if (!file.Exists) throw new AssetMissingException(what, path, "Check the path.");
        long length = file.LinkTarget is null ? file.Length : LengthOfTarget(file, what, path);
        // The system gives pipes, sockets and devices a length of zero.
        if (length == 0) throw new CorruptFileException(path, expected, "an empty file, a pipe or a device");
        if (length > bytesAtMost)
            throw new CorruptFileException(path, $"{expected} of at most {bytesAtMost >> 20} MB", $"{length >> 20} MB", "Make it smaller.");
    }

    /// <summary>All bytes of a file that has been checked.</summary>
    /// <exception cref="CorruptFileException">It cannot be read.</exception>
    public static byte[] ReadAll(string path, string expected)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CorruptFileException(path, expected, $"a file that cannot be read ({error.Message.TrimEnd('.')})", "", error);
        }
    }

    private static long LengthOfTarget(FileInfo link, string what, string path) =>
        link.ResolveLinkTarget(returnFinalTarget: true) is FileInfo { Exists: true } target
            ? target.Length
            : throw new AssetMissingException(what, path, "It is a link to nothing. Check the path.");
}
