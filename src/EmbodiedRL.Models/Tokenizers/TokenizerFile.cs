using System.Text.Json;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Tokenizers.Components;
using EmbodiedRL.Models.Tokenizers.Unicode;

namespace EmbodiedRL.Models.Tokenizers;

/// <summary>Tokenizer file: <c>tokenizer.json</c> of Hugging Face's tokenizers library.</summary>
/// <remarks>
/// Components that it does not know, and known ones with settings that it does not know, are refused by name, since a tokenizer that
/// is nearly right gives a model other words than it was trained on.
/// </remarks>
internal static class TokenizerFile
{
    private const string What = "A tokenizer file";

    /// <summary>Reads a file.</summary>
    /// <exception cref="AssetMissingException">There is no such file.</exception>
    /// <exception cref="CorruptFileException">It is no JSON, of another form, or names a component that is not supported.</exception>
    public static TokenizerParts Read(string path) => JsonFile.Read(path, What, root => ReadParts(root));

    private static TokenizerParts ReadParts(JsonElement root)
    {
        ITokenModel model = ModelReader.Read(root.Find("model") ?? throw new FormatException("there is no model"));
        AddedToken[] added = [.. (root.Find("added_tokens")?.EnumerateArray() ?? default).Select(ReadAdded)];
        CheckAdded(added, model);
        return new TokenizerParts(model)
        {
            Normalizer = root.Find("normalizer") is { } normalizer ? ComponentReader.Normalizer(normalizer) : null,
            PreTokenizer = root.Find("pre_tokenizer") is { } preTokenizer ? ComponentReader.PreTokenizer(preTokenizer) : null,
            Decoder = root.Find("decoder") is { } decoder ? ComponentReader.Decoder(decoder) : null,
            Template = root.Find("post_processor") is { } processor ? TemplateReader.Read(processor) : Template.Plain,
            Added = added,
            PaddingId = root.Find("padding")?.Find("pad_id")?.GetInt32() ?? 0,
            TruncateLeft = root.Find("truncation")?.Text("direction") == "Left",
        };
    }

    private static AddedToken ReadAdded(JsonElement token) => new(
        token.GetProperty("id").GetInt32(),
        token.Text("content") ?? throw new FormatException("an added token has no content"),
        token.Flag("special"),
        token.Flag("single_word"),
        token.Flag("lstrip"),
        token.Flag("rstrip"),
        token.Flag("normalized"));

    private static void CheckAdded(AddedToken[] added, ITokenModel model)
    {
        var ids = new Dictionary<int, string>();
        foreach (AddedToken token in added)
        {
            if (token.Id is < 0 or > 1 << 28) throw new FormatException($"the added token '{token.Content}' has the id {token.Id}");
            if (!ids.TryAdd(token.Id, token.Content))
                throw new FormatException($"the added tokens '{ids[token.Id]}' and '{token.Content}' have the same id {token.Id}");
            if (model.Vocabulary.TokenOf(token.Id) is { } other && other != token.Content)
                throw new FormatException($"the added token '{token.Content}' has the id {token.Id} of '{other}'");
        }
    }
}

/// <summary>Error about a component that is not supported.</summary>
internal static class Unsupported
{
    /// <summary>Names the component, and what kinds are supported.</summary>
    public static FormatException Of(string kind, string? type, string supported) =>
        new($"the {kind} {type ?? "without a type"} is not supported; supported are {supported}");
}

/// <summary>Reader of normalizers, pre-tokenizers and decoders.</summary>
internal static class ComponentReader
{
    private const string Normalizers =
        "Sequence, Lowercase, NFC, NFD, NFKC, NFKD, StripAccents, Strip, Replace, Prepend, BertNormalizer, Nmt, Precompiled, ByteLevel";

    private const string PreTokenizers =
        "Sequence, Split, ByteLevel, Digits, Whitespace, WhitespaceSplit, BertPreTokenizer, Metaspace, Punctuation, CharDelimiterSplit";

    private const string Decoders = "Sequence, ByteLevel, WordPiece, Metaspace, BPEDecoder, ByteFallback, Fuse, Strip, Replace";

    /// <summary>A normalizer.</summary>
    public static INormalizer Normalizer(JsonElement part) => part.Text("type") switch
    {
        "Sequence" => new SequenceNormalizer([.. part.GetProperty("normalizers").EnumerateArray().Select(Normalizer)]),
        "Lowercase" => new FunctionNormalizer(Characters.Lower),
        "NFC" => new FunctionNormalizer(UnicodeNormalization.Nfc),
        "NFD" => new FunctionNormalizer(UnicodeNormalization.Nfd),
        "NFKC" => new FunctionNormalizer(UnicodeNormalization.Nfkc),
        "NFKD" => new FunctionNormalizer(UnicodeNormalization.Nfkd),
        "StripAccents" => new FunctionNormalizer(text => TextFilters.Without(text, Characters.IsMark)),
        "Strip" => Strip(part.Flag("strip_left", true), part.Flag("strip_right", true)),
        "Replace" => Replace(part),
        "Prepend" => Prepend(part.Text("prepend") ?? ""),
        "BertNormalizer" => new BertNormalizer(
            part.Flag("clean_text", true),
            part.Flag("handle_chinese_chars", true),
            part.Flag("strip_accents", part.Flag("lowercase", true)),
            part.Flag("lowercase", true)),
        "Nmt" => new FunctionNormalizer(TextFilters.Nmt),
        "Precompiled" => new PrecompiledMap(part.GetProperty("precompiled_charsmap").GetBytesFromBase64()),
        "ByteLevel" => new FunctionNormalizer(text => ByteAlphabet.Encode(text)),
        var type => throw Unsupported.Of("normalizer", type, Normalizers),
    };

    /// <summary>A pre-tokenizer.</summary>
    public static IPreTokenizer PreTokenizer(JsonElement part) => part.Text("type") switch
    {
        "Sequence" => new SequencePreTokenizer([.. part.GetProperty("pretokenizers").EnumerateArray().Select(PreTokenizer)]),
        "Split" => Split(part),
        "ByteLevel" => new ByteLevelPreTokenizer(part.Flag("add_prefix_space", true), part.Flag("use_regex", true)),
        "Digits" => SplitPreTokenizer.At(Characters.IsNumeric,
            part.Flag("individual_digits") ? SplitBehavior.Isolated : SplitBehavior.Contiguous),
        "Whitespace" => new WordPreTokenizer(),
        "WhitespaceSplit" => SplitPreTokenizer.At(Characters.IsWhiteSpace, SplitBehavior.Removed),
        "BertPreTokenizer" => new BertPreTokenizer(),
        "Metaspace" => new MetaspacePreTokenizer(part.Text("replacement") ?? "\u2581", Scheme(part), part.Flag("split", true)),
        "Punctuation" => SplitPreTokenizer.At(Characters.IsPunctuation, Behavior(part.Text("behavior") ?? "Isolated")),
        "CharDelimiterSplit" => Delimiter(part.Text("delimiter") ?? throw new FormatException("CharDelimiterSplit has no delimiter")),
        var type => throw Unsupported.Of("pre-tokenizer", type, PreTokenizers),
    };

    /// <summary>A decoder.</summary>
    public static IDecoder Decoder(JsonElement part) => part.Text("type") switch
    {
        "Sequence" => new SequenceDecoder([.. part.GetProperty("decoders").EnumerateArray().Select(Decoder)]),
        "ByteLevel" => new ByteLevelDecoder(),
        "WordPiece" => EachDecoder.WordPiece(part.Text("prefix") ?? "##", part.Flag("cleanup", true)),
        "Metaspace" => EachDecoder.Metaspace(part.Text("replacement") ?? "\u2581", Scheme(part)),
        "BPEDecoder" => EachDecoder.Suffix(part.Text("suffix") ?? "</w>"),
        "ByteFallback" => new ByteFallbackDecoder(),
        "Fuse" => new FuseDecoder(),
        "Strip" => EachDecoder.Strip(
            (part.Text("content") ?? " ")[0], part.Find("start")?.GetInt32() ?? 0, part.Find("stop")?.GetInt32() ?? 0),
        "Replace" => Each(Replace(part)),
        var type => throw Unsupported.Of("decoder", type, Decoders),
    };

    private static EachDecoder Each(ReplaceNormalizer replace) => new((token, _, _) => replace.Normalize(token));

    private static FunctionNormalizer Strip(bool left, bool right) => new(text =>
    {
        if (left) text = text.TrimStart();
        return right ? text.TrimEnd() : text;
    });

    private static FunctionNormalizer Prepend(string prefix) => new(text => text.Length == 0 ? text : prefix + text);

    private static ReplaceNormalizer Replace(JsonElement part)
    {
        (string? literal, CodePointPattern? pattern) = Pattern(part.GetProperty("pattern"));
        return new ReplaceNormalizer(literal, pattern, part.Text("content") ?? "");
    }

    private static SplitPreTokenizer Split(JsonElement part)
    {
        (string? literal, CodePointPattern? pattern) = Pattern(part.GetProperty("pattern"));
        pattern ??= new CodePointPattern(System.Text.RegularExpressions.Regex.Escape(literal!));
        return new SplitPreTokenizer(pattern.Matches, Behavior(part.Text("behavior")), part.Flag("invert"));
    }

    private static SplitPreTokenizer Delimiter(string delimiter)
    {
        int point = Characters.At(delimiter, 0, out _);
        return SplitPreTokenizer.At(each => each == point, SplitBehavior.Removed);
    }

    private static (string? Literal, CodePointPattern? Pattern) Pattern(JsonElement pattern) =>
        pattern.Text("String") is { } literal ? (literal, null)
        : pattern.Text("Regex") is { } regex ? (null, new CodePointPattern(regex))
        : throw new FormatException("a pattern must be a String or a Regex");

    /// <summary>Two spellings: <c>Removed</c> in pre-tokenizers of the file, <c>removed</c> as the library's calls have it.</summary>
    private static SplitBehavior Behavior(string? name) => name switch
    {
        "Removed" or "removed" => SplitBehavior.Removed,
        "Isolated" or "isolated" => SplitBehavior.Isolated,
        "MergedWithPrevious" or "merged_with_previous" => SplitBehavior.MergedWithPrevious,
        "MergedWithNext" or "merged_with_next" => SplitBehavior.MergedWithNext,
        "Contiguous" or "contiguous" => SplitBehavior.Contiguous,
        _ => throw new FormatException($"there is no split behavior '{name}'"),
    };

    /// <summary>Two spellings: <c>prepend_scheme</c>, and <c>add_prefix_space</c> in older files.</summary>
    private static PrependScheme Scheme(JsonElement part) => part.Text("prepend_scheme") switch
    {
        "always" => PrependScheme.Always,
        "first" => PrependScheme.First,
        "never" => PrependScheme.Never,
        null => part.Flag("add_prefix_space", true) ? PrependScheme.Always : PrependScheme.Never,
        { } other => throw new FormatException($"there is no prepend scheme '{other}'"),
    };
}

/// <summary>Reader of post-processors.</summary>
internal static class TemplateReader
{
    private const string Supported = "Sequence, TemplateProcessing, BertProcessing, RobertaProcessing, ByteLevel";

    /// <summary>The template of a post-processor.</summary>
    public static Template Read(JsonElement part) => part.Text("type") switch
    {
        "TemplateProcessing" => ReadTemplate(part),
        "BertProcessing" => Template.Around(IdOf(part, "cls"), IdOf(part, "sep")),
        "RobertaProcessing" => Roberta(IdOf(part, "cls"), IdOf(part, "sep")),
        "ByteLevel" => Template.Plain, // moves offsets only
        "Sequence" => ReadSequence(part),
        var type => throw Unsupported.Of("post-processor", type, Supported),
    };

    private static Template ReadSequence(JsonElement part)
    {
        Template[] templates =
            [.. part.GetProperty("processors").EnumerateArray().Select(Read).Where(template => !ReferenceEquals(template, Template.Plain))];
        return templates.Length switch
        {
            0 => Template.Plain,
            1 => templates[0],
            _ => throw new FormatException("a sequence of several post-processors that add tokens is not supported"),
        };
    }

    private static Template ReadTemplate(JsonElement part)
    {
        JsonElement? special = part.Find("special_tokens");
        Template template = new(Parts("single"), part.Find("pair") is null ? Template.Plain.Pair : Parts("pair"));
        return template.Single.Count(each => each.Ids is null) == 1
            ? template
            : throw new FormatException("the template of one text must hold the text once");

        TemplatePart[] Parts(string name) => [.. part.GetProperty(name).EnumerateArray().Select(each => ReadPart(each, special))];
    }

    private static TemplatePart ReadPart(JsonElement part, JsonElement? special)
    {
        if (part.Find("Sequence") is { } sequence)
            return new TemplatePart(null, sequence.Text("id") == "B", sequence.Find("type_id")?.GetInt32() ?? 0);
        JsonElement token = part.GetProperty("SpecialToken");
        string id = token.Text("id") ?? throw new FormatException("a special token of the template has no id");
        JsonElement ids = special?.Find(id)?.Find("ids") ?? throw new FormatException($"the template's special token '{id}' has no ids");
        return new TemplatePart([.. ids.EnumerateArray().Select(each => each.GetInt32())], false, token.Find("type_id")?.GetInt32() ?? 0);
    }

    private static int IdOf(JsonElement part, string name) => part.GetProperty(name)[1].GetInt32();

    private static Template Roberta(int before, int after) => new(
        [new TemplatePart([before], false, 0), new TemplatePart(null, false, 0), new TemplatePart([after], false, 0)],
        [
            new TemplatePart([before], false, 0), new TemplatePart(null, false, 0), new TemplatePart([after, after], false, 0),
            new TemplatePart(null, true, 0), new TemplatePart([after], false, 0),
        ]);
}

/// <summary>Reader of token models.</summary>
internal static class ModelReader
{
    private const string Supported = "BPE, WordPiece, Unigram, WordLevel";

    /// <summary>A model.</summary>
    public static ITokenModel Read(JsonElement model) => (model.Text("type") ?? Guess(model)) switch
    {
        "BPE" => BytePair(model),
        "WordPiece" => new WordPieceModel(
            Tokens(model),
            model.Text("unk_token") ?? "[UNK]",
            model.Text("continuing_subword_prefix") ?? "##",
            model.Find("max_input_chars_per_word")?.GetInt32() ?? 100),
        "WordLevel" => new WordLevelModel(Tokens(model), model.Text("unk_token")),
        "Unigram" => Unigram(model),
        var type => throw Unsupported.Of("model", type, Supported),
    };

    /// <summary>Old files name no type.</summary>
    private static string? Guess(JsonElement model) => model.Find("merges") is not null ? "BPE"
        : model.Find("vocab")?.ValueKind == JsonValueKind.Array ? "Unigram"
        : model.Find("max_input_chars_per_word") is not null ? "WordPiece" : null;

    private static Vocabulary Tokens(JsonElement model) => new(model.GetProperty("vocab").EnumerateObject()
        .Select(token => KeyValuePair.Create(token.Name, token.Value.GetInt32())));

    private static BytePairModel BytePair(JsonElement model)
    {
        if (model.Find("dropout") is { } dropout && dropout.GetDouble() != 0)
            throw new FormatException("BPE with dropout gives other tokens each time and is not supported");
        return new BytePairModel(
            Tokens(model),
            [.. model.GetProperty("merges").EnumerateArray().Select(Merge)],
            new BytePairSettings
            {
                Unknown = model.Text("unk_token"),
                Prefix = model.Text("continuing_subword_prefix") ?? "",
                Suffix = model.Text("end_of_word_suffix") ?? "",
                FuseUnknown = model.Flag("fuse_unk"),
                ByteFallback = model.Flag("byte_fallback"),
                IgnoreMerges = model.Flag("ignore_merges"),
            });
    }

    /// <summary>Two spellings: a list of two, or one text with a space between.</summary>
    private static (string, string) Merge(JsonElement merge) => merge.ValueKind == JsonValueKind.Array && merge.GetArrayLength() == 2
        ? (merge[0].GetString()!, merge[1].GetString()!)
        : MergeLine(merge.GetString() ?? throw new FormatException("a merge is null"));

    /// <summary>A merge as two tokens with a space between.</summary>
    /// <exception cref="FormatException">There is not exactly one space.</exception>
    public static (string Left, string Right) MergeLine(string line)
    {
        int space = line.IndexOf(' ', StringComparison.Ordinal);
        return space > 0 && space < line.Length - 1 && line.IndexOf(' ', space + 1) < 0
            ? (line[..space], line[(space + 1)..])
            : throw new FormatException($"the merge '{line}' is not two tokens with a space between");
    }

    private static UnigramModel Unigram(JsonElement model) => new(
        [.. model.GetProperty("vocab").EnumerateArray().Select(piece => (piece[0].GetString()!, piece[1].GetDouble()))],
        new UnigramSettings
        {
            Unknown = model.Find("unk_id")?.GetInt32(),
            ByteFallback = model.Flag("byte_fallback"),
        });
}
