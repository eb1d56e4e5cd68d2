using EmbodiedRL.Models.Tokenizers.Unicode;

namespace EmbodiedRL.Models.Tokenizers.Repair;

/// <summary>Single-byte encoding: one that text may have been decoded with by mistake.</summary>
/// <remarks>A sloppy one maps undefined bytes to themselves, and U+FFFD to byte 0x1A, which marks a byte that was lost.</remarks>
internal sealed class SingleByteEncoding
{
    private static readonly Lazy<SingleByteEncoding[]> Encodings = new(() => [.. DataLines.Of("encodings.txt").Select(Parse)]);

    private readonly Dictionary<char, byte> _bytes = [];

    private SingleByteEncoding(string name, int[] upper)
    {
        Name = name;
        for (int value = 0; value < 128; value++)
            if (value != 0x1A || !IsSloppy) _bytes[(char)value] = (byte)value;
        for (int i = 0; i < upper.Length; i++) _bytes[(char)upper[i]] = (byte)(128 + i);
        if (IsSloppy) _bytes['\uFFFD'] = 0x1A;
    }

    /// <summary>All that are tried, in that order; the first is Latin-1.</summary>
    public static IReadOnlyList<SingleByteEncoding> All => Encodings.Value;

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Whether lost bytes can be represented.</summary>
    public bool IsSloppy => Name.StartsWith("sloppy", StringComparison.Ordinal);

    /// <summary>The bytes a text was decoded from, one character a byte; null if this encoding cannot have given it.</summary>
    public string? Encode(string text)
    {
        char[] bytes = new char[text.Length];
        for (int i = 0; i < text.Length; i++)
        {
            if (!_bytes.TryGetValue(text[i], out byte value)) return null;
            bytes[i] = (char)value;
        }

        return new string(bytes);
    }

    private static SingleByteEncoding Parse(string line)
    {
        int space = line.IndexOf(' ', StringComparison.Ordinal);
        return new SingleByteEncoding(line[..space], DataLines.HexList(line[(space + 1)..]));
    }
}
