using System.Buffers.Binary;
using SixLabors.ImageSharp.Formats;
using SixLabors.ImageSharp.Formats.Jpeg;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.Formats.Webp;

namespace EmbodiedRL.Rendering.Images;

/// <summary>Completeness check of an image file: decoders accept files that are cut off.</summary>
internal static class WholePicture
{
    private const int PngSignature = 8, PngFrame = 12;                  // of a chunk: length, type and checksum
    private const uint PngEnd = 0x49454E44;                             // "IEND"
    private const byte Marker = 0xFF, Start = 0xD8, End = 0xD9, Scan = 0xDA, FirstRestart = 0xD0, LastRestart = 0xD7, Temporary = 0x01;
    private const int RiffHeader = 8;
    private const uint Polynomial = 0xEDB88320;                         // CRC-32 of ISO 3309, bits reversed

    private static readonly uint[] Remainders = [.. Enumerable.Range(0, 256).Select(number => Remainder((uint)number))];

    /// <summary>What is wrong with a file; null if it is whole.</summary>
    public static string? Fault(ReadOnlySpan<byte> file, IImageFormat format) => format switch
    {
        PngFormat => PngFault(file),
        JpegFormat => JpegFault(file),
        WebpFormat => WebpFault(file),
        _ => null,
    };

    /// <summary>Chunks one after another, each with a checksum, up to the one that ends the image.</summary>
    private static string? PngFault(ReadOnlySpan<byte> file)
    {
        for (int at = PngSignature; file.Length - at >= PngFrame;)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(file[at..]);
            if (length > file.Length - at - PngFrame) return CutOff(file);
            int size = (int)length;
            if (Checksum(file.Slice(at + 4, size + 4)) != BinaryPrimitives.ReadUInt32BigEndian(file[(at + 8 + size)..]))
                return "damaged bytes (a checksum does not fit)";
            if (BinaryPrimitives.ReadUInt32BigEndian(file[(at + 4)..]) == PngEnd) return null;
            at += PngFrame + size;
        }

        return CutOff(file);
    }

    /// <summary>
    /// Segments with their lengths; after a scan's header its data, in which a byte of 0xFF is followed by 0 or the number of a restart.
    /// </summary>
    private static string? JpegFault(ReadOnlySpan<byte> file)
    {
        int at = 2;
        while (at + 1 < file.Length)
        {
            if (file[at] != Marker) return "damaged bytes (no marker where one must be)";
            byte marker = file[at + 1];
            if (marker == End) return null;
            if (marker == Marker) at++;
            else if (marker is Start or Temporary or (>= FirstRestart and <= LastRestart)) at += 2;
            else
            {
                if (at + 4 > file.Length) return CutOff(file);
                at += 2 + BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
                if (marker == Scan) at = EndOfScan(file, at);
            }
        }

        return CutOff(file);
    }

    private static int EndOfScan(ReadOnlySpan<byte> file, int at)
    {
        for (; at + 1 < file.Length; at++)
            if (file[at] == Marker && file[at + 1] is not (0 or Marker or (>= FirstRestart and <= LastRestart))) return at;
        return file.Length;
    }

    private static string? WebpFault(ReadOnlySpan<byte> file) =>
        file.Length < RiffHeader || BinaryPrimitives.ReadUInt32LittleEndian(file[4..]) > (uint)(file.Length - RiffHeader)
            ? CutOff(file)
            : null;

    private static string CutOff(ReadOnlySpan<byte> file) => $"only the first {file.Length} bytes of one";

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        uint sum = uint.MaxValue;
        foreach (byte value in bytes) sum = Remainders[(byte)(sum ^ value)] ^ (sum >> 8);
        return ~sum;
    }

    private static uint Remainder(uint number)
    {
        for (int bit = 0; bit < 8; bit++) number = (number & 1) != 0 ? (number >> 1) ^ Polynomial : number >> 1;
        return number;
    }
}
