using System.Buffers.Binary;

namespace EmbodiedRL.Rendering.Images;

/// <summary>Completeness check of a video file: an MP4 whose index comes first plays up to where it was cut off.</summary>
internal static class WholeVideo
{
    private const int Header = 8, LongHeader = 16;

    /// <summary>What is wrong with a file; null if it is whole, or of a kind that does not say how long it is.</summary>
    public static string? Fault(string path)
    {
        using FileStream file = File.OpenRead(path);
        Span<byte> head = stackalloc byte[LongHeader];
        int read = file.ReadAtLeast(head, LongHeader, throwOnEndOfStream: false);
        if (read < LongHeader) return null; // ffmpeg says what it is
        if (head[4..8].SequenceEqual("ftyp"u8)) return BoxFault(file, head);
        if (head[..4].SequenceEqual("RIFF"u8) && BinaryPrimitives.ReadUInt32LittleEndian(head[4..]) > file.Length - Header)
            return CutOff(file);
        return null;
    }

    /// <summary>MP4 and its kin are boxes one after another, each with its size.</summary>
    private static string? BoxFault(FileStream file, Span<byte> head)
    {
        long at = 0;
        while (at < file.Length)
        {
            file.Position = at;
            int read = file.ReadAtLeast(head, LongHeader, throwOnEndOfStream: false);
            if (read < Header) return CutOff(file);
            long size = BinaryPrimitives.ReadUInt32BigEndian(head);
            if (size == 0) return null; // up to the end of the file
            if (size == 1)
            {
                if (read < LongHeader) return CutOff(file);
                size = BinaryPrimitives.ReadInt64BigEndian(head[Header..]);
            }

            if (size < Header || size > file.Length - at) return CutOff(file);
            at += size;
        }

        return null;
    }

    private static string CutOff(FileStream file) => $"only the first {file.Length} bytes of one";
}
