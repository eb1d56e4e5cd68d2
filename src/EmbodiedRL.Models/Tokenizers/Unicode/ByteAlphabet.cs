using System.Text;

namespace EmbodiedRL.Models.Tokenizers.Unicode;

/// <summary>Byte alphabet of GPT-2: a printable character for every byte.</summary>
internal static class ByteAlphabet
{
    private static readonly char[] Characters = Make();
    private static readonly Dictionary<char, byte> Bytes =
        Characters.Select((character, value) => (character, value)).ToDictionary(pair => pair.character, pair => (byte)pair.value);

    /// <summary>The UTF-8 bytes of a text as characters; a lone surrogate becomes U+FFFD first.</summary>
    public static string Encode(ReadOnlySpan<char> text)
    {
        byte[] bytes = new byte[Encoding.UTF8.GetMaxByteCount(text.Length)];
        int count = Encoding.UTF8.GetBytes(text, bytes);
        return string.Create(count, bytes, static (span, source) =>
        {
            for (int i = 0; i < span.Length; i++) span[i] = Characters[source[i]];
        });
    }

    /// <summary>Appends the bytes that a text of the alphabet stands for.</summary>
    /// <returns>False, and nothing appended, if a character is not of the alphabet.</returns>
    public static bool TryDecode(string text, List<byte> into)
    {
        int count = into.Count;
        foreach (char character in text)
        {
            if (!Bytes.TryGetValue(character, out byte value))
            {
                into.RemoveRange(count, into.Count - count);
                return false;
            }

            into.Add(value);
        }

        return true;
    }

    private static char[] Make()
    {
        char[] characters = new char[256];
        int next = 256;
        for (int value = 0; value < 256; value++)
            characters[value] = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF)
                ? (char)value
                : (char)next++;
        return characters;
    }
}
