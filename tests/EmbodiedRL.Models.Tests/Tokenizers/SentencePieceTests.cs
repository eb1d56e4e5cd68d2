using System.Buffers.Binary;
using System.Text;
using CsCheck;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Tokenizers;
using EmbodiedRL.Models.Tokenizers.Components;

namespace EmbodiedRL.Models.Tests.Tokenizers;

public sealed class SentencePieceTests
{
    private const int Normal = 1, Unknown = 2, Control = 3, Defined = 4, Byte = 6;

    /// <summary>Every way to cut the text is tried; of equally good ones any will do.</summary>
    [Fact]
    public void Viterbi_finds_the_best_of_all_ways_to_cut() =>
        Gen.Select(Gen.Char['a', 'd'].Array[1, 9], Gen.ULong).Sample((characters, seed) =>
        {
            string text = new(characters);
            var rng = Rng.For(seed, "pieces");
            var pieces = new List<(string Text, double Score)> { ("<unk>", 0) };
            for (int i = 0; i < 12; i++)
            {
                string piece = string.Concat(Enumerable.Range(0, 1 + rng.Below(4)).Select(_ => (char)('a' + rng.Below(4))));
                if (pieces.All(each => each.Text != piece)) pieces.Add((piece, -10 * rng.NextDouble()));
            }

            var model = new UnigramModel(pieces, new UnigramSettings { Unknown = 0 });
            var ids = new List<int>();
            model.Encode(text, ids);
            double unknown = pieces.Min(piece => piece.Score) - 10;
            Cut best = Best(text, pieces.ToDictionary(piece => piece.Text, piece => piece.Score), unknown);
            // A run of unknown characters is one token: what is unknown is what known tokens leave.
            int known = ids.Where(id => id > 0).Sum(id => pieces[id].Text.Length);
            double score = ids.Where(id => id > 0).Sum(id => pieces[id].Score) + (text.Length - known) * unknown;
            string pattern = string.Concat(ids.Select(id => id > 0 ? pieces[id].Text : ".+"));
            return Math.Abs(score - best.Score) < 1e-9 && System.Text.RegularExpressions.Regex.IsMatch(text, $"^{pattern}$");
        }, iter: 600);

    [Fact]
    public void Siglip_text_is_canonical_ends_with_its_end_and_is_padded_with_it()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["spiece.model"], Model(Siglip));
        File.WriteAllText(folder["tokenizer_config.json"],
            """{"tokenizer_class": "SiglipTokenizer", "pad_token": "</s>", "eos_token": {"content": "</s>"}, "model_max_length": 64}""");
        ITextTokenizer tokenizer = TokenizerFolder.Load(folder.Path);
        int[] expected = [4, 5, 1];                                      // "▁a" "▁robot" "</s>"
        Assert.Equal(expected, tokenizer.Encode("a robot"));
        Assert.Equal(expected, tokenizer.Encode("A,  ro-bot!\t"));       // lower case, no punctuation, one space, none at the end
        Assert.Equal([4, 1], tokenizer.Encode("a robot", 2));
        Assert.Equal([3, 4, 1], tokenizer.Encode(" a"));                 // a space before the text stays: "▁▁a"
        Assert.Equal([3, 1], tokenizer.Encode(""));                      // as the reference: the space before the text alone
        Assert.Equal([1, 1], tokenizer.Encode("</s>"));
        EncodedBatch batch = tokenizer.EncodeBatch(["a robot", "a"]);
        Assert.Equal((2, 3), (batch.Count, batch.Length));
        Assert.Equal([4, 5, 1, 4, 1, 1], batch.Ids);
        Assert.Equal([1, 1, 1, 1, 1, 0], batch.Mask);
        EncodedBatch full = tokenizer.EncodeBatch(["a"], tokenizer.ContextLength);
        Assert.Equal([4, .. Enumerable.Repeat(1L, 63)], full.Ids);
        Assert.Equal("a robot", tokenizer.Decode(expected));
    }

    [Fact]
    public void Unknown_characters_are_one_token_or_their_bytes()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["spiece.model"], Model(Siglip));
        Assert.Equal([4, 3, 2, 1], SentencePieceTokenizer.Read(folder["spiece.model"]).Encode("a жж"));
        (string, float, int)[] bytes = [.. Enumerable.Range(0, 256).Select(value => ($"<0x{value:X2}>", 0f, Byte))];
        File.WriteAllBytes(folder["spiece.model"], Model([.. Siglip, .. bytes], byteFallback: true));
        int offset = Siglip.Length;
        SentencePieceTokenizer tokenizer = SentencePieceTokenizer.Read(folder["spiece.model"]);
        int[] ids = tokenizer.Encode("aж");
        Assert.Equal([4, offset + 0xD0, offset + 0xB6, 1], ids);
        Assert.Equal("aж", tokenizer.Decode(ids));
    }

    [Fact]
    public void Plain_text_gets_its_prefix_its_map_and_symbols_of_the_user()
    {
        using var folder = new TemporaryFolder();
        (string, float, int)[] pieces =
            [.. Siglip, ("x", -3, Normal), ("robot", -9, Normal), ("bot", 0, Defined), ("▁ro", -1, Normal), ("\t", -1, Normal)];
        File.WriteAllBytes(folder["tokenizer.model"], Model(pieces, map: Map(("\t", " "), ("é", "x"), ("éé", "a"))));
        ITextTokenizer tokenizer = TokenizerFolder.Load(folder.Path);
        int x = Siglip.Length;
        Assert.Equal([3, 8, x + 2], tokenizer.Encode("obot"));           // the symbol "bot" beats its letters
        Assert.Equal([4, 3, x], tokenizer.Encode("  a\t é "));           // spaces collapse after the map
        Assert.Equal([4], tokenizer.Encode("éé"));                       // the longest of the map
    }

    [Fact]
    public void Scores_of_a_byte_pair_model_are_ranks_of_merges()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["tokenizer.model"], Model(
        [
            ("<unk>", 0, Unknown), ("bc", 0, Normal), ("ab", -1, Normal), ("abc", -2, Normal), ("a", -3, Normal), ("b", -4, Normal),
            ("c", -5, Normal), ("▁", -6, Normal),
        ], type: 2));
        ITextTokenizer tokenizer = TokenizerFolder.Load(folder.Path);
        Assert.Equal([7, 3, 2], tokenizer.Encode("abcab"));
        Assert.Equal([7, 0], tokenizer.Encode("zz"));
        File.WriteAllBytes(folder["tokenizer.model"], Model(
        [
            ("<unk>", 0, Unknown), ("aa", -1, Normal), ("aab", -2, Normal), ("baa", -2, Normal), ("a", -3, Normal), ("b", -4, Normal),
            ("▁", -6, Normal),
        ], type: 2));
        Assert.Equal([6, 2, 1], TokenizerFolder.Load(folder.Path).Encode("aabaa")); // equal scores: the leftmost is first
    }

    [Fact]
    public void A_long_text_is_encoded_whole()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["spiece.model"], Model(Siglip));
        SentencePieceTokenizer tokenizer = SentencePieceTokenizer.Read(folder["spiece.model"]);
        Assert.Equal(100_001, tokenizer.Encode(string.Concat(Enumerable.Repeat("robot ", 100_000)).TrimEnd()).Length);
        Assert.Equal(64, tokenizer.Encode(new string('a', 1_000_000), 64).Length);
    }

    [Fact]
    public void Altered_models_load_or_fail_with_an_error_that_names_them()
    {
        byte[] whole = Model(Siglip, map: Map(("é", "e")));
        using var folder = new TemporaryFolder();
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte, Gen.Bool).Sample((place, value, cut) =>
        {
            byte[] altered = cut ? whole[..place] : [.. whole[..place], value, .. whole[(place + 1)..]];
            File.WriteAllBytes(folder["spiece.model"], altered);
            try
            {
                SentencePieceTokenizer.Read(folder["spiece.model"]).Encode("a robot é");
                return true;
            }
            catch (EmbodiedException error)
            {
                return error.Message.Contains("spiece.model", StringComparison.Ordinal);
            }
        }, iter: 500, threads: 1);
    }

    private static (string, float, int)[] Siglip =>
    [
        ("<pad>", 0, Control), ("</s>", 0, Control), ("<unk>", 0, Unknown), ("▁", -2, Normal), ("▁a", -1.5f, Normal),
        ("▁robot", -2.5f, Normal), ("a", -2, Normal), ("r", -4, Normal), ("o", -4, Normal), ("b", -4, Normal), ("t", -4, Normal),
    ];

    /// <summary>A model file: the fields of its protocol buffer that encoding reads, and one that it does not.</summary>
    private static byte[] Model((string Text, float Score, int Kind)[] pieces, bool byteFallback = false, int type = 1, byte[]? map = null)
    {
        var file = new List<byte>();
        foreach ((string text, float score, int kind) in pieces)
        {
            byte[] number = new byte[4];
            BinaryPrimitives.WriteSingleLittleEndian(number, score);
            AddBytes(file, 1, [.. Bytes(1, Encoding.UTF8.GetBytes(text)), 2 << 3 | 5, .. number, .. Number(3, kind)]);
        }

        AddBytes(file, 2, [.. Number(3, type), .. Number(35, byteFallback ? 1 : 0), .. Bytes(50, [1, 2, 3])]);
        AddBytes(file, 3, [.. Bytes(1, Encoding.UTF8.GetBytes("custom")), .. map is null ? [] : Bytes(2, map)]);
        return [.. file];
    }

    /// <summary>A double array with a block of 256 places for every node, which is large and simple.</summary>
    private static byte[] Map(params (string From, string To)[] entries)
    {
        List<byte[]> nodes = [[]];
        foreach ((string from, _) in entries)
            for (int length = 1; Encoding.UTF8.GetBytes(from) is { } bytes && length <= bytes.Length; length++)
                if (bytes[..length] is var node && !nodes.Any(each => each.SequenceEqual(node))) nodes.Add(node);
        uint[] units = new uint[256 * (nodes.Count + 1)];
        var texts = new List<byte>();
        units[0] = Offset(0 ^ Base(nodes[0]));
        foreach (byte[] node in nodes.Skip(1))
        {
            uint place = Base(node.AsSpan(0, node.Length - 1)) ^ node[^1];
            (string From, string To)[] found = [.. entries.Where(entry => Encoding.UTF8.GetBytes(entry.From).SequenceEqual(node))];
            units[place] = Offset(place ^ Base(node)) | node[^1] | (found.Length > 0 ? 1u << 8 : 0);
            if (found.Length == 0) continue;
            units[Base(node)] = (uint)texts.Count | 1u << 31;
            texts.AddRange([.. Encoding.UTF8.GetBytes(found[0].To), 0]);
        }

        byte[] file = new byte[4 + 4 * units.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(file, (uint)(4 * units.Length));
        for (int i = 0; i < units.Length; i++) BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(4 + 4 * i), units[i]);
        return [.. file, .. texts];

        uint Base(ReadOnlySpan<byte> node)
        {
            int found = 0;
            while (!node.SequenceEqual(nodes[found])) found++;
            return 256u * (1 + (uint)found);
        }


        static uint Offset(uint offset) => offset < 1 << 21 ? offset << 10 : throw new ArgumentOutOfRangeException(nameof(offset));
    }

    private static void AddBytes(List<byte> file, int field, byte[] content) => file.AddRange(Bytes(field, content));

    private static byte[] Bytes(int field, byte[] content) => [.. Varint(field << 3 | 2), .. Varint(content.Length), .. content];

    private static byte[] Number(int field, int value) => [.. Varint(field << 3), .. Varint(value)];

    private static byte[] Varint(int value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7) bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
        return [.. bytes];
    }

    private sealed record Cut(double Score);

    /// <summary>The best cut by trying all, recursively.</summary>
    private static Cut Best(string text, Dictionary<string, double> scores, double unknown)
    {
        if (text.Length == 0) return new Cut(0);
        var cuts = new List<Cut>();
        for (int length = 1; length <= text.Length; length++)
        {
            bool known = scores.TryGetValue(text[..length], out double score);
            if (!known && length > 1) continue;
            cuts.Add(new Cut(Best(text[length..], scores, unknown).Score + (known ? score : unknown)));
        }

        return cuts.MaxBy(cut => cut.Score)!;
    }
}
