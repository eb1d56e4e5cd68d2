using System.Text;
using EmbodiedRL.Models.Tokenizers;

namespace EmbodiedRL.Benchmarks.Reasoning;

/// <summary>Tokenizer of bytes: ids 0 to 255 are bytes, then one that pads and one that ends.</summary>
internal sealed class ByteTokenizer : ITextTokenizer
{
    public const int End = 257;

    public int VocabularySize => 258;

    public int PaddingId => 256;

    public int? ContextLength => null;

    public int[] Encode(string text, int maximumLength = int.MaxValue) =>
        [.. Encoding.UTF8.GetBytes(text).Take(maximumLength).Select(value => (int)value)];

    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = true)
    {
        List<byte> bytes = [];
        foreach (int id in ids)
            if (id < 256) bytes.Add((byte)id);
        return Encoding.UTF8.GetString([.. bytes]);
    }
}
