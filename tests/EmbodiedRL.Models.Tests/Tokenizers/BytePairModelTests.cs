using CsCheck;
using EmbodiedRL.Models.Tokenizers.Components;

namespace EmbodiedRL.Models.Tests.Tokenizers;

public sealed class BytePairModelTests
{
    [Fact]
    public void The_pair_that_was_learned_first_is_merged_first()
    {
        BytePairModel model = Make([("b", "c"), ("a", "b"), ("a", "bc")], "a", "b", "c");
        Assert.Equal(["abc"], Tokens(model, "abc"));                    // bc, then a + bc; ab would leave c alone
        Assert.Equal(["ab", "ab"], Tokens(model, "abab"));
        Assert.Equal(["a", "a", "abc"], Tokens(model, "aaabc"));
    }

    [Fact]
    public void Long_pieces_are_merged_as_short_ones_are() =>
        Gen.Select(Gen.Int[0, 3].Array[2, 12], Gen.Int[0, 2].Array[1, 80], Gen.ULong).Sample((choices, text, seed) =>
        {
            // Random merges of tokens made before, in random order: also such as no training gives.
            List<string> tokens = ["a", "b", "c"];
            var merges = new List<(string, string)>();
            var rng = EmbodiedRL.Core.Rng.For(seed, "merges");
            foreach (int _ in choices)
            {
                (string left, string right) = (tokens[rng.Below(tokens.Count)], tokens[rng.Below(tokens.Count)]);
                if (tokens.Contains(left + right) || left.Length + right.Length > 8) continue;
                tokens.Add(left + right);
                merges.Insert(rng.Below(merges.Count + 1), (left, right));
            }

            BytePairModel model = new(new Vocabulary(tokens.Select((token, id) => KeyValuePair.Create(token, id))), merges, new());
            List<int> scanned = [.. text], heaped = [.. text];
            model.MergeByScan(scanned);
            model.MergeByHeap(heaped);
            return scanned.SequenceEqual(heaped) && scanned.SequenceEqual(Naive(text, tokens, merges));
        }, iter: 2000);

    [Fact]
    public void Suffix_and_prefix_belong_to_the_characters()
    {
        BytePairModel suffixed = Make([("a", "b</w>")], new BytePairSettings { Suffix = "</w>" }, "a", "a</w>", "b</w>");
        Assert.Equal(["ab</w>"], Tokens(suffixed, "ab"));
        Assert.Equal(["a", "a</w>"], Tokens(suffixed, "aa"));
        BytePairModel prefixed = Make([("a", "##b")], new BytePairSettings { Prefix = "##" }, "a", "##a", "##b");
        Assert.Equal(["ab", "##a"], Tokens(prefixed, "aba"));
    }

    [Fact]
    public void Unknown_characters_are_dropped_counted_or_fused()
    {
        Assert.Equal(["a", "a"], Tokens(Make([], new BytePairSettings(), "a"), "axya"));
        Assert.Equal(["a", "?", "?", "a"], Tokens(Make([], new BytePairSettings { Unknown = "?" }, "a", "?"), "axya"));
        Assert.Equal(["a", "?", "a"], Tokens(Make([], new BytePairSettings { Unknown = "?", FuseUnknown = true }, "a", "?"), "axya"));
    }

    [Fact]
    public void Characters_without_a_token_fall_back_to_their_bytes()
    {
        string[] bytes = [.. Enumerable.Range(0, 256).Select(value => $"<0x{value:X2}>")];
        BytePairModel model = Make([], new BytePairSettings { ByteFallback = true, Unknown = "?" }, ["a", "?", .. bytes]);
        Assert.Equal(["a", "<0xC3>", "<0xA9>", "<0xF0>", "<0x9F>", "<0x98>", "<0x80>"], Tokens(model, "aé\U0001F600"));
        BytePairModel some = Make([], new BytePairSettings { ByteFallback = true, Unknown = "?" }, "a", "?", "<0xC3>");
        Assert.Equal(["a", "?"], Tokens(some, "aé"));                   // all bytes or none
    }

    [Fact]
    public void A_piece_that_is_a_token_is_taken_whole_where_merges_are_ignored()
    {
        Assert.Equal(["abc"], Tokens(Make([], new BytePairSettings { IgnoreMerges = true }, "a", "b", "c", "abc"), "abc"));
        Assert.Equal(["a", "b", "c"], Tokens(Make([], new BytePairSettings(), "a", "b", "c", "abc"), "abc"));
    }

    [Fact]
    public void A_merge_of_an_unknown_token_is_named()
    {
        FormatException error = Assert.Throws<FormatException>(() => new BytePairModel(
            new Vocabulary([KeyValuePair.Create("a", 0)]), [("a", "x")], new()));
        Assert.Contains("merge 1 names 'x'", error.Message);
    }

    [Fact]
    public void A_million_equal_characters_are_merged_in_pairs_of_pairs()
    {
        BytePairModel model = Make([("a", "a"), ("aa", "aa"), ("aaaa", "aaaa")], "a");
        var ids = new List<int>();
        model.Encode(new string('a', 1_000_001), ids);
        Assert.Equal(125_001, ids.Count);
        Assert.All(ids[..^1], id => Assert.Equal("aaaaaaaa", model.Vocabulary.TokenOf(id)));
    }

    private static BytePairModel Make((string, string)[] merges, params string[] tokens) => Make(merges, new(), tokens);

    private static BytePairModel Make((string Left, string Right)[] merges, BytePairSettings settings, params string[] tokens)
    {
        string[] all = [.. tokens, .. merges.Select(merge => merge.Left + merge.Right[settings.Prefix.Length..])];
        return new BytePairModel(new Vocabulary(all.Select((token, id) => KeyValuePair.Create(token, id))), merges, settings);
    }

    private static string[] Tokens(BytePairModel model, string text)
    {
        var ids = new List<int>();
        model.Encode(text, ids);
        return [.. ids.Select(id => model.Vocabulary.TokenOf(id)!)];
    }

    /// <summary>The definition: in every round the first place of the pair of the lowest rank.</summary>
    private static int[] Naive(int[] text, List<string> tokens, List<(string Left, string Right)> merges)
    {
        List<string> symbols = [.. text.Select(id => tokens[id])];
        while (true)
        {
            (int Rank, int Place) best = Enumerable.Range(0, Math.Max(symbols.Count - 1, 0))
                .Select(i => (Rank: merges.LastIndexOf((symbols[i], symbols[i + 1])), Place: i))
                .Where(pair => pair.Rank >= 0).DefaultIfEmpty((-1, -1)).Min();
            if (best.Rank < 0) return [.. symbols.Select(symbol => tokens.IndexOf(symbol))];
            symbols[best.Place] += symbols[best.Place + 1];
            symbols.RemoveAt(best.Place + 1);
        }
    }
}
