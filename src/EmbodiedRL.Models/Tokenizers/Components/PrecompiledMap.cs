using System.Buffers.Binary;
using System.Text;

namespace EmbodiedRL.Models.Tokenizers.Components;

/// <summary>Precompiled character map of SentencePiece: a double-array trie of UTF-8 prefixes, and their replacements.</summary>
internal sealed class PrecompiledMap : INormalizer
{
    private readonly uint[] _units;
    private readonly byte[] _replacements;

    /// <summary>A map as it lies in a file: length of the trie, the trie, replacements that end in a zero.</summary>
    /// <exception cref="FormatException">It is cut off.</exception>
    public PrecompiledMap(ReadOnlySpan<byte> map)
    {
        if (map.Length < 4) throw new FormatException("the character map is cut off");
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(map);
        if (length == 0 || length % 4 != 0 || length > map.Length - 4)
            throw new FormatException("the trie of the character map is cut off");
        _units = new uint[length / 4];
        for (int i = 0; i < _units.Length; i++) _units[i] = BinaryPrimitives.ReadUInt32LittleEndian(map[(4 + 4 * i)..]);
        _replacements = map[(int)(4 + length)..].ToArray();
    }

    /// <summary>The replacement of the longest prefix that has one.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="replacement">UTF-8.</param>
    /// <returns>Bytes of the prefix; 0 if there is none.</returns>
    public int Longest(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> replacement)
    {
        int found = 0, value = 0;
        uint node = Offset(_units[0]);
        for (int i = 0; i < text.Length; i++)
        {
            node ^= text[i];
            if (node >= _units.Length) break;
            uint unit = _units[node];
            if ((unit & 0x800000FF) != text[i]) break;
            node ^= Offset(unit);
            if ((unit >> 8 & 1) == 0) continue;
            if (node >= _units.Length) break;
            (found, value) = (i + 1, (int)(_units[node] & 0x7FFFFFFF));
        }

        replacement = default;
        if (found == 0 || value >= _replacements.Length) return 0;
        ReadOnlySpan<byte> rest = _replacements.AsSpan(value);
        int end = rest.IndexOf((byte)0);
        replacement = end < 0 ? rest : rest[..end];
        return found;
    }

    /// <inheritdoc/>
    public string Normalize(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        var result = new List<byte>(bytes.Length);
        for (int i = 0; i < bytes.Length;)
        {
            int length = Longest(bytes.AsSpan(i), out ReadOnlySpan<byte> replacement);
            if (length > 0) result.AddRange(replacement);
            else result.AddRange(bytes.AsSpan(i, length = Utf8Length(bytes[i])));
            i += length;
        }

        return Encoding.UTF8.GetString([.. result]);
    }

    /// <summary>Bytes of the UTF-8 character that begins with a byte.</summary>
    public static int Utf8Length(byte first) => first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;

    private static uint Offset(uint unit) => unit >> 10 << (int)((unit & (1 << 9)) >> 6);
}
